package reports

import "strings"

// callsReport tells which calls agents made of their own accord, and for which reasons. Callbacks are not among them.
var callsReport = Report{
	Name: "calls_made", Title: both("Исходящие", "Calls made"),
	Rule: both("Звонки, которые операторы начали сами и в которых набирали номер клиента, в день, когда набирали; без обратных. Отдел — тот, у кого заявка сейчас.",
		"Calls that agents began of their own accord, and in which the customer was dialled, on the day of it; without callbacks. The department is the one that has the ticket now."),
	Groups: []Group{ByReason, ByPerson, ByCalls, ByDepartment, ByDay, ByWeek, ByMonth}, order: "made",
	Columns: []Column{
		{Key: "made", Title: both("Звонков", "Calls"), Unit: Count, Rule: both("Номер клиента набран за это время.", "The customer was dialled in this time.")},
		{Key: "answered", Title: both("С ответом", "Answered"), Unit: Count, Rule: both("Из них клиент ответил.", "Of them, those that the customer answered.")},
		{Key: "answered_share", Title: both("Доля с ответом", "Answered share"), Unit: Share, Rule: both("С ответом ÷ звонков.", "Answered ÷ calls."), of: func(f figure) float64 { return share(f("answered"), f("made")) }},
		{Key: "talk", Title: both("Разговор", "Talk"), Unit: Seconds, Rule: both("Всего от ответа до конца звонка.", "All the time from the answer to the end of the call.")},
		{Key: "mean_talk", Title: both("Средний разговор", "Mean talk"), Unit: Seconds, Rule: both("Разговор ÷ с ответом.", "Talk ÷ answered."), of: func(f figure) float64 { return share(f("talk"), f("answered")) }},
	},
}

// callsBetween stands in the key of ByCalls. No id has it that was kept (tickets.Clean).
const callsBetween = "\t"

// CallsKey is the key of a person's calls for a reason, "" where none was said.
func CallsKey(person, reason string) string { return person + callsBetween + reason }

// OfCalls takes such a key apart.
func OfCalls(key string) (person, reason string) {
	person, reason, _ = strings.Cut(key, callsBetween)
	return person, reason
}
