package reports

// ticketsReport tells how many tickets came and went.
//
//	opened    tickets opened in the time, also those that were merged with another later
//	closed    how often a ticket was closed in the time: by confirmation, expiry, refusal, withdrawal, a merge, or a call that left nothing to do.
//	          A ticket that a later wrap-up files anew was closed then, and not twice
//	reopened  how often a closed ticket was opened again in the time, also because a merge was undone. One that was solved and not closed yet
//	          has never been gone
//	open      tickets open at the end of the time; now, where that has not come
var ticketsReport = Report{
	Name:   "tickets",
	Title:  both("Заявки", "Tickets"),
	Rule:   both("Заявка считается в том разделе, виде и отделе, где она сейчас, и в том канале, по которому пришла.", "A ticket counts under the topic, class and department that it has now, and under the channel by which it came."),
	Groups: []Group{ByDay, ByWeek, ByMonth, ByTopic, ByClass, ByDepartment, ByChannel},
	order:  "opened",
	Columns: []Column{
		{Key: "opened", Title: both("Открыто", "Opened"), Unit: Count, Rule: both("Заявки, открытые за это время; и те, что позже объединены с другими.", "Tickets opened in this time; those merged with others later, too.")},
		{Key: "closed", Title: both("Закрыто", "Closed"), Unit: Count, Rule: both("Сколько раз заявки закрывались: подтверждением, по сроку, отказом, отзывом, объединением или звонком.", "How often tickets were closed: confirmed, expired, refused, withdrawn, merged, or by a call.")},
		{Key: "reopened", Title: both("Открыто снова", "Reopened"), Unit: Count, Rule: both("Сколько раз закрытые заявки открывались снова.", "How often closed tickets were opened again.")},
		{Key: "open", Title: both("Открыто на конец", "Open at the end"), Unit: Count, fold: last, Rule: both("Открытые заявки на конец этого времени: было + открыто + открыто снова − закрыто.", "Tickets open at the end of this time: before + opened + reopened − closed.")},
	},
}
