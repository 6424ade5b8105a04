package reports

import "hotline/telephony/words"

// clocksReport tells which clocks of agreements were kept. A clock counts once: as kept when it ended before it had run out, on the day of its end; as
// broken on the day when it ran out, whether it has ended since or not. A ticket that was merged with another has kept nothing: its clocks go on there. What it
// had broken before stays, so that no merge makes figures better.
var clocksReport = Report{
	Name:  "clocks",
	Title: both("Сроки", "Clocks"),
	Rule: both("Срок считается один раз: соблюдённый — в день, когда он выполнен, нарушенный — в день, когда он истёк, даже если ещё идёт. Срок отдела — по его собственному соглашению, и считается ему, у кого бы заявка ни была сейчас. Не считаются несостоявшиеся, ошибочные и прекращённые звонки, и соблюдённое в заявке, которую объединили с другой: она продолжается там. Нарушенное до объединения считается.",
		"A clock counts once: kept on the day when it ended, broken on the day when it ran out, though it may still run. A department's clock goes by its own agreement, and counts as theirs, whoever has the ticket now. Calls in which nobody spoke, wrong numbers and abuse do not count, and neither does what was kept in a ticket that was merged: it goes on in the other. What it had broken before counts."),
	Groups: []Group{ByAgreement, ByDepartment, ByDay, ByWeek, ByMonth},
	Columns: join(
		kept("reaction", both("Реакция", "Reaction")), kept("resolution", both("Решение", "Resolution")), kept("department", both("Срок отдела", "Department")),
	),
}

// kept are the figures of a kind of clock.
func kept(kind string, name words.Text) []Column {
	of := func(ru, en string) words.Text { return both(name["ru"]+": "+ru, name["en"]+": "+en) }
	return []Column{
		{Key: kind + "_kept", Title: of("соблюдено", "kept"), Unit: Count, Rule: both("Закончились вовремя за это время.", "Ended in time, in this time.")},
		{Key: kind + "_broken", Title: of("нарушено", "broken"), Unit: Count, Rule: both("Истекли за это время.", "Ran out in this time.")},
		{Key: kind + "_share", Title: of("доля", "share"), Unit: Share, Rule: both("Соблюдено ÷ (соблюдено + нарушено).", "Kept ÷ (kept + broken)."), of: func(f figure) float64 {
			return share(f(kind+"_kept"), f(kind+"_kept")+f(kind+"_broken"))
		}},
	}
}

// whoseReport tells whose time it was that passed over tickets. Each second of an open ticket is one party's; what of it lies in the time counts.
var whoseReport = Report{
	Name:  "whose",
	Title: both("Чьё время", "Whose time"),
	Rule: both("Каждая секунда открытой заявки принадлежит кому-то одному; считается та её часть, что пришлась на это время. Ночи и выходные входят.",
		"Each second of an open ticket is one party's; what of it lies in this time counts, nights and holidays, too."),
	Groups: []Group{ByDepartment, ByTopic, ByClass, ByChannel, ByDay, ByWeek, ByMonth},
	order:  "total",
	Columns: []Column{
		{Key: "customer", Title: both("Клиент", "Customer"), Unit: Seconds, Rule: both("Ждали ответа или подтверждения клиента.", "The customer's answer or confirmation was awaited.")},
		{Key: "first_line", Title: both("Первая линия", "First line"), Unit: Seconds, Rule: both("Заявка была у первой линии.", "The first line had the ticket.")},
		{Key: "department", Title: both("Отдел", "Department"), Unit: Seconds, Rule: both("Заявка была у другого отдела.", "Another department had it.")},
		{Key: "vendor", Title: both("Поставщик", "Vendor"), Unit: Seconds, Rule: both("Ждали поставщика.", "A vendor's answer was awaited.")},
		{Key: "scheduled", Title: both("Назначенная дата", "Agreed date"), Unit: Seconds, Rule: both("Ждали назначенной даты.", "A date was awaited that was agreed on.")},
		{Key: "total", Title: both("Всего", "Total"), Unit: Seconds, Rule: both("Сумма: столько заявки были открыты в это время.", "Their sum: for so long tickets were open in this time."), of: func(f figure) float64 {
			return f("customer") + f("first_line") + f("department") + f("vendor") + f("scheduled")
		}},
		{Key: "ours", Title: both("Доля наша", "Our share"), Unit: Share, Rule: both("(Первая линия + отдел) ÷ всего.", "(First line + department) ÷ total."), of: func(f figure) float64 {
			return share(f("first_line")+f("department"), f("customer")+f("first_line")+f("department")+f("vendor")+f("scheduled"))
		}},
	},
}

func join(all ...[]Column) (columns []Column) {
	for _, these := range all {
		columns = append(columns, these...)
	}
	return columns
}
