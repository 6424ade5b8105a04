package reports

import "hotline/telephony/words"

func both(ru, en string) words.Text { return words.Text{"ru": ru, "en": en} }

// Names of groups, for pages and tables.
var groups = map[Group]words.Text{
	ByDay: both("День", "Day"), ByWeek: both("Неделя с", "Week from"), ByMonth: both("Месяц с", "Month from"), ByTopic: both("Раздел", "Topic"), ByClass: both("Вид", "Class"),
	ByDepartment: both("Отдел", "Department"), ByChannel: both("Канал", "Channel"), ByPerson: both("Сотрудник", "Person"), ByAgreement: both("Соглашение", "Agreement"),
	ByReason: both("Причина", "Reason"), ByCalls: both("Сотрудник и причина", "Person and reason"),
}

// Title is what a group is called.
func (g Group) Title() words.Text { return groups[g] }
