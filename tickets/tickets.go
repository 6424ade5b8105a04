// Package tickets is the life of a ticket, in plain Go: customers and their numbers, ticket numbers that can be spoken and typed, contacts, the
// linking rule, and what each event does to a ticket. It starts no goroutine, and logs and counts nothing: the engine that gives each call its
// ticket is tickets/register.
//
//	call's goroutine drives          facts             one goroutine
//	Case, its side of the ticket ──► on disk (spool) ──► Book, which folds them into rows (postgres)
//	 ▲ Caller: who calls, 150 ms at most                  │
//	 └────────────────────────────────────────────────────┘
//
// A call writes facts, append-only and small: call.arrived, call.routed, call.queued, offer.made, offer.ended, call.answered, call.recorded,
// call.ended, wrap_up.finished. Each is an Event, which carries its own effect: a kind of event is one file here. What facts do to tickets,
// contacts and customers is decided by Book, a pure fold: the store loads the rows, Book turns them, the store saves them. Each fact is known by
// contact, kind and n: applying it twice changes nothing.
//
// A contact is known by an id of its own and comes by a channel: a call, a letter, a form, a visit. Only calls are written so far, and a call's
// contact has the call's id; but a ticket's life is the same for all, and nothing in it asks.
//
// Invariants:
//
//   - a contact always belongs to a ticket;
//   - an open ticket always has an owner, a person or a department, and a next date (see Open);
//   - a ticket's number works for ever: when a call's fresh ticket turns out to continue another, or somebody merges two,
//     the number stays behind as a second name of the one that goes on;
//   - a fact that is refused has changed nothing.
//
// A ticket is open, and then in one of five phases, or closed. Calls and people (package tickets/life) make the same moves, and any other is an
// error that names both phases. This is all of them, as the variable moves has them:
//
//	move       from                                   to
//	take       new, open, in_work, waiting            in_work
//	assign     new, open, in_work, waiting            open
//	wait       new, open, in_work, waiting            waiting
//	solve      new, open, in_work, waiting            solved
//	confirm    new, open, in_work, waiting, solved    closed
//	expire     solved                                 closed
//	refuse     new, open, in_work, waiting            closed
//	withdraw   new, open, in_work, waiting, solved    closed
//	file       new, open, in_work, waiting, solved    closed
//	merge      new, open, in_work, waiting, solved    closed
//	unmerge    closed                                 as it was
//	reopen     solved, closed                         open
//	call_back  new, open, in_work, waiting, solved    open
//
// Each change of a ticket leaves a line in its history (Change), with what it was and what it became; the lines of its whole life, one put on the
// other, give what it is now (Replay).
package tickets
