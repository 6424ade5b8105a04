// Package tickets is the life of a ticket, in plain Go: customers and their numbers,
// ticket numbers that can be spoken and typed, contacts, the linking rule, and the
// Register that gives every call a ticket without ever waiting for a database.
//
//	call's goroutine                         one applier goroutine
//	 Arrive ─► Case ─ facts ─► Spool (disk) ─► Register.Run ─► Store.Apply (database)
//	             ▲                                              │
//	             └── identification, 150 ms at most ◄── Store.Identify
//
// A call writes facts, append-only and small: call.arrived, call.routed, call.queued,
// offer.made, offer.ended, call.answered, call.recorded, call.ended, wrap_up.finished. The spool keeps them on disk
// before the call goes on (or after a bound, when the disk is slow); the applier
// carries them to the store in order, and forgets them only after the store has
// committed. So a database that is slow or away delays no caller, and one that comes back finds
// everything. Each fact is known by contact, kind and n: applying it twice changes nothing.
//
// A contact is known by an id of its own and comes by a channel: a call, a letter, a form, a visit. Only calls are written so far, and a call's
// contact has the call's id; but a ticket's life is the same for all, and nothing in it asks.
//
// What a fact does to tickets and contacts is decided by Book, a pure fold: the store loads the
// rows, Book turns them, the store saves them.
//
// Invariants:
//
//   - every call has a ticket from its first moment: its number comes from a block reserved
//     ahead and kept on disk, and no number is ever handed out twice;
//   - a contact always belongs to a ticket;
//   - an open ticket always has an owner, a person or a department, and a next date (see Open);
//   - a ticket's number works for ever: when a call's fresh ticket turns out to continue another,
//     the number stays behind as a second name of that one.
//
// The life of a ticket:
//
//	         a call arrives                 wrap-up: resolved, wrong number …
//	(none) ────────────────► Open{owner,next} ────────────────────────────► Closed
//	                            ▲   │ broken off: owner is the topic's        │
//	                            │   │ department, next is the callback        │
//	                            │   └ follow-up, handed over: next date moves │
//	                            └─────────── a call links to it ──────────────┘
package tickets
