// Package agentapi is where people meet Hotline. Its root holds the words that a page and the server exchange, and nothing that
// speaks or keeps them: what a desk shows (Me, Pop) and commands (Command), what the wall shows (Wall), the frames of the
// stream, the answers over REST, and the refusals (Problem) with their stable codes. Whatever is here is part of the interface:
// a name in JSON, a code or a close code that has been released does not change.
//
//	rest ───► what browsers and programs ask: operations, documents, pages; it puts gate and stream on one address
//	 ├─────► stream   what is told without being asked: desks, walls, offers; and the commands that come back
//	 └─────► gate     who is it, and may they come in
//	desk ───► stream   what desks and wall show, and what desks command, between router, talks and register
//	client             all of it from the other side, for programs and tests
//	  all ──► agentapi (this package): the words
//
// What holds here:
//
//   - It knows no server, so that every part may use its words and no circle comes of it.
//   - It holds no rule of routing or of tickets. ReadCommand checks form alone: what a field may be, not whether it is allowed now.
//   - A refusal is a Problem. What stands behind the interface makes one with Refuse to say precisely why; any other error is
//     for the log, and not for the visitor.
//   - Secrets (passwords, tokens) are in no log, no error and no answer.
//
// Roles: an account that has an agent opens that agent's desk ("me"); every account sees
// the wall; figures of all are for supervisors and administrators, their own also for agents;
// figures for machines (/metrics) are for cmd to guard.
package agentapi
