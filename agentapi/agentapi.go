// Package agentapi is where people meet Hotline: accounts and roles, the REST
// interface, the event stream, and the embedded pages. It holds no rule of
// routing or of tickets: commands go out to Agents, what is true comes in through
// the Hub, and this room keeps it, numbers it, and carries it to the pages.
//
//	          desk (between router, calls, tickets)
//	  Me, SetMe, Offer, Wall │        ▲ Agents.Do, DeskClosed
//	                         ▼        │
//	Hub ── desk of each agent: state, log, unseen offers
//	 │  └─ wall: newest values
//	 │ under one lock: number, log, place in the queue
//	 ▼
//	conn ── one writer, bounded queue ──► socket ──► page
//	 ▲
//	Server ── sign-in, REST (huma), stream, pages
//
// What holds here:
//
//   - A page that has the epoch and the last number of "me" gets every event after
//     it, once and in order, or a snapshot; never silence.
//   - A pop's frame is given to the desk's socket before Shown.Wait returns, and so
//     before the phone is dialled. It waits behind one frame of the wall at most.
//   - A slow page costs nobody else anything: its queue is bounded, and it is closed.
//   - A command is carried out once for its idempotency key; what cannot be read, or comes from
//     a page of another site, is not carried out at all.
//   - Secrets (passwords, tokens) are in no log, no error and no answer.
//
// Roles: an account that has an agent opens that agent's desk ("me"); every account sees
// the wall; figures of all are for supervisors and administrators, their own also for agents;
// figures for machines (/metrics) are for cmd to guard.
package agentapi
