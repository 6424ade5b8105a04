package rest_test

import (
	"errors"
	"testing"

	"hotline/agentapi"
	"hotline/agentapi/client"
)

func TestANewPasswordEndsWhatWasOpenWithTheOldOneAtOnce(t *testing.T) {
	h := open(t, settings{})
	c := h.signIn("anna")
	desk := h.desk(c, client.StreamOptions{})
	if err := h.server.Recheck(soon(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.WhoAmI(soon(t)); err != nil || desk.Err() != nil {
		t.Fatalf("nothing has changed, and who is signed in is out: %v, %v", err, desk.Err())
	}
	h.seat("another password 7")
	if err := h.server.Recheck(soon(t)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-desk.Done():
	case <-soon(t).Done():
		t.Fatal("the desk stays open")
	}
	if !errors.Is(desk.Err(), client.ErrNotSignedIn) {
		t.Errorf("the stream ended with %v", desk.Err())
	}
	h.awaitClosed("7") // at once: the agent gets no calls
	if _, err := c.WhoAmI(soon(t)); !client.IsProblem(err, agentapi.CodeNotSignedIn) {
		t.Errorf("with the old sign-in: %v", err)
	}
	if _, err := client.SignIn(soon(t), h.url, "anna", password); !client.IsProblem(err, agentapi.CodeWrongLogin) {
		t.Errorf("with the old password: %v", err)
	}
	if _, err := client.SignIn(soon(t), h.url, "anna", "another password 7"); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}
