package demo

import (
	"fmt"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
)

// The service desk: a dispatcher checks the contract, classes the request and gives it to who is competent, with a date by agreement.
// Behind the dispatchers are engineers, then experts, then vendors. A request closes when the customer confirms, or says nothing for long.

// companies are the service desk's customers: by contract gold or silver, some of which have ended; and some without one that says anything.
func companies() []tickets.Customer {
	names := []string{"Альфа-Логистик", "Ромашка", "Северный порт", "Каскад", "Технодом", "Медцентр Здоровье", "Типография Лист", "Аптека 24", "Строймаш", "Вектор"}
	equipment := [][]string{{"Сервер RX-2 (склад)"}, {"МФУ MX-5", "Коммутатор S24"}, {"СХД VX-10", "Сервер RX-4"}, {"Касса К-3", "Касса К-3"}}
	agreements := []string{"gold", "silver", "silver", ""}
	all := make([]tickets.Customer, 40)
	for i := range all {
		k := tickets.Contract{Number: fmt.Sprintf("ОП-%04d", 400+i), Agreement: agreements[i%len(agreements)]}
		if i%7 == 6 {
			k.EndsOn = time.Date(2025, time.December, 31, 0, 0, 0, 0, time.UTC)
		}
		name := fmt.Sprintf("ООО «%s»", names[i%len(names)])
		if branch := i / len(names); branch > 0 {
			name += fmt.Sprintf(", филиал %d", branch)
		}
		all[i] = tickets.Customer{
			Name: name, Contracts: []tickets.Contract{k}, Contract: k.Number, Equipment: equipment[i%len(equipment)],
			Address: fmt.Sprintf("Промышленный проезд, %d", 1+i*3), Mails: []string{fmt.Sprintf("it%d@customer.example", i)},
		}
	}
	return identified(all)
}

func serviceDeskHistory(p *past, who []tickets.Customer) {
	serviceDeskOpen(p, who)
	serviceDeskWaiting(p, who)
	serviceDeskOver(p, who)
}

// classed is what a dispatcher notes of a request.
func classed(class tickets.Class, priority tickets.Priority, mail string) life.Describe {
	return life.Describe{Class: &class, Priority: &priority, Reply: &tickets.Reply{Channel: "mail", Address: mail}}
}

// serviceDeskOpen are tickets that somebody is to work on, on each line.
func serviceDeskOpen(p *past, who []tickets.Customer) {
	p.came(contact{ago: 15 * time.Minute, from: who[1], topic: "incident", queue: "desk"})
	p.came(contact{ago: 40 * time.Minute, by: tickets.Form{}, from: who[3], topic: "access"})

	p.came(contact{ago: 3 * time.Hour, from: who[4], topic: "server_down", queue: "urgent", agent: "kirill", subject: "Не поднимается сервер склада", note: "Договор ОП-0404, золотой: решение за четыре часа"}).
		did(170*time.Minute, "kirill", classed(tickets.Outage, tickets.MostUrgent, who[4].Mails[0])).
		did(165*time.Minute, "kirill", life.Promised{What: "Сервер заработает", To: who[4].Name, Due: p.in(time.Hour), Channel: "call"}).
		did(2*time.Hour, "kirill", life.HandOver{Department: "experts", Next: p.in(30 * time.Minute), Note: "Контроллер не видит диски, нужна третья линия"}).
		did(110*time.Minute, "zoya", life.TakeOver{Next: p.in(30 * time.Minute)})

	p.came(contact{ago: 28 * time.Hour, from: who[5], topic: "software", queue: "desk", agent: "alla", subject: "Учётная программа закрывается сама"}).
		did(27*time.Hour, "alla", classed(tickets.Outage, 2, who[5].Mails[0])).
		did(27*time.Hour, "alla", life.HandOver{Department: "engineers", Next: p.ago(5 * time.Hour), Note: "После вчерашнего обновления"})

	p.came(contact{ago: 22 * time.Hour, from: who[8], topic: "incident", queue: "desk", agent: "ivan", subject: "Переезд кассы: сеть и программа"}).
		did(21*time.Hour, "ivan", life.AddPart{Department: "engineers", What: "Проложить сеть к новому месту кассы", Due: p.in(20 * time.Hour)}).
		did(21*time.Hour, "ivan", life.AddPart{Department: "contracts", What: "Входит ли переезд в договор?", Due: p.ago(2 * time.Hour)}).
		did(4*time.Hour, "inna", life.AnswerPart{N: 2, Answer: "Переезд одной кассы в год входит в договор."})

	p.came(contact{ago: 6 * 24 * time.Hour, from: who[12], topic: "hardware", queue: "desk", agent: "alla", subject: "Шумит вентилятор сервера"}).
		did(140*time.Hour, "alla", life.HandOver{Department: "engineers"}).
		did(130*time.Hour, "gleb", life.TakeOver{}).
		did(90*time.Hour, "gleb", life.SolveIt{Answer: "Почистили вентилятор."}).
		did(26*time.Hour, "alla", life.Complain{Text: "Шумит так же. Закрыли заявку, не проверив."})
}

// serviceDeskWaiting are tickets that wait, for a vendor, a customer, a date, or a confirmation.
func serviceDeskWaiting(p *past, who []tickets.Customer) {
	p.came(contact{ago: 30 * time.Hour, from: who[16], topic: "hardware", queue: "desk", agent: "alla", subject: "Деградация массива на СХД"}).
		did(29*time.Hour, "alla", life.HandOver{Department: "engineers", Note: "Золотой договор"}).
		did(28*time.Hour, "gleb", life.HandOver{Department: "experts"}).
		did(27*time.Hour, "timur", life.TakeOver{}).
		did(27*time.Hour, "timur", life.AskVendor{Vendor: "storage", Number: "SR-77120", What: "Замена двух дисков по гарантии", Promised: p.ago(2 * time.Hour), Wait: true}).
		did(18*time.Hour, "timur", life.Tell{Text: "Диски заказаны у производителя, данные в порядке."}).
		did(time.Hour, "timur", life.RemindVendor{N: 1, Note: "Курьер выехал, обещают сегодня"})

	p.came(contact{ago: 50 * time.Hour, from: who[17], topic: "access", queue: "desk", agent: "ivan", subject: "Учётные записи для пяти новых людей"}).
		did(49*time.Hour, "ivan", life.Wait{For: tickets.ForCustomer, Until: p.in(2 * 24 * time.Hour), Note: "Пришлют список с должностями"})

	p.came(contact{ago: 26 * time.Hour, from: who[20], topic: "request", queue: "desk", agent: "helen", subject: "Обновление прошивки в ночь на субботу"}).
		did(25*time.Hour, "helen", life.HandOver{Department: "engineers", Person: "gleb"}).
		did(24*time.Hour, "gleb", life.Wait{For: tickets.ForDate, Until: p.in(4 * 24 * time.Hour), Note: "Окно работ согласовано"})

	p.came(contact{ago: 54 * time.Hour, from: who[21], topic: "software", queue: "desk", agent: "alla", subject: "Печатает не тот шрифт"}).
		did(53*time.Hour, "alla", classed(tickets.Outage, 3, who[21].Mails[0])).
		did(53*time.Hour, "alla", life.HandOver{Department: "engineers", Person: "yulia"}).
		did(30*time.Hour, "yulia", life.SolveIt{Answer: "Установили недостающий шрифт, проверьте, пожалуйста, печать."})
}

// serviceDeskOver are tickets that have ended.
func serviceDeskOver(p *past, who []tickets.Customer) {
	p.came(contact{ago: 5 * time.Hour, from: who[24], topic: "access", queue: "desk", agent: "helen", subject: "Сброс пароля", settled: true})

	p.came(contact{ago: 5 * 24 * time.Hour, from: who[25], topic: "hardware", queue: "desk", agent: "ivan", subject: "МФУ мнёт бумагу"}).
		did(118*time.Hour, "ivan", life.HandOver{Department: "engineers"}).
		did(117*time.Hour, "gleb", life.TakeOver{}).
		did(116*time.Hour, "gleb", life.AskVendor{Vendor: "printers", Number: "P-5530", What: "Ролик подачи по гарантии", Wait: true}).
		did(80*time.Hour, "gleb", life.VendorReplied{N: 1, Answer: "Ролик отправлен", Resume: true}).
		did(52*time.Hour, "gleb", life.SolveIt{Answer: "Заменили ролик подачи."}).
		did(48*time.Hour, "ivan", life.ConfirmIt{By: "mail"})

	p.came(contact{ago: 8 * 24 * time.Hour, from: who[29], topic: "software", queue: "desk", agent: "alla", subject: "Долго открывается отчёт"}).
		did(190*time.Hour, "alla", life.HandOver{Department: "engineers", Person: "yulia"}).
		did(160*time.Hour, "yulia", life.SolveIt{Answer: "Перестроили индексы, отчёт открывается за секунды."}).
		did(136*time.Hour, byItself, life.RemindCustomer{}).
		did(112*time.Hour, byItself, life.RemindCustomer{}).
		did(88*time.Hour, byItself, life.LetExpire{})

	p.came(contact{ago: 9 * 24 * time.Hour, from: who[6], topic: "contract", queue: "desk", agent: "alla", subject: "Ремонт по старому договору"}).
		did(200*time.Hour, "inna", life.RefuseIt{Reason: "Договор закончился 31.12.2025, и продления не было.", Alternatives: []string{"Продлить договор: счёт за один день", "Разовый выезд по прейскуранту"}})
}
