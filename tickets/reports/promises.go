package reports

// promisesReport tells what became of promises to customers, on the day when they ended. Whose a promise is stands in it: who gave it, and the
// department that was responsible then. A promise that goes on in another ticket, because of a merge, has not been withdrawn: there it counts.
var promisesReport = Report{
	Name:   "promises",
	Title:  both("Обещания", "Promises"),
	Rule:   both("Обещание считается в день, когда оно выполнено, нарушено или снято, у того, кто его дал.", "A promise counts on the day when it was kept, broken or withdrawn, with whoever gave it."),
	Groups: []Group{ByPerson, ByDepartment, ByDay, ByWeek, ByMonth},
	Columns: []Column{
		{Key: "kept", Title: both("Выполнено", "Kept"), Unit: Count, Rule: both("Выполнено к обещанному дню, и о каждом переносе клиент знал заранее.", "Fulfilled by the promised date, and the customer knew of each move before.")},
		{Key: "broken", Title: both("Нарушено", "Broken"), Unit: Count, Rule: both("Срок прошёл, клиента не предупредили о переносе, или в обещанном отказали.", "The date passed, the customer was not told of a move, or it was refused.")},
		{Key: "withdrawn", Title: both("Снято", "Withdrawn"), Unit: Count, Rule: both("Стало не нужно клиенту.", "The customer does not want it any more.")},
		{Key: "moved", Title: both("Переносов", "Moves"), Unit: Count, Rule: both("Сколько раз переносили сроки этих обещаний.", "How often the dates of these were moved.")},
		{Key: "share", Title: both("Доля выполненных", "Kept share"), Unit: Share, Rule: both("Выполнено ÷ (выполнено + нарушено).", "Kept ÷ (kept + broken)."), of: func(f figure) float64 {
			return share(f("kept"), f("kept")+f("broken"))
		}},
	},
}
