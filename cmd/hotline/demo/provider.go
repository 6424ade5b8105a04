package demo

import (
	"fmt"
	"strconv"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/tickets"
)

// simulatedAgents work the demo's phones; one more seat is the reader's.
const simulatedAgents = 6

// staff is who works at the demo's internet provider.
func staff() []config.Person {
	secret := func() config.Secret { return config.SecretOf(newPassword()) }
	skills := func(information, subscribers, support, ru, en queues.Level) map[queues.Skill]queues.Level {
		all := make(map[queues.Skill]queues.Level)
		for skill, level := range map[queues.Skill]queues.Level{
			"information": information, "subscribers": subscribers, "support": support, "lang:ru": ru, "lang:en": en,
		} {
			if level > 0 {
				all[skill] = level
			}
		}
		return all
	}
	people := []config.Person{
		{ID: "anna", Name: "Анна Орлова", Skills: skills(5, 4, 0, 5, 3)},
		{ID: "boris", Name: "Борис Ким", Skills: skills(4, 3, 2, 5, 0)},
		{ID: "vera", Name: "Вера Лунина", Skills: skills(3, 5, 2, 5, 4)},
		{ID: "grace", Name: "Grace Miller", Skills: skills(4, 4, 4, 2, 5)},
		{ID: "dmitri", Name: "Дмитрий Соколов", Skills: skills(0, 2, 5, 5, 3)},
		{ID: "elena", Name: "Елена Ветрова", Skills: skills(3, 3, 4, 5, 0)},
		{ID: "you", Name: "Ваше место", Skills: skills(3, 3, 3, 5, 5), Seat: true},
		{ID: "olga", Name: "Ольга Белова", Role: "supervisor"},
		{ID: "admin", Name: "Администратор", Role: "administrator"},
	}
	for i := range people {
		p := &people[i]
		p.Login, p.Language, p.Password = string(p.ID), "ru", secret()
		if p.ID == "grace" {
			p.Language = "en"
		}
		if p.Role == "" {
			p.Role, p.Phone, p.PhoneSecret = "agent", strconv.Itoa(101+i), secret()
		}
	}
	return people
}

// customerCount is how many customers the demo's provider has.
const customerCount = 60

// customerNumber is the telephone number of the i-th customer.
func customerNumber(i int) string { return fmt.Sprintf("+7495200%04d", 1000+i) }

// customers have contracts, equipment and, some of them, open tickets.
func customers(now time.Time) []tickets.Seed {
	first := []string{"Иван", "Мария", "Пётр", "Ольга", "Сергей", "Наталья", "Алексей", "Татьяна", "John", "Emily"}
	last := []string{"Смирнов", "Кузнецов", "Попов", "Васильев", "Новиков", "Фёдоров"}
	streets := []string{"Лесная ул.", "ул. Мира", "Садовая ул.", "пр. Победы", "Озёрная ул."}
	equipment := [][]string{{"ONT HG8245"}, {"ADSL-модем DSL-2640"}, {"ONT F660", "IPTV-приставка"}, {"Маршрутизатор AX3000"}}
	seeds := make([]tickets.Seed, customerCount)
	for i := range seeds {
		name := first[i%len(first)] + " " + last[i%len(last)]
		if i%len(first) == 1 || i%len(first) == 3 || i%len(first) == 5 || i%len(first) == 7 {
			name += "а"
		}
		if i%len(first) >= 8 {
			name = first[i%len(first)] + " " + []string{"Carter", "Hughes", "Walker"}[i%3]
		}
		c := tickets.Customer{
			Name: name, Contract: fmt.Sprintf("СС-%05d", 20100+i), Numbers: []string{customerNumber(i)},
			Address: fmt.Sprintf("%s, %d, кв. %d", streets[i%len(streets)], 1+i%40, 1+i*7%120), Equipment: equipment[i%len(equipment)],
		}
		if i%9 == 0 {
			c.Notes = []string{"Просит звонить после 18:00"}
		}
		if i%17 == 0 {
			c.Warnings = []string{"Доступ приостановлен за неуплату"}
		}
		seeds[i].Customer = c
		if i%4 == 0 {
			seeds[i].Open = []tickets.SeedTicket{{
				Subject: []string{"Нет связи", "Низкая скорость", "Перерасчёт за простой"}[i%3], Topic: []string{"fault", "fault", "contract"}[i%3],
				Owner: tickets.Department([]string{"support", "support", "subscribers"}[i%3]),
				Next:  now.Add(24 * time.Hour), OpenedAt: now.Add(-30 * time.Hour), ActivityAt: now.Add(-20 * time.Hour),
			}}
		}
	}
	return seeds
}
