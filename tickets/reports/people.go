package reports

// peopleReport and departmentsReport tell what somebody has done in the time, and what they have before them now.
//
//	calls           contacts that they served in the time; of departments: of tickets that are theirs now
//	solved_in_call  of these, filed as resolved
//	taken           how often a ticket came to them in the time, by their own hand, by hand-over or by a call, and stayed for a while
//	solved          tickets whose last answer they gave in the time; of departments: of tickets that are theirs now
//	load, overdue, age, oldest  open tickets that are theirs now, those past their next date among them, and how old these are on average and at most
var (
	peopleReport = Report{
		Name: "people", Title: both("Сотрудники", "People"),
		Rule:   both("Что сделано за это время и что сейчас на руках. Нагрузка, просрочка и возраст — на сейчас.", "What was done in this time, and what is in their hands now. Load, overdue and age are as of now."),
		Groups: []Group{ByPerson}, order: "load", Columns: work,
	}
	departmentsReport = Report{
		Name: "departments", Title: both("Отделы", "Departments"),
		Rule:   both("Что сделано за это время и что сейчас у отдела. Нагрузка, просрочка и возраст — на сейчас.", "What was done in this time, and what the department has now. Load, overdue and age are as of now."),
		Groups: []Group{ByDepartment}, order: "load", Columns: work,
	}
	work = []Column{
		{Key: "calls", Title: both("Контакты", "Contacts"), Unit: Count, Rule: both("Обслуженные контакты за это время.", "Contacts served in this time.")},
		{Key: "solved_in_call", Title: both("Решено в разговоре", "Resolved in the call"), Unit: Count, Rule: both("Из них оформлены как решённые.", "Of them, filed as resolved.")},
		{Key: "taken", Title: both("Получено", "Taken"), Unit: Count, Rule: both("Сколько раз заявка переходила к ним: взяли сами, передали им или принёс звонок.", "How often a ticket came to them: taken, handed over, or by a call.")},
		{Key: "solved", Title: both("Решено", "Solved"), Unit: Count, Rule: both("Заявки, последний ответ по которым дан за это время.", "Tickets whose last answer was given in this time.")},
		{Key: "load", Title: both("На руках", "Load"), Unit: Count, Rule: both("Открытые заявки сейчас.", "Open tickets now.")},
		{Key: "overdue", Title: both("Просрочено", "Overdue"), Unit: Count, Rule: both("Из них следующий срок прошёл.", "Of them, past their next date.")},
		{Key: "ages", Unit: Seconds, Hidden: true},
		{Key: "age", Title: both("Средний возраст", "Mean age"), Unit: Seconds, Rule: both("Сколько в среднем существуют заявки, открытые сейчас.", "How old those that are open now are on average."), of: func(f figure) float64 { return share(f("ages"), f("load")) }},
		{Key: "oldest", Title: both("Самое старое", "Oldest"), Unit: Seconds, fold: most, Rule: both("Возраст самого старого из них.", "The age of the oldest of them.")},
	}
)
