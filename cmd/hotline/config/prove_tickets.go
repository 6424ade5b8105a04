package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hotline/agentapi/hooks"
	"hotline/tickets/attachment"
)

// What makes a setting of tickets wrong, and of the programs beside Hotline.

func (c *Config) proveTickets(doc *document) {
	t := c.Tickets
	doc.lasts("tickets.call_back_within", t.CallBackWithin, time.Minute, 30*day)
	doc.lasts("tickets.follow_up_within", t.FollowUpWithin, time.Minute, 366*day)
	doc.lasts("tickets.confirm_within", t.ConfirmWithin, time.Hour, 366*day)
	if t.ConfirmReminders != nil {
		doc.from("tickets.confirm_reminders", *t.ConfirmReminders, 0, 10)
	}
	doc.lasts("tickets.repeat_within", t.RepeatWithin, time.Hour, 366*day)
	doc.lasts("tickets.escalate_after", t.EscalateAfter, time.Minute, 366*day)
	if t.TellAfter != nil {
		doc.from("tickets.tell_after", *t.TellAfter, 0, 60)
	}
	doc.lasts("tickets.review_within", t.ReviewWithin, time.Hour, 366*day)
	for i, r := range t.Reviews {
		c.proveReview(doc, fmt.Sprintf("tickets.reviews.%d", i), r)
	}
	c.proveFiles(doc)
	for i, w := range t.Webhooks {
		at := fmt.Sprintf("tickets.webhooks.%d", i)
		twice := func(o Webhook) bool { return o.URL == w.URL && o.Format == w.Format && o.Token == w.Token }
		if doc.needed(at+".url", w.URL) {
			if err := hooks.CheckURL(w.URL); err != nil {
				doc.wrong(at+".url", "%v", err)
			} else if slices.ContainsFunc(t.Webhooks[:i], twice) {
				doc.wrong(at+".url", "%q is there twice: each event would come twice", w.URL)
			}
		}
		doc.oneOf(at+".format", w.Format, cloudEvents, zammad)
		for j, e := range w.Events {
			place := fmt.Sprintf("%s.events.%d", at, j)
			if err := hooks.CheckEvents([]string{e}); err != nil {
				doc.wrong(place, "%v", err)
			} else if slices.Contains(w.Events[:j], e) {
				doc.wrong(place, "%q is there twice", e)
			}
		}
	}
	if doc.Stands("tickets.crm") {
		doc.webAddress("tickets.crm.url", t.CRM.URL)
		doc.lasts("tickets.crm.within", t.CRM.Within, 10*time.Millisecond, 5*time.Second)
		doc.lasts("tickets.crm.cache", t.CRM.Cache, time.Second, 7*day)
	}
}

// proveReview checks a level at which complaints are decided: it is a department or a person of ours, or somebody outside.
func (c *Config) proveReview(doc *document, at string, r Review) {
	switch ours := r.Department != "" || r.Person != ""; {
	case r.Outside == "" && !ours:
		doc.wrong(at, "says nobody who decides: give department, person or outside")
	case r.Outside == "":
	case ours:
		doc.wrong(at+".outside", "is none of ours: leave out department and person")
	case c.knownDepartments()[r.Outside]:
		doc.wrong(at+".outside", "%q is a department of ours: write department", r.Outside)
	default:
		doc.short(at+".outside", r.Outside)
	}
	c.proveIsDepartment(doc, at+".department", r.Department)
	c.proveIsPerson(doc, at+".person", r.Person)
	doc.text(at+".name", r.Name)
	if r.Name != nil && r.Outside == "" {
		doc.wrong(at+".name", "is of who is outside: a department and a person have their own")
	}
	doc.lasts(at+".within", r.Within, time.Hour, 366*day)
}

func (c *Config) proveFiles(doc *document) {
	f := c.Tickets.Files
	doc.oneOf("tickets.files.store", f.Store, "disk", "database")
	switch {
	case f.Folder == "":
	case f.InDatabase():
		doc.wrong("tickets.files.folder", "is of no use: the contents are in the database")
	case !filepath.IsAbs(f.Folder):
		doc.wrong("tickets.files.folder", "%q is no whole path: it begins with /", f.Folder)
	}
	doc.size("tickets.files.largest", f.Largest)
	doc.size("tickets.files.per_ticket", f.PerTicket)
	doc.size("tickets.files.in_all", f.InAll)
	doc.from("tickets.files.most", f.Most, 0, 10_000)
	l := f.Limits()
	if f.PerTicket != "" && l.TicketSize < l.Size {
		doc.wrong("tickets.files.per_ticket", "is less than one file may have")
	}
	if q := f.Quota(); q != 0 && q < l.TicketSize {
		doc.wrong("tickets.files.in_all", "is less than the files of one ticket may have")
	}
	known := attachment.Extensions()
	for i, ext := range f.Types {
		switch place := fmt.Sprintf("tickets.files.types.%d", i); {
		case !slices.Contains(known, ext):
			doc.wrong(place, "%q is none of %s", ext, strings.Join(known, ", "))
		case slices.Contains(f.Types[:i], ext):
			doc.wrong(place, "%q is there twice", ext)
		}
	}
	if f.Types != nil && len(f.Types) == 0 {
		doc.wrong("tickets.files.types", "are none: leave types out for all that are known")
	}
}

// size is an amount of bytes that may be left out.
func (doc *document) size(path string, s Size) {
	if _, ok := s.bytes(); s != "" && !ok {
		doc.wrong(path, `%q is no size: write it with its unit, such as 500KB, 20MB or 2GB`, string(s))
	}
}

// webAddress is an address that programs ask over HTTP.
func (doc *document) webAddress(path, value string) bool {
	if !doc.needed(path, value) {
		return false
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !isHost(u.Hostname()) || u.User != nil || u.Fragment != "" || strings.ContainsAny(value, " ;,'\"") {
		doc.wrong(path, "must be https:// or http://HOST/…, without a login in it")
		return false
	}
	return true
}

// ticketsSecrets are those that are shared with the programs beside Hotline.
func (c *Config) ticketsSecrets(doc *document, env environment) {
	for i := range c.Tickets.Webhooks {
		at, w := fmt.Sprintf("tickets.webhooks.%d", i), &c.Tickets.Webhooks[i]
		doc.resolve(env, at+".token", &w.Token, false)
		doc.resolve(env, at+".secret", &w.Secret, true)
		if text := w.Secret.Text(); text != "" {
			if weak := Weakness(text); weak != "" {
				doc.wrong(at+".secret", "what it leads to %s: whoever guesses it can tell the program anything; make one with: openssl rand -hex 32", weak)
			}
		}
		if text := w.Token.Text(); strings.ContainsAny(text, "/?# ") {
			doc.wrong(at+".token", "what it leads to has a /, ?, # or space in it: it ends an address")
		}
	}
	doc.resolve(env, "tickets.crm.token", &c.Tickets.CRM.Token, false)
}

// doubtPlain warns of programs that are told of customers, or asked about them, without encryption.
func (c *Config) doubtPlain(doc *document) {
	doubt := func(path, address string) {
		u, err := url.Parse(address)
		if err == nil && u.Scheme == "http" && !nearby(u.Hostname()) {
			doc.doubt(path, "goes to %s without encryption, with numbers and names of customers in it: use https", u.Hostname())
		}
	}
	for i, w := range c.Tickets.Webhooks {
		doubt(fmt.Sprintf("tickets.webhooks.%d.url", i), w.URL)
	}
	doubt("tickets.crm.url", c.Tickets.CRM.URL)
}

// nearby says whether a host is this machine.
func nearby(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
