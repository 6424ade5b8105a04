package main

import (
	"crypto/rand"
	"errors"
	"os/exec"
	"time"

	"hotline/agentapi/client"
	"hotline/telephony/softphone"
)

// deskAddress is another one in the test's network, where a desk phone is.
const deskAddress = "198.51.100.2"

// opensToPhones makes Asterisk listen at the machine's address, as README says in prose, and gives Anna a desk phone in the place of
// the page's. A call from the machine itself is served at it; one from a stranger's address is none of a customer.
func (m *debian) opensToPhones(password string) {
	m.t.Helper()
	secret := rand.Text()
	if out, err := exec.Command("ip", "addr", "add", deskAddress+"/24", "dev", "house").CombinedOutput(); err != nil {
		m.t.Fatalf("ip: %v: %s", err, out)
	}
	m.types("sed -i 's|sip: 127.0.0.1:5060|sip: " + insideAddress + ":5060|; s|seat: true|phone_secret: {env: HOTLINE_ANNA_PHONE}|' /etc/hotline/hotline.yaml")
	m.types("echo HOTLINE_ANNA_PHONE=" + secret + " >>/etc/hotline/environment")
	m.types("hotline asterisk /etc/hotline/hotline.yaml; systemctl restart asterisk hotline")
	exchange, err := softphone.NewExchange(softphone.ExchangeOptions{Bind: deskAddress + ":0", Server: insideAddress + ":5060"})
	if err != nil {
		m.t.Fatal(err)
	}
	defer exchange.Close()
	phone, err := exchange.Phone(softphone.Options{User: "desk-101", Secret: secret})
	if err != nil {
		m.t.Fatal(err)
	}
	eventually(m.t, atOnce, "the desk phone registers", func() error { return phone.Register(m.t.Context()) })
	stranger, err := exchange.Phone(softphone.Options{User: "stranger"})
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := stranger.Call(m.t.Context(), "+74950000100", softphone.CallOptions{From: "+79169998877"}); err == nil {
		m.t.Error("a stranger's call is taken for a customer's")
	}
	m.servedAtPhone(phone, password)
}

// servedAtPhone is a call that Anna answers at her desk phone.
func (m *debian) servedAtPhone(phone *softphone.Phone, password string) {
	m.t.Helper()
	anna, err := client.SignIn(m.t.Context(), "http://127.0.0.1:8080", "anna", password)
	if err != nil {
		m.t.Fatal(err)
	}
	desk, err := anna.Stream(m.t.Context(), client.StreamOptions{SeeOffers: true})
	if err != nil {
		m.t.Fatal(err)
	}
	defer desk.Close()
	if err := desk.Command(m.t.Context(), "agent.ready", nil); err != nil {
		m.t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		ringing, err := phone.Incoming(m.t.Context())
		if err != nil {
			answered <- err
			return
		}
		talk, err := ringing.Answer(m.t.Context())
		if err == nil {
			err = errors.Join(talk.Hears(m.t.Context(), 440, 300*time.Millisecond), talk.Hangup(m.t.Context()))
		}
		answered <- err
	}()
	m.types("hotline call sip:+74950000100@" + insideAddress + ":5060 --from +79160000001 --digits ,,1,,,3 --tone 440 --for 60s")
	if err := <-answered; err != nil {
		m.t.Errorf("at the desk phone: %v", err)
	}
}
