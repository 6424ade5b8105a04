// Package watch is what an operator sees of a running Hotline without asking people: its metrics, whether it is well, and its log.
//
//	metrics   each room counts what happens in it and shows it in a file of its own, metrics.go. What only the whole house knows
//	          stands here: the router's state by queue (state.go), how calls ended, the program (house.go), its
//	          certificate (certificate.go), which is read again here when it changes
//	health    /livez: what must move moves (pulse.go); /readyz: calls can be served and people can sign in, each part with its state
//	watchdog  ends a Hotline that does not move, where systemd starts it anew (watchdog.go)
//	log       lines as text or JSON, with what may be a number masked
//
// Invariants:
//   - whoever looks disturbs nobody: states are asked for when somebody looks, with a bound, and nothing waits for the looker;
//   - a part that is stuck, full or away makes nobody wait who asks whether it is well;
//   - strangers are told one word, and never an address, a count or why;
//   - no label holds a number, a name or a text that a caller or an agent chose: the labels are queue, outcome, state, reason and node,
//     whose values the configuration or the program lists.
package watch
