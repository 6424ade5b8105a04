package agentapi

import (
	"hotline/telephony/words"
	"hotline/tickets"
)

// Choice is a line of a list, with its name by language.
type Choice struct {
	Code     string     `json:"code"`
	Name     words.Text `json:"name"`
	LongestS int        `json:"longest_s,omitempty" doc:"of a reason: seconds after which it is longer than usual"`
	Closes   *bool      `json:"closes,omitempty" doc:"of a disposition: it closes the ticket; otherwise that stays open with a next date"`
}

// DefaultReasons are why an agent may be not ready. The system's own reasons stand apart.
var DefaultReasons = []Choice{
	{Code: "break", Name: words.Text{"ru": "Перерыв", "en": "Break"}, LongestS: 900},
	{Code: "lunch", Name: words.Text{"ru": "Обед", "en": "Lunch"}, LongestS: 3600},
	{Code: "training", Name: words.Text{"ru": "Обучение", "en": "Training"}, LongestS: 7200},
	{Code: "meeting", Name: words.Text{"ru": "Совещание", "en": "Meeting"}, LongestS: 3600},
	{Code: "back_office", Name: words.Text{"ru": "Работа с заявками", "en": "Back office"}, LongestS: 3600},
	{Code: "technical", Name: words.Text{"ru": "Техническая причина", "en": "Technical"}, LongestS: 900},
}

// CallReasons are why an agent may call somebody.
type CallReasons struct {
	Items    []Choice `json:"items" nullable:"false"`
	Required bool     `json:"required" doc:"one of them is chosen with each call"`
}

// DefaultCallReasons are why agents call, where the configuration names no reasons of its own.
var DefaultCallReasons = []Choice{
	{Code: "answer", Name: words.Text{"ru": "Ответ по заявке", "en": "Answer on a ticket"}},
	{Code: "question", Name: words.Text{"ru": "Вопрос к клиенту", "en": "Question to the customer"}},
	{Code: "missed", Name: words.Text{"ru": "Не дозвонились до нас", "en": "They did not reach us"}},
	{Code: "visit", Name: words.Text{"ru": "Согласование визита", "en": "Arranging a visit"}},
	{Code: "other", Name: words.Text{"ru": "Другое", "en": "Other"}},
}

// Lists are what an agent may choose from, as it is now.
type Lists interface {
	Reasons() []Choice        // for being not ready
	CallReasons() CallReasons // for calling somebody
	Dispositions() []Choice   // how a call may be filed
}

// DefaultLists are Lists of DefaultReasons.
type DefaultLists struct{}

// Reasons is one of Lists.
func (DefaultLists) Reasons() []Choice { return DefaultReasons }

// CallReasons is one of Lists.
func (DefaultLists) CallReasons() CallReasons { return CallReasons{Items: DefaultCallReasons} }

// Dispositions is one of Lists.
func (DefaultLists) Dispositions() []Choice { return Dispositions() }

// Dispositions are how a call may be filed.
func Dispositions() (all []Choice) {
	for _, d := range tickets.Dispositions {
		all = append(all, Choice{Code: string(d.Code), Name: d.Name, Closes: &d.Closes})
	}
	return all
}
