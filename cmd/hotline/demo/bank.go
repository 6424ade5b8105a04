package demo

import (
	"fmt"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
)

// The bank: one register for calls, letters, forms and visits, one number for a request throughout. Its parts go to departments and come back
// as one answer, by the channel that the customer chose. A complaint goes on under the same number, up to the regulator.

// clients are the bank's customers, one in six of them premium.
func clients() []tickets.Customer {
	all := named(50)
	for i := range all {
		c := &all[i]
		k := tickets.Contract{Number: fmt.Sprintf("ПБ-%06d", 700100+i*3), Agreement: "retail"}
		if i%6 == 0 {
			k.Agreement = "premium"
		}
		c.Contracts, c.Contract = []tickets.Contract{k}, k.Number
		c.Mails = []string{fmt.Sprintf("client%d@mail.example", i)}
		c.Equipment = [][]string{{"Карта *4410"}, {"Карта *9027", "Счёт *118"}, {"Кредит на жильё"}}[i%3]
		if i%11 == 0 {
			c.Notes = []string{"Отвечать только письмом"}
		}
		if i%19 == 0 {
			c.Warnings = []string{"Кто-то пытался назваться этим клиентом: спросите кодовое слово"}
		}
	}
	return identified(all)
}

func bankHistory(p *past, who []tickets.Customer) {
	bankOpen(p, who)
	bankComplaints(p, who)
	bankWaiting(p, who)
	bankOver(p, who)
}

// byMail is a description in which the customer has chosen to be answered by mail.
func byMail(c tickets.Customer) life.Describe {
	return life.Describe{Reply: &tickets.Reply{Channel: "mail", Address: c.Mails[0]}}
}

// bankOpen are tickets that somebody is to work on.
func bankOpen(p *past, who []tickets.Customer) {
	p.came(contact{ago: 10 * time.Minute, from: who[2], topic: "card", queue: "cards"})
	p.came(contact{ago: 2 * time.Hour, by: tickets.Form{}, from: who[4], topic: "statement"})

	p.came(contact{ago: 55 * time.Minute, from: who[6], topic: "card_lost", queue: "cards", agent: "yana", subject: "Украли кошелёк с картой", note: "Карту заблокировали в разговоре"}).
		did(50*time.Minute, "yana", life.HandOver{Department: "security", Next: p.in(time.Hour), Note: "Была попытка оплаты после кражи"}).
		did(45*time.Minute, "viktor", life.TakeOver{Next: p.in(time.Hour)})

	p.came(contact{ago: 3 * 24 * time.Hour, by: tickets.Letter{}, from: who[10], topic: "disputed", agent: "asya", subject: "Дважды списали за гостиницу", note: "Письмо вх. 1184, с выпиской и чеком"}).
		did(71*time.Hour, "asya", byMail(who[10])).
		did(71*time.Hour, "asya", life.HandOver{Department: "payments", Person: "nikita", Next: p.in(5 * time.Hour)}).
		did(70*time.Hour, "nikita", life.TakeOver{Next: p.in(5 * time.Hour)}).
		did(70*time.Hour, "nikita", life.AddPart{Department: "security", What: "Не мошенники ли это?", Due: p.in(4 * time.Hour)}).
		did(70*time.Hour, "nikita", life.AddPart{Department: "legal", What: "До какого дня мы обязаны вернуть?", Due: p.in(4 * time.Hour)}).
		did(69*time.Hour, "nikita", life.Promised{What: "Ответим письмом о возврате", To: who[10].Name, Due: p.in(24 * time.Hour), Channel: "mail"}).
		did(30*time.Hour, "viktor", life.AnswerPart{N: 1, Answer: "Обе оплаты провёл один терминал гостиницы, это её ошибка."})

	p.came(contact{ago: 30 * time.Hour, by: tickets.Visit{}, from: who[14], topic: "loan", agent: "denis", subject: "Досрочное погашение не учли"}).
		did(29*time.Hour, "denis", life.HandOver{Department: "credits", Next: p.ago(3 * time.Hour), Note: "Заявление принято в отделении, копия у клиента"})
}

// bankComplaints are tickets about whose answers customers complain: the one is with the head, the other has come to the regulator.
func bankComplaints(p *past, who []tickets.Customer) {
	p.came(contact{ago: 8 * 24 * time.Hour, by: tickets.Form{}, from: who[16], topic: "card", agent: "emma", subject: "Комиссия за обслуживание карты"}).
		did(190*time.Hour, "emma", byMail(who[16])).
		did(188*time.Hour, "oleg", life.TakeOver{}).
		did(150*time.Hour, "oleg", life.SolveIt{Answer: "Комиссия начислена по тарифу."}).
		did(27*time.Hour, "asya", life.Complain{Text: "О новом тарифе меня никто не предупреждал"})

	p.came(contact{ago: 40 * 24 * time.Hour, by: tickets.Letter{}, from: who[20], topic: "disputed", agent: "asya", subject: "Перевод не тому человеку"}).
		did(39*24*time.Hour, "nikita", life.TakeOver{}).
		did(36*24*time.Hour, "nikita", life.SolveIt{Answer: "Перевод исполнен по указанному номеру, вернуть его мы не можем."}).
		did(30*24*time.Hour, "asya", life.Complain{Text: "Номер подставило ваше приложение"}).
		did(27*24*time.Hour, "lidia", life.DecideReview{N: 1, Answer: "Приложение показало имя получателя, вы подтвердили.", Solve: true}).
		did(20*24*time.Hour, "denis", life.Complain{Text: "Имени не было, приложены снимки экрана"}).
		did(15*24*time.Hour, "olga", life.EscalateReview{N: 2, Note: "Клиент обратился и к регулятору, ответ пойдёт через него"})
}

// bankWaiting are tickets that wait, for somebody outside, a customer, a date, or a confirmation.
func bankWaiting(p *past, who []tickets.Customer) {
	p.came(contact{ago: 4 * 24 * time.Hour, from: who[22], topic: "disputed", queue: "cards", agent: "yana", subject: "Банкомат не выдал деньги"}).
		did(95*time.Hour, "yana", life.HandOver{Department: "payments", Person: "nikita"}).
		did(94*time.Hour, "nikita", life.AskVendor{Vendor: "clearing", Number: "D-20418", What: "Журнал банкомата другого банка", Promised: p.in(20 * time.Hour), Wait: true})

	p.came(contact{ago: 50 * time.Hour, from: who[25], topic: "loan", queue: "service", agent: "denis", subject: "Кредитные каникулы"}).
		did(49*time.Hour, "denis", life.HandOver{Department: "credits", Person: "artem"}).
		did(48*time.Hour, "artem", life.Wait{For: tickets.ForCustomer, Until: p.in(5 * 24 * time.Hour), Note: "Принесёт справку о доходе"})

	p.came(contact{ago: 28 * time.Hour, from: who[27], topic: "question", queue: "service", agent: "asya", subject: "Курс для перевода в понедельник"}).
		did(27*time.Hour, "asya", life.Wait{For: tickets.ForDate, Until: p.in(3 * 24 * time.Hour)})

	p.came(contact{ago: 3 * 24 * time.Hour, by: tickets.Letter{}, from: who[28], topic: "loan", agent: "emma", subject: "Закладная: где она и когда её вернут"}).
		did(71*time.Hour, "emma", byMail(who[28])).
		did(70*time.Hour, "artem", life.TakeOver{}).
		did(70*time.Hour, "artem", life.AddPart{Department: "legal", What: "Когда вернут закладную?", Due: p.ago(20 * time.Hour)}).
		did(30*time.Hour, "maria", life.AnswerPart{N: 1, Answer: "В течение тридцати дней после погашения."}).
		did(26*time.Hour, "artem", life.SolveIt{})
}

// bankOver are tickets that have ended.
func bankOver(p *past, who []tickets.Customer) {
	p.came(contact{ago: 3 * time.Hour, from: who[31], topic: "question", queue: "service", agent: "emma", subject: "Часы работы отделения", settled: true})

	p.came(contact{ago: 6 * 24 * time.Hour, by: tickets.Visit{}, from: who[33], topic: "statement", agent: "denis", subject: "Справка о закрытии кредита"}).
		did(143*time.Hour, "denis", life.HandOver{Department: "credits"}).
		did(120*time.Hour, "artem", life.TakeOver{}).
		did(110*time.Hour, "artem", life.SolveIt{Answer: "Справка готова, выдана в отделении."}).
		did(109*time.Hour, "denis", life.ConfirmIt{By: "visit"})

	p.came(contact{ago: 9 * 24 * time.Hour, by: tickets.Form{}, from: who[35], topic: "loan", agent: "asya", subject: "Снизить ставку"}).
		did(200*time.Hour, "artem", life.RefuseIt{Reason: "Ставка по этому договору постоянная.", Alternatives: []string{"Рефинансирование по новой программе", "Уменьшить срок досрочными платежами"}})
}
