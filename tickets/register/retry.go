package register

import (
	"context"
	"errors"

	"hotline/tickets"
)

// Retry has the store take a fact that it refused before. A contact whose number another ticket has by now, because both were given it, gets another one, from a serial
// number on. An error is why the fact is still not taken.
func Retry(ctx context.Context, s tickets.Store, fact []byte, from uint64) error {
	f, err := decode(tickets.Entry{Fact: fact})
	if err != nil {
		return err
	}
	err = s.Apply(ctx, []tickets.Fact{f})
	if !errors.Is(err, tickets.ErrNumberTaken) {
		return err
	}
	b, err := s.ReserveNumbers(ctx, 1, from)
	if err != nil {
		return err
	}
	f.Own = tickets.MakeNumber(b.First)
	return s.Apply(ctx, []tickets.Fact{f})
}
