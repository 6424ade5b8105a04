package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"time"

	"hotline/telephony"
	"hotline/telephony/asterisk"
	"hotline/telephony/phonenumbers"
	"hotline/tickets"
)

// reserveEvery is how often the reserve mode's calls are looked for.
const reserveEvery = 5 * time.Second

// reserved is a call that the dialplan took alone: a line of the file that extensions.conf writes.
type reserved struct {
	answered bool // by the reserve mode; otherwise the caller left while it rang
	channel  string
	at       time.Time
	lasted   time.Duration
	from     string
	name     string
	dialled  string
}

// readReserve makes tickets of the calls that Asterisk took while Hotline was away. The file is moved aside before it is
// read, and removed when every call in it is on its way; should we die in between, it is read again, and no
// call becomes two.
func (s *service) readReserve(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.takeReserve(s.config.Asterisk.Reserve); err != nil {
			s.log.Error("calls of the reserve mode have no ticket yet", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(reserveEvery):
		}
	}
	return nil
}

func (s *service) takeReserve(file string) error {
	aside := file + ".taken"
	if _, err := os.Stat(aside); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(file, aside); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // no such calls
			}
			return err
		}
	}
	f, err := os.Open(aside)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := csv.NewReader(bufio.NewReader(f))
	lines.FieldsPerRecord, lines.LazyQuotes = -1, true
	for n := 1; ; n++ {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return os.Remove(aside)
		}
		var wrong *csv.ParseError
		if err != nil && !errors.As(err, &wrong) {
			return err // of the disk, not of the line
		}
		var call reserved
		if err == nil {
			call, err = parseReserved(fields)
		}
		if err != nil {
			s.log.Error("a call of the reserve mode cannot be read", "file", file, "line", n, "err", err)
			continue
		}
		s.fileReserved(call)
	}
}

func parseReserved(fields []string) (c reserved, err error) {
	if len(fields) != 7 {
		return c, fmt.Errorf("%d fields, not 7", len(fields))
	}
	came, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return c, fmt.Errorf("time of arrival: %w", err)
	}
	seconds, err := strconv.ParseInt(fields[3], 10, 32)
	if err != nil {
		return c, fmt.Errorf("seconds it lasted: %w", err)
	}
	c = reserved{answered: fields[0] == "reserve", channel: fields[1], at: time.Unix(came, 0), lasted: time.Duration(seconds) * time.Second}
	for i, text := range []*string{&c.from, &c.name, &c.dialled} {
		if *text, err = url.QueryUnescape(fields[4+i]); err != nil {
			return c, err
		}
	}
	return c, nil
}

// fileReserved gives the call its ticket: it is to be called back.
func (s *service) fileReserved(c reserved) {
	number := func(raw string) telephony.Number { return phonenumbers.Parse(raw, s.config.Line.Region) }
	id := asterisk.CallID(s.config.Asterisk.Node, c.channel, c.at)
	outcome := tickets.AbandonedInGreeting
	if c.answered {
		outcome = tickets.Lost
	}
	s.register.Arrive(telephony.Arrival{ID: id, From: number(c.from), Name: c.name, To: number(c.dialled), At: c.at}).Ended(c.at.Add(c.lasted), outcome)
	s.log.Info("a call that Asterisk took alone has its ticket", "call", id, "outcome", outcome)
}
