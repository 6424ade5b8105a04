package reports

import (
	"hotline/telephony/words"
	"hotline/tickets"
)

// NoMatter are how calls are filed that were about nothing.
var NoMatter = []string{string(tickets.WrongNumber), string(tickets.NoSpeech), string(tickets.Abusive)}

// A contact is repeated where the same customer had one on the same topic not longer ago than the setting says (tickets.repeat_within). What
// nobody spoke in (abandoned, refused, a message), a wrong number, silence and abuse are no such contacts. The topic and the customer are those
// of the contact's ticket; where one of them is not known, nobody can say, and the contact is neither repeated nor a first one.
//
// A first contact has settled the matter (first-contact resolution) where no other followed it within that time, or up to now while it is not over,
// and its ticket is solved or closed and has never been reopened.
var repeatRule = both(
	"Повторный контакт — того же клиента по тому же разделу в пределах заданного срока (tickets.repeat_within). Несостоявшиеся, ошибочные и прекращённые звонки не считаются.",
	"A repeated contact is one of the same customer on the same topic within the time that is set (tickets.repeat_within). Calls in which nobody spoke, wrong numbers and abuse do not count.")

var (
	contactsColumn = Column{Key: "contacts", Title: both("Контакты", "Contacts"), Unit: Count, Rule: both("Состоявшиеся контакты всех каналов за это время.", "Contacts by any channel in which somebody was served, in this time.")}
	unknownColumn  = Column{Key: "unknown", Title: both("Неизвестно", "Unknown"), Unit: Count, Rule: both("Из них без известного клиента или раздела: первые или повторные, сказать нельзя.", "Of them without a known customer or topic: nobody can say whether they are repeated.")}
	repeatedColumn = Column{Key: "repeated", Title: both("Повторные", "Repeated"), Unit: Count, Rule: both("Тот же клиент обращался по тому же разделу не раньше заданного срока.", "The same customer had a contact on the same topic within the time that is set.")}
	resolvedColumn = Column{Key: "resolved", Title: both("Решено с первого раза", "Resolved at first"), Unit: Count, Rule: both("Первые контакты, после которых клиент в заданный срок не обратился снова, а заявка решена и не открывалась снова.", "First contacts after which the customer did not come back within the time that is set, and whose ticket is solved and was never reopened.")}
	firstColumn    = Column{Key: "first", Title: both("Первые", "First"), Unit: Count, Rule: both("Контакты − неизвестно − повторные.", "Contacts − unknown − repeated."), of: first}
	repeatShare    = Column{Key: "repeated_share", Title: both("Доля повторных", "Repeated share"), Unit: Share, Rule: both("Повторные ÷ (контакты − неизвестно).", "Repeated ÷ (contacts − unknown)."), of: func(f figure) float64 {
		return share(f("repeated"), f("contacts")-f("unknown"))
	}}
	resolvedShare = Column{Key: "resolved_share", Title: both("Доля решённых с первого раза", "First-contact resolution"), Unit: Share, Rule: both("Решено с первого раза ÷ первые.", "Resolved at first ÷ first."), of: func(f figure) float64 {
		return share(f("resolved"), first(f))
	}}
)

func first(f figure) float64 { return f("contacts") - f("unknown") - f("repeated") }

var repeatsReport = Report{
	Name: "repeats", Title: both("Повторы", "Repeats"), Rule: repeatRule,
	Groups:  []Group{ByTopic, ByClass, ByDepartment, ByChannel, ByDay, ByWeek, ByMonth},
	order:   "repeated",
	Columns: []Column{contactsColumn, unknownColumn, repeatedColumn, repeatShare, firstColumn, resolvedColumn, resolvedShare},
}

// gapsReport finds what people do not know and so ask: the topics with most contacts that the first one did not settle.
var gapsReport = Report{
	Name: "gaps", Title: both("Пробелы", "Gaps"),
	Rule: words.Text{
		"ru": "Разделы, где больше всего контактов, не закрытых с первого раза: где не хватает сведений или умения. " + repeatRule["ru"],
		"en": "The topics with most contacts that the first one did not settle: where information or skill is missing. " + repeatRule["en"],
	},
	Groups: []Group{ByTopic},
	order:  "gap",
	Columns: []Column{contactsColumn, unknownColumn, repeatedColumn, resolvedColumn, resolvedShare, {
		Key: "gap", Title: both("Пробел", "Gap"), Unit: Count, Rule: both("Контакты − неизвестно − решено с первого раза.", "Contacts − unknown − resolved at first."), of: func(f figure) float64 {
			return f("contacts") - f("unknown") - f("resolved")
		},
	}},
}
