package casefile

import (
	"bufio"
	_ "embed"
	"errors"
	"html/template"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hotline/telephony/words"
	"hotline/tickets"
)

//go:embed page.html
var pageText string

// The template is read once; the functions that go by language and place are given anew for each page.
var pageTemplate = template.Must(template.New("page").Funcs(functions(document{}, Options{}.orUsual())).Parse(pageText))

// page writes the page.
func page(w io.Writer, d document, o Options) error {
	t, err := pageTemplate.Clone()
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	return errors.Join(t.Funcs(functions(d, o)).Execute(b, d), b.Flush())
}

// functions are what the template may say.
func functions(d document, o Options) template.FuncMap {
	return template.FuncMap{
		"lang":  func() string { return o.Language },
		"zone":  func() string { return o.Location.String() },
		"label": func(key string) string { return labels[key].In(o.Language) },
		"term":  func(t Term) string { return tickets.Display(t.In(o.Language)) },
		"line":  tickets.Display,
		"lines": tickets.DisplayLines,
		"list": func(all []string) string {
			shown := make([]string, len(all))
			for i, s := range all {
				shown[i] = tickets.Display(s)
			}
			return strings.Join(shown, ", ")
		},
		"numbers": func(all []tickets.Number) string {
			shown := make([]string, len(all))
			for i, n := range all {
				shown[i] = string(n)
			}
			return strings.Join(shown, ", ")
		},
		"time": func(t time.Time) string {
			if t.IsZero() {
				return "—"
			}
			return t.In(o.Location).Format("2006-01-02 15:04:05 -07:00")
		},
		"took": func(d time.Duration) string { return words.About(o.Language, d) },
		"size": func(n int64) string { return strconv.FormatInt(n, 10) },
		"href": func(path string) string { // a reference is cut at # and ?, unless they are written otherwise
			folder, name, _ := strings.Cut(path, "/")
			return folder + "/" + url.PathEscape(name)
		},
		"withheld": func() string { return withheld(d, o.Language) },
	}
}

// withheld says whether what is internal is in the document.
func withheld(d document, language string) string {
	switch {
	case d.WithInternal:
		return labels["with_internal"].In(language)
	case d.WithheldEntries+d.WithheldRequests+d.WithheldFiles == 0:
		return labels["no_internal"].In(language)
	}
	left := labels["without_internal"].In(language)
	comma := " "
	for _, one := range []struct {
		n      int
		en, ru words.Forms
	}{
		{d.WithheldEntries, words.Forms{One: "entry", Many: "entries"}, words.Forms{One: "запись", Few: "записи", Many: "записей"}},
		{d.WithheldRequests, words.Forms{One: "request to departments and vendors", Many: "requests to departments and vendors"},
			words.Forms{One: "запрос отделам и поставщикам", Few: "запроса отделам и поставщикам", Many: "запросов отделам и поставщикам"}},
		{d.WithheldFiles, words.Forms{One: "file", Many: "files"}, words.Forms{One: "файл", Few: "файла", Many: "файлов"}},
	} {
		if one.n > 0 {
			left += comma + strconv.Itoa(one.n) + " " + map[string]words.Forms{"en": one.en, "ru": one.ru}[language].In(language, one.n)
			comma = ", "
		}
	}
	return left + "."
}

// labels are the words of the page.
var labels = map[string]words.Text{
	"file":        {"ru": "Дело по обращению", "en": "File of ticket"},
	"written":     {"ru": "Составлено", "en": "Written"},
	"zone":        {"ru": "Часовой пояс всех времён", "en": "Time zone of all times"},
	"number":      {"ru": "Номер", "en": "Number"},
	"others":      {"ru": "Другие номера", "en": "Other numbers"},
	"subject":     {"ru": "Тема", "en": "Subject"},
	"topic":       {"ru": "Рубрика", "en": "Topic"},
	"class":       {"ru": "Вид", "en": "Class"},
	"priority":    {"ru": "Приоритет", "en": "Priority"},
	"state":       {"ru": "Состояние", "en": "State"},
	"owner":       {"ru": "Ответственный", "en": "Owner"},
	"opened":      {"ru": "Открыто", "en": "Opened"},
	"next":        {"ru": "Следующий срок", "en": "Next date"},
	"closed":      {"ru": "Закрыто", "en": "Closed"},
	"customer":    {"ru": "Клиент", "en": "Customer"},
	"name":        {"ru": "Имя", "en": "Name"},
	"contract":    {"ru": "Договор", "en": "Contract"},
	"address":     {"ru": "Адрес", "en": "Address"},
	"phones":      {"ru": "Телефоны", "en": "Numbers"},
	"mails":       {"ru": "Электронная почта", "en": "Mail"},
	"equipment":   {"ru": "Оборудование", "en": "Equipment"},
	"timeline":    {"ru": "Ход дела", "en": "Timeline"},
	"at":          {"ru": "Время", "en": "Time"},
	"who":         {"ru": "Кто", "en": "Who"},
	"kind":        {"ru": "Что", "en": "What"},
	"text":        {"ru": "Текст", "en": "Text"},
	"internal":    {"ru": "внутреннее", "en": "internal"},
	"clocks":      {"ru": "Сроки по договору", "en": "Clocks"},
	"agreement":   {"ru": "Соглашение", "en": "Agreement"},
	"allowed":     {"ru": "Отведено", "en": "Allowed"},
	"spent":       {"ru": "Прошло", "en": "Spent"},
	"due":         {"ru": "Срок", "en": "Due"},
	"stopped":     {"ru": "Остановлено", "en": "Stopped"},
	"broken":      {"ru": "нарушен", "en": "broken"},
	"held":        {"ru": "соблюдён", "en": "held"},
	"runs":        {"ru": "идёт", "en": "runs"},
	"whose":       {"ru": "Чьё было время", "en": "Whose time it was"},
	"promises":    {"ru": "Обещания", "en": "Promises"},
	"promise":     {"ru": "Обещано", "en": "Promised"},
	"to":          {"ru": "Кому", "en": "To"},
	"channel":     {"ru": "Способ", "en": "By"},
	"moved":       {"ru": "Переносов", "en": "Moved"},
	"ended":       {"ru": "Завершено", "en": "Ended"},
	"first":       {"ru": "Обещано сначала", "en": "Promised at first"},
	"told":        {"ru": "Клиент знал о переносе", "en": "Customer knew of moves"},
	"yes":         {"ru": "да", "en": "yes"},
	"no":          {"ru": "нет", "en": "no"},
	"parts":       {"ru": "Запросы отделам", "en": "Asked of departments"},
	"department":  {"ru": "Отдел", "en": "Department"},
	"asked":       {"ru": "Что спрошено", "en": "What was asked"},
	"given":       {"ru": "Когда", "en": "When"},
	"answer":      {"ru": "Ответ", "en": "Answer"},
	"by":          {"ru": "Кто ответил", "en": "Answered by"},
	"vendors":     {"ru": "Запросы поставщикам", "en": "Asked of vendors"},
	"vendor":      {"ru": "Поставщик", "en": "Vendor"},
	"their":       {"ru": "Номер у поставщика", "en": "Their number"},
	"by_when":     {"ru": "Обещает к", "en": "Promises by"},
	"remind":      {"ru": "Напомнить", "en": "Remind"},
	"reminded":    {"ru": "Напоминаний", "en": "Reminders"},
	"complaints":  {"ru": "Жалобы на ответ", "en": "Complaints about answers"},
	"complaint":   {"ru": "Жалоба", "en": "Complaint"},
	"about":       {"ru": "На чей ответ", "en": "Whose answer"},
	"level":       {"ru": "Уровень", "en": "Level"},
	"reviewer":    {"ru": "Проверяет", "en": "Reviewer"},
	"links":       {"ru": "Связанные обращения", "en": "Linked tickets"},
	"outcome":     {"ru": "Итог", "en": "Outcome"},
	"district":    {"ru": "Район", "en": "District"},
	"reply_by":    {"ru": "Способ ответа", "en": "Reply by"},
	"reply_to":    {"ru": "Адрес для ответа", "en": "Reply to"},
	"reopened":    {"ru": "Открывалось снова, раз", "en": "Reopened, times"},
	"parent":      {"ru": "Часть аварии", "en": "Part of incident"},
	"attachments": {"ru": "Файлы", "en": "Files"},
	"type":        {"ru": "Тип", "en": "Type"},
	"size":        {"ru": "Байт", "en": "Bytes"},
	"damaged":     {"ru": "повреждён или не читается", "en": "damaged, or cannot be read"},
	"removed":     {"ru": "содержимое удалено", "en": "its content was removed"},
	"none":        {"ru": "Нет.", "en": "None."},

	"with_internal":    {"ru": "Внутренние записи и файлы включены и отмечены.", "en": "Internal entries and files are included, and marked."},
	"no_internal":      {"ru": "Внутренние записи и файлы не включаются; в этом деле их нет.", "en": "Internal entries and files are not included; this file has none."},
	"without_internal": {"ru": "Внутренние записи и файлы не включены. Не включено:", "en": "Internal entries and files are not included. Left out:"},
}
