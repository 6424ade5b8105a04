package register

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/rest"
	"hotline/telephony/words"
	"hotline/tickets"
	"hotline/tickets/life"
	"hotline/tickets/lists"
)

// TicketFile is a ticket with all that a page shows of it.
type TicketFile struct {
	Ticket   TicketHead     `json:"ticket"`
	Customer *FileCustomer  `json:"customer" doc:"null: nobody is known"`
	Parts    []FilePart     `json:"parts" nullable:"false"`
	Promises []life.Promise `json:"promises" nullable:"false"`
	Vendors  []life.Vendor  `json:"vendors" nullable:"false"`
	Reviews  []FileReview   `json:"reviews" nullable:"false" doc:"of complaints about an answer"`
	Links    []FileLink     `json:"links" nullable:"false" doc:"also the incident that it is part of (parent), the tickets that are part of it (child), and what it was merged with (into)"`
	Clocks   []FileClock    `json:"clocks" nullable:"false"`
	Whose    []FileShare    `json:"whose" nullable:"false" doc:"whose time it was, up to now"`
	Timeline TimelineAnswer `json:"timeline" doc:"the latest of it"`
	May      []string       `json:"may" nullable:"false" doc:"the commands that whoever asks may give now"`
	Next     []string       `json:"next_departments" nullable:"false" doc:"to which it goes on by the chain of its topic, in order: they are offered first, and any other may get it"`
	Files    []File         `json:"files" nullable:"false"`
	CaseFile bool           `json:"casefile" doc:"whether whoever asks may take the ticket's whole file as a document"`
	Version  int64          `json:"version" doc:"for If-Match"`
}

// FileCustomer is a ticket's customer, with what else is open of theirs.
type FileCustomer struct {
	agentapi.Customer
	OpenTickets []OpenTicket `json:"open_tickets" nullable:"false" doc:"of theirs beside this one, as far as whoever asks may see them, at most 20; the next one first"`
}

// OpenTicket is another open ticket of a customer, in short.
type OpenTicket struct {
	Number    tickets.Number `json:"number"`
	Subject   string         `json:"subject"`
	Phase     tickets.Phase  `json:"phase"`
	NextAt    *time.Time     `json:"next_at"`
	Owner     string         `json:"owner"`
	OwnerKind string         `json:"owner_kind" enum:"person,department,"`
	OwnerName string         `json:"owner_name" doc:"of a person"`
}

const mostOpenTickets = 20

// FileClock is a clock of a ticket, also one that has ended.
type FileClock struct {
	RowClock
	Allowed    float64    `json:"allowed_s" doc:"working time that there is, in seconds"`
	Used       float64    `json:"used_s" doc:"of it, when it was reckoned last"`
	Department string     `json:"department" doc:"of kind department"`
	Agreement  string     `json:"agreement"`
	Started    time.Time  `json:"started_at"`
	Ended      *time.Time `json:"ended_at"`
	PausedBy   string     `json:"paused_by" doc:"why it stands: customer, vendor, scheduled …"`
}

// FileShare is how long a ticket was somebody's to move.
type FileShare struct {
	Party   string  `json:"party" enum:"customer,first_line,department,vendor,scheduled"`
	Seconds float64 `json:"seconds"`
}

// TicketHead is a line of a list, and what else stands in a ticket.
type TicketHead struct {
	TicketRow
	Language    string              `json:"language" doc:"in which the customer is answered"`
	District    string              `json:"district"`
	Reply       ReplyTo             `json:"reply" doc:"how the customer wants to be answered"`
	SolvedBy    string              `json:"solved_by"`
	SolvedName  string              `json:"solved_by_name"`
	SolvedAt    *time.Time          `json:"solved_at"`
	Reminded    int                 `json:"reminded" doc:"how often the customer was asked since then whether it helped"`
	Parent      tickets.Number      `json:"parent" doc:"the incident that it is part of"`
	Into        tickets.Number      `json:"merged_into"`
	Disposition tickets.Disposition `json:"disposition" doc:"why it was closed"`
}

// ReplyTo is how a customer wants to be answered.
type ReplyTo struct {
	Channel string `json:"channel"`
	Address string `json:"address"`
}

// FilePart is a part, with names.
type FilePart struct {
	life.Part
	DepartmentName words.Text `json:"department_name,omitempty"`
	OwnerName      string     `json:"owner_name"`
}

// FileReview is a review, with names.
type FileReview struct {
	life.Review
	DepartmentName words.Text `json:"department_name,omitempty"`
	ReviewerName   string     `json:"reviewer_name"`
	AboutName      string     `json:"about_name"`
}

// FileLink is a tie to another ticket.
type FileLink struct {
	Other   tickets.Number `json:"other"`
	Kind    string         `json:"kind" example:"related"`
	Subject string         `json:"subject"`
	Phase   tickets.Phase  `json:"phase"`
	Hidden  bool           `json:"hidden,omitempty" doc:"whoever asks may not see it, or it is there no more: nothing but its number is told"`
}

// TimelineAnswer is a piece of what happened to a ticket, the latest first.
type TimelineAnswer struct {
	Items []TimelineItem `json:"items" nullable:"false"`
	Next  string         `json:"next_cursor" doc:"for what came before; empty: this is all"`
}

// TimelineItem is one line of it. Type says which of the four is there.
type TimelineItem struct {
	ID      string                 `json:"id" doc:"in the ticket, for ever"`
	At      time.Time              `json:"at"`
	Type    string                 `json:"type" enum:"contact,change,entry,file"`
	By      agentapi.TicketBy      `json:"by"`
	Contact *TimelineContact       `json:"contact,omitempty"`
	Change  *agentapi.TicketChange `json:"change,omitempty"`
	Entry   *TimelineEntry         `json:"entry,omitempty"`
	File    *File                  `json:"file,omitempty"`
}

// TimelineContact is an exchange with the customer.
type TimelineContact struct {
	ID          tickets.ContactID   `json:"id" doc:"of a call: its id"`
	Channel     string              `json:"channel" example:"call"`
	From        string              `json:"from" doc:"the number; empty when withheld"`
	FromName    string              `json:"from_name" doc:"as the network sent it"`
	Queue       string              `json:"queue"`
	Topic       string              `json:"topic"`
	Agent       string              `json:"agent" doc:"who served it, by id"`
	AgentName   string              `json:"agent_name"`
	CalledBy    string              `json:"called_by,omitempty" doc:"the agent who made the call of their own accord, by name"`
	Reason      words.Text          `json:"reason,omitempty" doc:"why they did"`
	Outcome     tickets.Outcome     `json:"outcome" doc:"empty while it lasts"`
	Disposition tickets.Disposition `json:"disposition"`
	Note        string              `json:"note"`
	Recordings  int                 `json:"recordings" doc:"how many messages the caller left; see /contacts/{id}/recording"`
	AnsweredAt  *time.Time          `json:"answered_at"`
	EndedAt     *time.Time          `json:"ended_at"`
}

// TimelineEntry is a text that somebody wrote.
type TimelineEntry struct {
	N        int            `json:"n"`
	Version  int64          `json:"version" doc:"of the ticket, with which it came"`
	Kind     life.EntryKind `json:"kind" enum:"note,request,answer,question,reply,complaint,refusal"`
	Internal bool           `json:"internal" doc:"not for the customer"`
	Text     string         `json:"text"`
	Channel  string         `json:"channel" doc:"of an answer: how it went out"`
	Address  string         `json:"address"`
}

// pieceOfTimeline is how much of a timeline comes with a file.
const pieceOfTimeline = 50

type (
	wholeQuestion struct {
		Number string `path:"number" maxLength:"40" example:"100237"`
	}
	timelineQuestion struct {
		Number string `path:"number" maxLength:"40" example:"100237"`
		Cursor string `query:"cursor" maxLength:"600"`
		Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
)

// theirTickets is what "own" means where somebody looks at a ticket.
const theirTickets = "tickets of theirs or of their departments, with parts or complaints for these, with promises of theirs, of their calls, and of customers they have served"

func (t *Tickets) fileOperations(to *rest.Registrar) {
	theirs := rest.Person(rest.Own, rest.All, theirTickets).WithToken(gate.ReadTickets)
	huma.Register(to.API, to.Operation("ticket-file", http.MethodGet, "/tickets/{number}/file", "A ticket with all that belongs to it, and the latest of what happened", theirs),
		func(ctx context.Context, in *wholeQuestion) (*rest.Answer[TicketFile], error) {
			v, n, err := t.about(ctx, to, in.Number)
			if err != nil {
				return nil, err
			}
			file, err := t.file(ctx, to, v, n)
			if err == nil {
				err = to.Looked(ctx, v.Account, tickets.LookedAtTicket, string(file.Body.Ticket.Number))
			}
			if err != nil {
				return nil, err
			}
			return file, nil
		})
	huma.Register(to.API, to.Operation("ticket-timeline", http.MethodGet, "/tickets/{number}/timeline", "What happened to a ticket, the latest first", theirs),
		func(ctx context.Context, in *timelineQuestion) (*rest.Answer[TimelineAnswer], error) {
			v, n, err := t.about(ctx, to, in.Number)
			if err != nil {
				return nil, err
			}
			f, err := t.Store.Timeline(ctx, n, in.Cursor, in.Limit)
			if err != nil {
				return nil, refusal(to, n, err, "read a ticket's timeline")
			}
			if err := to.Looked(ctx, v.Account, tickets.LookedAtTicket, string(n)); err != nil {
				return nil, err
			}
			return rest.Answered(showTimeline(t.Register.Terms(), f)), nil
		})
}

// file is a ticket with all that belongs to it, as somebody who may see it does.
func (t *Tickets) file(ctx context.Context, to *rest.Registrar, v viewer, n tickets.Number) (*rest.Answer[TicketFile], error) {
	f, err := t.Store.File(ctx, n, v.sight.Agent, pieceOfTimeline)
	if err == nil {
		err = t.hideIn(ctx, v, &f)
	}
	if err != nil {
		return nil, refusal(to, n, err, "read a ticket's file")
	}
	return rest.Versioned(f.Matter.Version, t.show(v, f)), nil
}

// hideIn takes out of a file the other tickets that somebody may not see: of those to which it is tied the number stays.
func (t *Tickets) hideIn(ctx context.Context, v viewer, f *lists.File) error {
	if v.sight.All {
		return nil
	}
	near := slices.Collect(maps.Keys(f.Linked))
	for _, r := range slices.Concat(f.Children, f.Others) {
		near = append(near, r.Number)
	}
	if len(near) == 0 {
		return nil
	}
	seen, err := t.Store.Seen(ctx, near, v.sight)
	hidden := func(r lists.Row) bool { return !slices.Contains(seen, r.Number) }
	maps.DeleteFunc(f.Linked, func(n tickets.Number, r lists.Row) bool { return hidden(r) })
	f.Children, f.Others = slices.DeleteFunc(f.Children, hidden), slices.DeleteFunc(f.Others, hidden)
	return err
}

// show is a file as JSON for somebody.
func (t *Tickets) show(v viewer, f lists.File) TicketFile {
	terms := t.Register.Terms()
	v.served = f.Served
	m := f.Matter
	shown := TicketFile{
		Ticket: TicketHead{
			TicketRow: showRow(terms, f.Row), Language: m.Language, District: tickets.Display(m.District),
			Reply:    ReplyTo{m.Reply.Channel, tickets.Display(m.Reply.Address)},
			SolvedBy: m.SolvedBy, SolvedName: nameOf(terms, m.SolvedBy), SolvedAt: orNil(m.SolvedAt), Reminded: m.Reminded, Parent: m.Parent, Into: m.Into,
		},
		Parts: []FilePart{}, Promises: append([]life.Promise{}, m.Promises...), Vendors: append([]life.Vendor{}, m.Vendors...), Reviews: []FileReview{},
		Links: showLinks(f), Clocks: []FileClock{}, Whose: []FileShare{}, Timeline: showTimeline(terms, f.Timeline), May: v.may(m), Next: append([]string{}, terms.Next(m.Topic, m.Department)...), Files: []File{}, CaseFile: v.takesWhole(m), Version: m.Version,
	}
	if c, closed := m.State.(tickets.Closed); closed {
		shown.Ticket.Disposition = c.Disposition
	}
	if f.Customer != nil {
		shown.Customer = &FileCustomer{agentapi.ShowCustomer(f.Customer.Shown(), terms.Here(time.Now())), showOpen(terms, f.Others)}
	}
	for _, c := range f.Clocks {
		shown.Clocks = append(shown.Clocks, FileClock{*showClock(&c), c.Allowed, c.Used, c.Department, c.Agreement, c.Started, c.Ended, c.PausedBy})
	}
	for _, s := range f.Whose {
		shown.Whose = append(shown.Whose, FileShare(s))
	}
	for _, p := range m.Parts {
		shown.Parts = append(shown.Parts, FilePart{p, terms.Departments[string(p.Department)].Name, nameOf(terms, p.Owner)})
	}
	for _, r := range m.Reviews {
		shown.Reviews = append(shown.Reviews, FileReview{r, terms.DepartmentName(string(r.Department)), nameOf(terms, r.Reviewer), nameOf(terms, r.About)})
	}
	for _, one := range f.Files {
		shown.Files = append(shown.Files, told(one))
	}
	return shown
}

// showLinks are all ties of a ticket to others.
func showLinks(f lists.File) []FileLink {
	links := []FileLink{}
	add := func(other tickets.Number, kind string) {
		l := FileLink{Other: other, Kind: kind, Hidden: true}
		if r, there := f.Linked[other]; there {
			l.Subject, l.Phase, l.Hidden = tickets.Display(r.Subject), r.Phase(), false
		}
		links = append(links, l)
	}
	for _, l := range f.Matter.Links {
		add(l.Other, l.Kind)
	}
	if p := f.Matter.Parent; p != "" {
		add(p, "parent")
	}
	if into := f.Matter.Into; into != "" {
		add(into, "into")
	}
	for _, c := range f.Children {
		links = append(links, FileLink{Other: c.Number, Kind: "child", Subject: tickets.Display(c.Subject), Phase: c.Phase()})
	}
	return links
}

func showOpen(terms tickets.Terms, all []lists.Row) []OpenTicket {
	shown := []OpenTicket{}
	for _, r := range all[:min(len(all), mostOpenTickets)] {
		row := showRow(terms, r)
		shown = append(shown, OpenTicket{row.Number, row.Subject, row.Phase, row.NextAt, row.Owner, row.OwnerKind, row.OwnerName})
	}
	return shown
}

func showTimeline(terms tickets.Terms, t lists.Timeline) TimelineAnswer {
	answer := TimelineAnswer{Items: make([]TimelineItem, 0, len(t.Items)), Next: t.Next}
	for _, i := range t.Items {
		answer.Items = append(answer.Items, showItem(terms, i))
	}
	return answer
}

func showItem(terms tickets.Terms, i lists.Item) TimelineItem {
	shown := TimelineItem{ID: i.Moment().ID(), At: i.At}
	switch i.Kind() {
	case lists.OfContact:
		c := i.Contact
		shown.Type, shown.By = "contact", agentapi.TicketBy{Kind: tickets.ByCustomer, Name: tickets.Display(c.RawName), From: c.From.Key()}
		shown.Contact = &TimelineContact{
			ID: c.ID, Channel: c.Channel.Code(), From: c.From.Key(), FromName: tickets.Display(c.RawName), Queue: c.Queue, Topic: c.Topic,
			Agent: c.Agent.ID, AgentName: tickets.Display(c.Agent.Shown()), Outcome: c.Outcome, Disposition: c.Disposition, Note: tickets.DisplayLines(c.Note), Recordings: len(c.Recordings),
			AnsweredAt: orNil(c.AnsweredAt), EndedAt: orNil(c.EndedAt),
		}
		if c.CalledBy != "" {
			shown.By = agentapi.TicketBy{Kind: tickets.ByPerson, ID: c.CalledBy, Name: tickets.Display(nameOf(terms, c.CalledBy)), From: "desk"}
			shown.Contact.CalledBy = shown.By.Name
		}
		if c.Reason != "" {
			shown.Contact.Reason = textOr(terms.CallReasons[c.Reason], tickets.Display(c.Reason))
		}
	case lists.OfChange:
		c := agentapi.ShowChange(*i.Change)
		shown.Type, shown.By, shown.Change = "change", c.By, &c
	case lists.OfEntry:
		e := i.Entry
		shown.Type, shown.By = "entry", agentapi.ShowBy(e.By)
		shown.Entry = &TimelineEntry{e.N, e.Version, e.Kind, e.Internal, tickets.DisplayLines(e.Text), e.Channel, tickets.Display(e.Address)}
	case lists.OfFile:
		f := told(*i.File)
		shown.Type, shown.By, shown.File = "file", agentapi.TicketBy{Kind: tickets.ByPerson, ID: f.By, Name: f.By}, &f
		if name, program := strings.CutPrefix(f.By, gate.TokenLogin); program {
			shown.By = agentapi.TicketBy{Kind: tickets.ByProgram, ID: name, Name: name}
		}
	}
	return shown
}

// may are the commands that somebody may give now.
func (v viewer) may(m life.Matter) []string {
	all := []string{}
	for _, c := range life.Commands {
		if v.check(m, c.Name(), 0) == nil {
			all = append(all, c.Name())
		}
	}
	slices.Sort(all)
	return all
}
