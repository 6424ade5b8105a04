package config

import (
	"reflect"
	"strings"
	"testing"

	"hotline/deploy"
	"hotline/tickets"
)

func TestWhomTheReserveModeRingsIsProved(t *testing.T) {
	parse := func(settings string) (Config, error) {
		const before = "\n  # reserve_ring:"
		source := strings.Replace(string(deploy.Configuration), before, "\n  "+settings+before, 1)
		return Parse("hotline.yaml", []byte(source))
	}
	for settings, want := range map[string]string{
		`reserve_ring: [{for: 15s}]`:                         "asterisk.reserve_ring.0: rings nobody: give a phone or a number, and not both",
		`reserve_ring: [{phone: a, number: "+79160000111"}]`: "asterisk.reserve_ring.0: rings nobody: give a phone or a number, and not both",
		`reserve_ring: [{phone: "a,b"}]`:                     `asterisk.reserve_ring.0.phone: "a,b" is not a phone of people, or an endpoint of trunk.conf`,
		`reserve_ring: [{number: "89160000111"}]`:            `asterisk.reserve_ring.0.number: "89160000111" is not a number in E.164`,
		`reserve_ring: [{phone: reception, for: 10m}]`:       "asterisk.reserve_ring.0.for: is 10m0s; it must be from 1s to 2m0s",
		`reserve_message: 2s`:                                "asterisk.reserve_message: is 2s; it must be from 10s to 1h0m0s",
	} {
		if _, err := parse(settings); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", settings, err, want)
		}
	}
	c, err := parse(`reserve_ring: [{phone: desk-101, for: 15s}, {number: "+79160000111"}]`)
	if err != nil {
		t.Fatal(err)
	}
	want := []deploy.Ring{
		{Who: "phone%3Adesk-101", Dial: "PJSIP/desk-101", Seconds: 15}, {Who: "number%3A%2B79160000111", Dial: "PJSIP/+79160000111@trunk", Seconds: 20, Outside: true},
	}
	if got := c.Asterisk.Ring(); !reflect.DeepEqual(got, want) {
		t.Errorf("rung are %+v", got)
	}
	for who, want := range map[string]tickets.Agent{
		"phone:desk-101": {ID: "anna", Name: "Анна Орлова"}, "phone:reception": {Name: "reception"}, "number:+79160000111": {Name: "+79160000111"},
	} {
		if got := c.Reserved(who); got != want {
			t.Errorf("%s is %+v", who, got)
		}
	}
}
