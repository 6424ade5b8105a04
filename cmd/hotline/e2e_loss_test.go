package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
)

// Tickets in each phase are open before one person, with something written about each: the pages are loaded anew, their network goes, the answer to what they
// send is lost, and Hotline is killed and started again. What they show afterwards is right, no text is lost, and nothing is done twice.
func TestReloadsLostNetworksAndAKillLoseNoTextAndDoubleNothing(t *testing.T) {
	t.Parallel()
	s := raise(t, stageOptions{elsewhere: true, configure: func(c *config.Config) { *c = ofOrganisation(t, "service-desk", *c) }})
	s.away = s.spawn()
	l := &losses{stage: s, olga: s.signsIn("olga"), crowd: newCrowd(t, s.pages())}
	l.crowd.enters(s.person("olga"), "ru", "/tickets")
	for _, phase := range []string{"new", "open", "in_work", "waiting", "solved", "closed"} {
		l.opens(phase)
	}
	l.each("note", "reload", func(who string) { l.crowd.do("reload", hand{"who": who}) })
	l.lost()
	l.crowd.do("offline", hand{"who": l.tabs[0].who, "is": true}) // all tabs are one person's
	l.all(func(tab tabOf) {
		l.crowd.do("write", hand{"who": tab.who, "editor": "note", "text": tab.phase + " offline", "send": "send_note", "refused": true})
	})
	l.crowd.do("offline", hand{"who": l.tabs[0].who, "is": false})
	l.all(func(tab tabOf) { l.sends(tab, tab.phase+" offline") })

	l.all(func(tab tabOf) {
		l.crowd.do("write", hand{"who": tab.who, "editor": "note", "text": tab.phase + " killed"})
	})
	s.away.kill()
	l.crowd.do("write", hand{"who": l.tabs[0].who, "editor": "note", "send": "send_note", "refused": true})
	s.away = s.respawn(s.away)
	l.all(func(tab tabOf) { l.sends(tab, tab.phase+" killed") })
	l.twoAtOnce()
	l.crowd.unharmed()
}

type losses struct {
	*stage
	olga  *browser
	crowd *crowd
	tabs  []tabOf
}

// tabOf is a tab in which a ticket of a phase is open.
type tabOf struct{ who, phase, number string }

func (l *losses) all(do func(tabOf)) {
	for _, tab := range l.tabs {
		do(tab)
	}
}

// opens brings a ticket to a phase, and opens it in a tab.
func (l *losses) opens(phase string) {
	l.t.Helper()
	tab := tabOf{who: "olga " + phase, phase: phase}
	if phase == "new" { // a caller who waits, whom nobody serves
		const from = "+74952009931"
		l.must(l.calls(from).Digits(l.t.Context(), "11"))
		l.eventually("the caller has a ticket", func() error {
			return l.query(`select ticket from contacts where caller = '`+from+`'`, &tab.number)
		})
	} else {
		var f struct{ Ticket struct{ Number string } }
		l.olga.decode(l.olga.asks(http.MethodPost, "/api/v1/tickets", `{"channel": "letter", "subject": "`+phase+`", "text": "О дисках", "department": "engineers"}`), &f)
		tab.number = f.Ticket.Number
	}
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	for _, c := range map[string][][2]string{
		"in_work": {{"take", `{}`}}, "waiting": {{"wait", `{"for": "date", "until": "` + tomorrow + `"}`}},
		"solved": {{"solve", `{"answer": "Готово"}`}}, "closed": {{"solve", `{"answer": "Готово"}`}, {"confirm", `{}`}},
	}[phase] {
		l.olga.does(tab.number, c[0], c[1])
	}
	l.crowd.do("tab", hand{"who": "olga", "as": tab.who, "path": "/tickets/" + tab.number})
	if now := l.crowd.show(tab.number, tab.who); now.Phase != phase {
		l.t.Errorf("the ticket is %s, not %s", now.Phase, phase)
	}
	l.tabs = append(l.tabs, tab)
}

// each writes a note in each tab, lets something happen, and finds what was written there again.
func (l *losses) each(editor, why string, happens func(who string)) {
	l.t.Helper()
	l.all(func(tab tabOf) {
		text := tab.phase + " " + why
		l.crowd.do("write", hand{"who": tab.who, "editor": editor, "text": text})
		happens(tab.who)
		l.crowd.show(tab.number, tab.who)
		if typed := l.crowd.text("typed", hand{"who": tab.who, "editor": editor}); typed != text {
			l.t.Errorf("after %s stands %q, not %q", why, typed, text)
		}
	})
}

// lost sends what is written, and the answer is lost: it is sent again, and was done once.
func (l *losses) lost() {
	l.t.Helper()
	l.all(func(tab tabOf) {
		l.crowd.do("deaf", hand{"who": tab.who, "command": "note"})
		l.crowd.do("write", hand{"who": tab.who, "editor": "note", "text": tab.phase + " lost", "send": "send_note", "refused": true})
		l.sends(tab, tab.phase+" lost")
	})
}

// sends sends what stands in a tab, which must be a text, and checks that it is in the ticket's story once.
func (l *losses) sends(tab tabOf, text string) {
	l.t.Helper()
	if typed := l.crowd.text("typed", hand{"who": tab.who, "editor": "note"}); typed != text {
		l.t.Errorf("in the tab %q stands %q, not %q", tab.who, typed, text)
	}
	l.crowd.do("write", hand{"who": tab.who, "editor": "note", "send": "send_note"})
	l.crowd.show(tab.number, tab.who)
	l.eventually(text+" is kept once", func() error {
		var n int
		err := l.query(fmt.Sprintf(`select count(*) from ticket_entries where ticket = '%s' and text = '%s'`, tab.number, text), &n)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d times", n)
		}
		return err
	})
}

// twoAtOnce are two people at one ticket, each in a browser and a language of their own. Whoever acts on what they have not seen is told what the
// other has done, and what they had typed is still there to be sent; what is being written beside it stays, too.
func (l *losses) twoAtOnce() {
	l.t.Helper()
	tab := l.tabs[2]
	l.crowd.enters(l.person("gleb"), "en", "/tickets/"+tab.number)
	l.crowd.do("write", hand{"who": "gleb", "editor": "note", "text": "Half a note"})
	next := time.Now().Add(48 * time.Hour).Truncate(time.Minute)
	l.collide(tab.who, "Глеб Орехов", "hand_over", "note", hand{"department": "engineers", "note": "Это к инженерам"}, func() {
		l.crowd.acts("gleb", "plan", hand{"next": next})
	})
	l.crowd.do("write", hand{"who": tab.who, "editor": "note", "text": "Ещё не всё"})
	l.collide("gleb", l.person("olga").Name, "promise", "what", hand{"what": "A new disk", "due": next, "channel": "call"}, func() {
		l.crowd.acts(tab.who, "describe", hand{"subject": "Диски"})
	})
	for who, note := range map[string]string{"gleb": "Half a note", tab.who: "Ещё не всё"} {
		if typed := l.crowd.text("typed", hand{"who": who, "editor": "note"}); typed != note {
			l.t.Errorf("beside all that %q has %q, not %q", who, typed, note)
		}
	}
	l.crowd.show(tab.number, tab.who, "gleb")
}

// collide lets somebody fill in a form while a colleague is faster, which they have not seen as they send it.
func (l *losses) collide(who, colleague, command, text string, fields hand, faster func()) {
	l.t.Helper()
	l.crowd.do("act", hand{"who": who, "command": command, "fields": fields, "keep": true})
	l.crowd.do("blind", hand{"who": who})
	faster()
	l.crowd.do("sees", hand{"who": who})
	l.crowd.do("send", hand{"who": who, "command": command, "refused": true})
	l.crowd.do("reads", hand{"who": who, "text": "t:tickets.stale"})
	l.crowd.do("reads", hand{"who": who, "text": colleague})
	if typed := l.crowd.text("typed", hand{"who": who, "command": command, "field": text}); typed != fields[text] {
		l.t.Errorf("after a colleague was faster stands %q in the form of %q", typed, who)
	}
	l.crowd.do("send", hand{"who": who, "command": command, "again": true})
}
