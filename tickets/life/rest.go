package life

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline/tickets"
)

// However a ticket ends (by a command, by a rule, by a call), what is open of it ends with it, in the same line of its history: the details of the line
// name it, and why is what the ticket was closed for. A ticket that waits for parts ends neither by being done nor by silence (tickets.Move.AwaitsOthers), and one
// about which a complaint is to be decided by nothing that people do: it is decided or taken back first.

// end closes the ticket; what is open of it ends, too.
func (w *work) end(m tickets.Move, why tickets.Disposition) error {
	if _, err := w.open(m); err != nil {
		return err
	}
	if m.AwaitsOthers() {
		if err := w.mayAnswer(); err != nil {
			return err
		}
	}
	if err := w.Close(m, w.at, why); err != nil {
		return err
	}
	tellEnded(w.details, w.endRest(why, w.at))
	return nil
}

// AwaitsOthers says whether departments have still to answer parts of the matter, or complaints about it are to be decided.
func (m Matter) AwaitsOthers() bool {
	return slices.ContainsFunc(m.Parts, Part.open) || slices.ContainsFunc(m.Reviews, Review.open)
}

func tellEnded(details map[string]string, names []string) {
	if len(names) > 0 {
		details["ended"] = strings.Join(names, ", ")
	}
}

// EndWithCalls ends what is open of tickets that facts of calls have closed, as a command that closes one does, and says so in the lines with which they
// were closed. Matters are what belonged to the tickets before. It gives those of which something has ended.
func EndWithCalls(history []tickets.Change, matters map[tickets.Number]*Matter) (ended []*Matter) {
	for i, line := range history {
		m := matters[line.Ticket]
		if m == nil || line.Patch["phase"][1] != string(tickets.Done) {
			continue
		}
		before := m.Fields()
		names := m.endRest(tickets.Disposition(line.Patch["disposition"][1]), line.At)
		if len(names) == 0 {
			continue
		}
		details := maps.Clone(line.Details)
		if details == nil {
			details = map[string]string{}
		}
		tellEnded(details, names)
		history[i].Details = details
		maps.Copy(line.Patch, tickets.Diff(before, m.Fields()))
		ended = append(ended, m)
	}
	return ended
}

// endRest ends what is open of a ticket that was closed for a reason, and names it. What was promised to a customer who confirms is kept with that,
// if it was in time; what was promised and is refused is broken.
func (m *Matter) endRest(why tickets.Disposition, at time.Time) (names []string) {
	confirmed := why == tickets.ByConfirmation || why == tickets.Resolved
	for i, p := range m.Parts {
		if p.open() {
			m.Parts[i].State, m.Parts[i].DoneAt = PartWithdrawn, at
			names = append(names, "part."+strconv.Itoa(p.N))
		}
	}
	for i, p := range m.Promises {
		switch {
		case !p.open():
			continue
		case confirmed:
			m.Promises[i].end(PromiseKept, at)
		case why == tickets.ByRefusal:
			m.Promises[i].State, m.Promises[i].EndedAt = PromiseBroken, at
		case why == tickets.ByMerge: // it goes on elsewhere, and is judged there
			m.Promises[i].State, m.Promises[i].EndedAt, m.Promises[i].WentOn = PromiseWithdrawn, at, true
		default:
			m.Promises[i].end(PromiseWithdrawn, at)
		}
		names = append(names, "promise."+strconv.Itoa(p.N))
	}
	for i, v := range m.Vendors {
		if v.open() {
			m.Vendors[i].State, m.Vendors[i].DoneAt = VendorWithdrawn, at
			names = append(names, "vendor."+strconv.Itoa(v.N))
		}
	}
	for i, r := range m.Reviews {
		if r.open() {
			m.Reviews[i].State, m.Reviews[i].DoneAt = ReviewWithdrawn, at
			names = append(names, "review."+strconv.Itoa(r.N))
		}
	}
	return names
}
