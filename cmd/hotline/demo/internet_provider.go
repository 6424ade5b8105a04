package demo

import (
	"fmt"
	"time"

	"hotline/tickets"
	"hotline/tickets/life"
)

// The internet provider: a first line gives information, subscribers and technical support answer what is theirs, and behind them are
// automation, finance, development and field. Who is competent answers.

// subscribers are the provider's customers. One in five has a contract for business, and that of some has ended.
func subscribers() []tickets.Customer {
	equipment := [][]string{{"ONT HG8245"}, {"ADSL-модем DSL-2640"}, {"ONT F660", "IPTV-приставка"}, {"Маршрутизатор AX3000"}}
	all := named(60)
	for i := range all {
		c := &all[i]
		k := tickets.Contract{Number: fmt.Sprintf("СС-%05d", 20100+i), Agreement: "home"}
		if i%5 == 0 {
			k.Agreement = "business"
		}
		if i%13 == 12 {
			k.EndsOn = time.Date(2025, time.June, 30, 0, 0, 0, 0, time.UTC)
		}
		c.Contracts, c.Equipment = []tickets.Contract{k}, equipment[i%len(equipment)]
		if i%9 == 0 {
			c.Notes = []string{"Просит звонить после 18:00"}
		}
		if i%17 == 0 {
			c.Warnings = []string{"Доступ приостановлен за неуплату"}
		}
	}
	return identified(all)
}

func providerHistory(p *past, who []tickets.Customer) {
	providerOpen(p, who)
	providerWaiting(p, who)
	providerOver(p, who)
}

// providerOpen are tickets that somebody is to work on.
func providerOpen(p *past, who []tickets.Customer) {
	p.came(contact{ago: 25 * time.Minute, from: who[3], topic: "no_link", queue: "support"})
	p.came(contact{ago: 50 * time.Minute, by: tickets.Form{}, from: who[5], topic: "refund"})

	p.came(contact{ago: 5 * time.Hour, from: who[10], topic: "no_link", queue: "support", agent: "dmitri", subject: "Нет связи в офисе", note: "Оптика не горит с утра, перезагрузка не помогла"}).
		did(4*time.Hour+50*time.Minute, "dmitri", life.Promised{What: "Мастер приедет сегодня", To: who[10].Name, Due: p.in(3 * time.Hour), Channel: "call"}).
		did(4*time.Hour+45*time.Minute, "dmitri", life.HandOver{Department: "field", Next: p.in(2 * time.Hour), Note: "Похоже на обрыв до дома, проверьте муфту во дворе"}).
		did(3*time.Hour, "igor", life.HandOver{Department: "field", Person: "fedor", Next: p.in(2 * time.Hour)}).
		did(150*time.Minute, "fedor", life.TakeOver{Next: p.in(2 * time.Hour)}).
		did(2*time.Hour, "fedor", life.Tell{Text: "Мастер выехал, будет у вас в течение двух часов."})

	p.came(contact{ago: 26 * time.Hour, from: who[15], topic: "refund", queue: "subscribers", agent: "vera", subject: "Перерасчёт за простой, и почему связь пропадает", note: "Просит деньги за три дня и причину"}).
		did(25*time.Hour, "vera", life.TakeOver{Next: p.in(20 * time.Hour)}).
		did(25*time.Hour, "vera", life.AddPart{Department: "finance", What: "Сколько вернуть за три дня простоя?", Due: p.in(18 * time.Hour)}).
		did(25*time.Hour, "vera", life.AddPart{Department: "support", What: "Почему пропадает связь?", Due: p.in(18 * time.Hour)}).
		did(20*time.Hour, "marina", life.AnswerPart{N: 1, Answer: "За три дня возвращаем 90 рублей, они уже на счёте."})

	p.came(contact{ago: 32 * time.Hour, from: who[36], topic: "account", queue: "subscribers", agent: "vera", subject: "Не входит в личный кабинет"}).
		did(31*time.Hour, "vera", life.HandOver{Department: "automation", Next: p.ago(6 * time.Hour), Note: "Сброс пароля не приходит на почту"})

	p.came(contact{ago: 50 * time.Hour, from: who[44], topic: "slow", queue: "support", agent: "elena", subject: "Низкая скорость по вечерам"}).
		did(49*time.Hour, "elena", life.Promised{What: "Перезвоним с результатом замеров", To: who[44].Name, Due: p.ago(20 * time.Hour), Channel: "call"}).
		did(20*time.Hour-time.Minute, byItself, life.BreakPromise{N: 1})

	p.came(contact{ago: 5 * 24 * time.Hour, from: who[32], topic: "fault", queue: "support", agent: "dmitri", subject: "Приставка теряет каналы"}).
		did(4*24*time.Hour, "dmitri", life.SolveIt{Answer: "Обновили прошивку приставки."}).
		did(30*time.Hour, "anna", life.Complain{Text: "Ответили отпиской: каналы пропадают, как и раньше"})
}

// providerWaiting are tickets that wait, for a vendor, a customer, a date, or a word that all is well.
func providerWaiting(p *past, who []tickets.Customer) {
	p.came(contact{ago: 9 * time.Hour, from: who[12], topic: "slow", queue: "support", agent: "dmitri", subject: "Потери на магистрали", note: "Потери 20 % за третьим узлом"}).
		did(8*time.Hour, "dmitri", life.AskVendor{Vendor: "backbone", Number: "M-48211", What: "Потери пакетов на стыке, трассировка приложена", Promised: p.in(4 * time.Hour), Wait: true})

	p.came(contact{ago: 27 * time.Hour, from: who[28], topic: "contract", queue: "subscribers", agent: "vera", subject: "Смена владельца договора"}).
		did(26*time.Hour, "vera", life.Wait{For: tickets.ForCustomer, Until: p.in(3 * 24 * time.Hour), Note: "Пришлёт копию паспорта нового владельца"})

	p.came(contact{ago: 30 * time.Hour, from: who[7], topic: "coverage", queue: "information", agent: "anna", subject: "Подключение нового дома"}).
		did(29*time.Hour, "anna", life.HandOver{Department: "development", Note: "Дом сдан, жильцы спрашивают о подключении"}).
		did(28*time.Hour, "lev", life.TakeOver{}).
		did(28*time.Hour, "lev", life.Wait{For: tickets.ForDate, Until: p.in(10 * 24 * time.Hour), Note: "Кабель в дом заводят по плану"})

	p.came(contact{ago: 3 * 24 * time.Hour, from: who[16], topic: "refund", queue: "subscribers", agent: "vera", subject: "Двойное списание"}).
		did(70*time.Hour, "vera", life.HandOver{Department: "finance", Note: "Платёж списан дважды, чек у клиента есть"}).
		did(50*time.Hour, "marina", life.TakeOver{}).
		did(20*time.Hour, "marina", life.SolveIt{Answer: "Второй платёж вернули на карту, он придёт в течение трёх дней."})
}

// providerOver are tickets that have ended, and one that came back.
func providerOver(p *past, who []tickets.Customer) {
	p.came(contact{ago: 4 * time.Hour, from: who[22], topic: "information", queue: "information", agent: "boris", subject: "Адрес офиса", settled: true})

	p.came(contact{ago: 6 * 24 * time.Hour, from: who[20], topic: "no_link", queue: "support", agent: "elena", subject: "Нет связи после грозы"}).
		did(143*time.Hour, "elena", life.HandOver{Department: "field", Note: "Сгорел порт коммутатора"}).
		did(140*time.Hour, "igor", life.TakeOver{}).
		did(130*time.Hour, "igor", life.SolveIt{Answer: "Заменили порт, связь есть."}).
		did(125*time.Hour, "anna", life.ConfirmIt{By: "call"})

	p.came(contact{ago: 8 * 24 * time.Hour, from: who[24], topic: "coverage", queue: "information", agent: "anna", subject: "Подключить дачу"}).
		did(190*time.Hour, "anna", life.HandOver{Department: "development"}).
		did(150*time.Hour, "lev", life.RefuseIt{Reason: "До посёлка нет кабеля, и в этом году его не будет.", Alternatives: []string{"Мобильный интернет с внешней антенной", "Общая заявка посёлка: от десяти домов прокладываем кабель"}})

	p.came(contact{ago: 7 * 24 * time.Hour, from: who[48], topic: "slow", queue: "support", agent: "dmitri", subject: "Скорость ниже тарифа"}).
		did(160*time.Hour, "dmitri", life.SolveIt{Answer: "Сменили тарифный профиль."}).
		did(100*time.Hour, "anna", life.ConfirmIt{By: "call"}).
		did(7*time.Hour, "boris", life.ReopenIt{Reason: "Скорость снова упала", Department: "support", Next: p.in(2 * time.Hour)})
}
