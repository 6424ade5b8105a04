package config

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"hotline/deploy"
	"hotline/tickets"
)

// ReserveRing is somebody whom the reserve mode rings.
type ReserveRing struct {
	Phone  string        `yaml:"phone,omitempty"`  // of people, or an endpoint of trunk.conf
	Number string        `yaml:"number,omitempty"` // outside, in E.164
	For    time.Duration `yaml:"for,omitempty"`    // at most; 0 is usualReserveRing
}

const usualReserveRing = 20 * time.Second

// who is what the dialplan notes of somebody who has answered: "phone:desk-101" or "number:+74950000111".
func (r ReserveRing) who() string {
	if r.Number != "" {
		return reserveNumber + r.Number
	}
	return reservePhone + r.Phone
}

const (
	reserveNumber = "number:"
	reservePhone  = "phone:"
)

// Ring is whom the reserve mode rings, as the dialplan has it.
func (a Asterisk) Ring() (all []deploy.Ring) {
	for _, r := range a.ReserveRing {
		dial := "PJSIP/" + r.Phone
		if r.Number != "" {
			dial = strings.Replace(a.Outbound, "%s", r.Number, 1)
		}
		all = append(all, deploy.Ring{
			Who: url.QueryEscape(r.who()), Dial: dial, Seconds: int(cmp.Or(r.For, usualReserveRing).Seconds()), Outside: r.Number != "",
		})
	}
	return all
}

// Reserved is who has answered in the reserve mode, by what the dialplan has noted. Who is nobody's phone has no id.
func (c Config) Reserved(who string) tickets.Agent {
	phone, is := strings.CutPrefix(who, reservePhone)
	if !is {
		return tickets.Agent{Name: strings.TrimPrefix(who, reserveNumber)}
	}
	for _, p := range c.People {
		if p.Phone == phone && p.TakesCalls() {
			return tickets.Agent{ID: string(p.ID), Name: p.Name}
		}
	}
	return tickets.Agent{Name: phone}
}

func (c *Config) proveReserve(doc *document) {
	doc.lasts("asterisk.reserve_message", c.Asterisk.ReserveMessage, 10*time.Second, time.Hour)
	for i, r := range c.Asterisk.ReserveRing {
		at := fmt.Sprintf("asterisk.reserve_ring.%d", i)
		switch {
		case (r.Phone == "") == (r.Number == ""):
			doc.wrong(at, "rings nobody: give a phone or a number, and not both")
		case r.Phone != "":
			doc.like(at+".phone", r.Phone, plain, "a phone of people, or an endpoint of trunk.conf: letters of English, digits, - and _")
		default:
			doc.like(at+".number", r.Number, e164, `a number in E.164, with the plus sign and in quotes`)
			if c.Asterisk.Outbound == "" {
				doc.wrong(at+".number", "cannot be dialled without asterisk.outbound")
			}
		}
		doc.lasts(at+".for", r.For, time.Second, 2*time.Minute)
	}
	if (len(c.Asterisk.ReserveRing) > 0 || c.Asterisk.ReserveMessage > 0) && c.Asterisk.Reserve == "" {
		doc.wrong("asterisk", "reserve_ring and reserve_message need reserve: who calls then had no ticket")
	}
}
