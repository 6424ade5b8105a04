package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"slices"
	"strings"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
)

// provision gives the switch every agent's phone, and takes away those that it has kept of people who have gone while Hotline was away.
func (s *service) provision(ctx context.Context) error {
	people := *s.people.Load()
	for _, p := range people {
		if p.Phone != "" && !p.Seat { // a seat's phone comes with the sign-in
			s.provisionPhone(ctx, p)
		}
	}
	s.sw.OnlyPhones(ctx, phonesOf(people))
	return nil
}

func phonesOf(people []config.Person) (ids []string) {
	for _, p := range people {
		if p.Phone != "" {
			ids = append(ids, p.Phone)
		}
	}
	return ids
}

func (s *service) provisionPhone(ctx context.Context, p config.Person) {
	err := s.sw.Provision(ctx, telephony.Phone{ID: p.Phone, Secret: p.PhoneSecret.Text()})
	if err != nil && ctx.Err() == nil {
		s.log.Error("Asterisk does not take a phone: its agent cannot be called", "phone", p.Phone, "err", err)
	}
}

// takePhone takes a phone away: it can register and dial no more, and is not called. A talk that it is in goes on until it ends.
func (s *service) takePhone(ctx context.Context, id string) {
	if err := s.sw.Unprovision(ctx, id); err != nil && ctx.Err() == nil {
		s.log.Error("Asterisk keeps a phone that it should not have any more", "phone", id, "err", err)
		return
	}
	s.log.Info("a phone was taken away: its person is removed", "phone", id)
}

// renewPhone gives a phone another secret: what is registered with the one before ends, and a talk that it is in does not. The page
// of a seat asks for its phone's secret when its person has signed in again.
func (s *service) renewPhone(ctx context.Context, p config.Person) {
	phone := telephony.Phone{ID: p.Phone, Secret: p.PhoneSecret.Text()}
	if p.Seat {
		phone = telephony.Phone{ID: p.Phone, Secret: rand.Text(), WebRTC: true}
	}
	if err := s.sw.Renew(ctx, phone); err != nil && ctx.Err() == nil {
		s.log.Error("Asterisk may let a phone register by the secret of before", "phone", p.Phone, "err", err)
		return
	}
	s.log.Info("a phone has another secret, and must register again", "phone", p.Phone)
}

// changePhones carries out what a reload says of phones, without waiting for the database: who is removed has none, another
// secret ends what was registered with the one before, and with another password the phone on the desk page gets another secret, too.
func (s *service) changePhones(ctx context.Context, before, after []config.Person) {
	for _, was := range before {
		i := slices.IndexFunc(after, func(p config.Person) bool { return p.ID == was.ID })
		switch {
		case was.Phone == "":
		case i < 0:
			s.takePhone(ctx, was.Phone)
		case was.Seat && after[i].Password.Text() != was.Password.Text(), !was.Seat && after[i].PhoneSecret.Text() != was.PhoneSecret.Text():
			s.renewPhone(ctx, after[i])
		case !was.Seat && after[i].Password.Text() != was.Password.Text():
			s.log.Warn("a person has another password, and their phone keeps its secret: give it another phone_secret, too", "person", was.ID, "phone", was.Phone)
		}
	}
	for _, p := range after {
		if p.Phone != "" && !p.Seat && !slices.ContainsFunc(before, func(was config.Person) bool { return was.ID == p.ID }) {
			s.provisionPhone(ctx, p)
		}
	}
	s.sw.OnlyPhones(ctx, phonesOf(after))
}

// renewSeats gives the phones on the desk pages another secret where the sign-ins of their people have ended.
func (s *service) renewSeats(ctx context.Context, ended []gate.AccountID) {
	for _, p := range *s.people.Load() {
		if p.Seat && slices.Contains(ended, config.AccountOf(p.ID)) {
			s.renewPhone(ctx, p)
		}
	}
}

// hotline is Hotline as its switch knows it.
type hotline service

// ParseNumber implements asterisk.Hotline.
func (h *hotline) ParseNumber(raw string) telephony.Number {
	return phonenumbers.Parse(raw, h.config.Line.Region)
}

// ParseCaller implements asterisk.Hotline.
func (h *hotline) ParseCaller(raw string) telephony.Number {
	return phonenumbers.ParseCaller(raw, h.config.Line.Region, h.config.Line.Number)
}

// PhoneChanged implements asterisk.Hotline. Who works by phone alone may do so by another's.
func (h *hotline) PhoneChanged(id string, reachable bool) {
	at := telephony.Address("phone:" + id)
	for _, p := range h.config.People {
		if p.TakesCalls() && (directory{(*service)(h)}).Address(p.ID) == at {
			h.desks.Tell(queues.PhoneChanged{Agent: p.ID, Reachable: reachable})
		}
	}
}

// phones gives a seat's page its phone: a new secret at each sign-in.
type phones service

// Renew implements rest.Phones.
func (p *phones) Renew(ctx context.Context, id queues.AgentID) error {
	people := *p.people.Load()
	if i := slices.IndexFunc(people, func(person config.Person) bool { return person.ID == id && person.Seat }); i >= 0 {
		return p.sw.Renew(ctx, telephony.Phone{ID: people[i].Phone, Secret: rand.Text(), WebRTC: true})
	}
	return nil
}

// Phone implements rest.Phones.
func (p *phones) Phone(ctx context.Context, id queues.AgentID) (agentapi.Phone, error) {
	people := *p.people.Load()
	i := slices.IndexFunc(people, func(person config.Person) bool { return person.ID == id && person.Seat })
	if i < 0 {
		return agentapi.Phone{}, agentapi.Refuse(agentapi.CodeNotFound, "agent %s has a phone of their own", id)
	}
	phone := telephony.Phone{ID: people[i].Phone, Secret: rand.Text(), WebRTC: true}
	if err := p.sw.Provision(ctx, phone); err != nil {
		return agentapi.Phone{}, agentapi.Refuse(agentapi.CodeUnavailable, "the switch cannot take the phone now")
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(p.config.Asterisk.Websocket, "/ws"), "ws://"), "wss://"))
	if err != nil {
		return agentapi.Phone{}, fmt.Errorf("asterisk.websocket: %w", err)
	}
	return agentapi.Phone{URI: "sip:" + phone.ID + "@" + host, User: phone.ID, Password: phone.Secret, WS: p.config.Asterisk.Websocket}, nil
}
