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

// Lists are what an agent may choose from, as it is now.
type Lists interface {
	Reasons() []Choice      // for being not ready
	Dispositions() []Choice // how a call may be filed
}

// DefaultLists are Lists of DefaultReasons.
type DefaultLists struct{}

// Reasons is one of Lists.
func (DefaultLists) Reasons() []Choice { return DefaultReasons }

// Dispositions is one of Lists.
func (DefaultLists) Dispositions() []Choice { return Dispositions() }

// Dispositions are how a call may be filed.
func Dispositions() (all []Choice) {
	for _, d := range tickets.Dispositions {
		all = append(all, Choice{Code: string(d.Code), Name: d.Name, Closes: &d.Closes})
	}
	return all
}
