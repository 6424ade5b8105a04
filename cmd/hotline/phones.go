package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"slices"
	"strings"

	"hotline/agentapi"
	"hotline/cmd/hotline/config"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
)

// provision gives the switch every agent's phone.
func (s *service) provision(ctx context.Context) error {
	for _, p := range s.config.People {
		if p.Phone == "" || p.Seat {
			continue // a seat's phone comes with the sign-in
		}
		err := s.sw.Provision(ctx, telephony.Phone{ID: p.Phone, Secret: p.PhoneSecret.Text()})
		if err != nil && ctx.Err() == nil {
			s.log.Error("Asterisk does not take a phone: its agent cannot be called", "phone", p.Phone, "err", err)
		}
	}
	return nil
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

// PhoneChanged implements asterisk.Hotline.
func (h *hotline) PhoneChanged(id string, reachable bool) {
	for _, p := range h.config.People {
		if p.Phone == id && p.Role == "agent" {
			h.desks.Tell(queues.PhoneChanged{Agent: p.ID, Reachable: reachable})
		}
	}
}

// phones gives a seat's page its phone: a new secret at each sign-in.
type phones service

// Phone implements rest.Phones.
func (p *phones) Phone(ctx context.Context, id queues.AgentID) (agentapi.Phone, error) {
	i := slices.IndexFunc(p.config.People, func(person config.Person) bool { return person.ID == id && person.Seat })
	if i < 0 {
		return agentapi.Phone{}, agentapi.Refuse(agentapi.CodeNotFound, "agent %s has a phone of their own", id)
	}
	phone := telephony.Phone{ID: p.config.People[i].Phone, Secret: rand.Text(), WebRTC: true}
	if err := p.sw.Provision(ctx, phone); err != nil {
		return agentapi.Phone{}, agentapi.Refuse(agentapi.CodeUnavailable, "the switch cannot take the phone now")
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(p.config.Asterisk.Websocket, "/ws"), "ws://"), "wss://"))
	if err != nil {
		return agentapi.Phone{}, fmt.Errorf("asterisk.websocket: %w", err)
	}
	return agentapi.Phone{URI: "sip:" + phone.ID + "@" + host, User: phone.ID, Password: phone.Secret, WS: p.config.Asterisk.Websocket}, nil
}
