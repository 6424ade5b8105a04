package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	pages "hotline/agentapi/register"
	"hotline/cmd/hotline/personal"
	"hotline/tickets"
	ticketstore "hotline/tickets/postgres"
)

// holdings is what this Hotline holds about people, for administrators on REST: what the commands person export and person erase do. It is a pages.Holdings.
type holdings struct{ *service }

func (h holdings) Find(ctx context.Context, who string) ([]pages.Subject, error) {
	all, err := meant(ctx, h.config, h.tickets, who)
	if errors.Is(err, ticketstore.ErrNobody) {
		return nil, nil
	}
	var found []pages.Subject
	for _, p := range all {
		found = append(found, pages.Subject(p))
	}
	return found, err
}

func (h holdings) Export(ctx context.Context, s pages.Subject, login string) (func(io.Writer) error, error) {
	t := taking{conf: h.config, store: h.tickets, listed: h.listed, by: tickets.Look{Who: login, Address: gate.Address(ctx)}}
	e, err := t.held(ctx, ticketstore.Person(s))
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error {
		all := zip.NewWriter(w)
		t.put = func(name string, write func(io.Writer) error) error {
			into, err := all.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: e.At})
			if err == nil {
				err = write(into)
			}
			return err
		}
		err := t.rest(ctx, &e)
		if err == nil {
			err = t.put("person.json", asJSON(e))
		}
		return errors.Join(err, all.Close())
	}, nil
}

func (h holdings) Weigh(ctx context.Context, s pages.Subject) (w pages.Weight, err error) {
	p := ticketstore.Person(s)
	all, err := h.tickets.Weigh(ctx, p)
	if err != nil {
		return w, err
	}
	w.Rows, w.Closes, w.Confirm = map[string]int{}, all.Closes, all.Held.Digest()
	for table, rows := range all.Held {
		if len(rows) > 0 && table != "audit" { // which grows as they are looked at, and stays
			w.Rows[table] = len(rows)
		}
	}
	err = notPromised(h.config, personal.Erasure{Person: p, Calls: all.Traces.Contacts()})
	if err == nil {
		err = all.Against
	} else {
		w.Closes = false
	}
	var against ticketstore.Against
	if errors.As(err, &against) {
		w.Against, err = string(against), nil
	}
	return w, err
}

// diskTime is how long whoever erases somebody waits for the disk.
const diskTime = 15 * time.Second

func (h holdings) Erase(ctx context.Context, s pages.Subject, confirm string, closes bool, login string) (pages.Erased, error) {
	o := ticketstore.ErasureOrder{Closes: closes, Who: login, Address: gate.Address(ctx), Seen: confirm}
	contacts, file, err := eraseFromDatabase(ctx, h.config, h.tickets, ticketstore.Person(s), o)
	var against ticketstore.Against
	switch {
	case errors.Is(err, ticketstore.ErrOtherHeld):
		return pages.Erased{}, agentapi.Refuse(agentapi.CodeStale, "what is held about them is not what the preview said: look again")
	case errors.As(err, &against):
		return pages.Erased{}, agentapi.Refuse(agentapi.CodeConflict, "%s", against)
	case err != nil:
		return pages.Erased{}, fmt.Errorf("erase a person: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, diskTime)
	defer cancel()
	return pages.Erased{Contacts: contacts, Disk: personal.Await(ctx, file)}, nil
}
