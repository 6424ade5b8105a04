package stream

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"hotline/agentapi"
	"hotline/agentapi/gate"
)

// keys remembers, for each account, the commands of the last minutes by their idempotency
// key: a page that lost its connection sends a command again without knowing whether it
// was carried out, and gets the answer of the first time.
type keys struct {
	mu        sync.Mutex
	byAccount map[gate.AccountID][]*outcome // oldest first; guarded by mu
}

// outcome of one command.
type outcome struct {
	key     string
	content [32]byte
	at      time.Time
	done    chan struct{}     // closed when problem is set
	problem *agentapi.Problem // nil: carried out
}

const (
	keysPerAccount = 64
	keysFor        = 10 * time.Minute
)

// once runs do, or returns what the same command under the same key came to before. What
// failed only for the moment (5xx) is forgotten, so that it can be tried again. Where the first is still under way, the next waits for it, or is
// refused at once.
func (k *keys) once(ctx context.Context, a gate.Account, key, name string, data []byte, waits bool, do func() *agentapi.Problem) *agentapi.Problem {
	if key == "" {
		return do()
	}
	content := sha256.Sum256(fmt.Appendf(nil, "%s %q\n%s", name, a.Agent, data)) // a program gives commands for several agents
	o, first := k.begin(a.ID, key, content)
	if o.content != content {
		return agentapi.Refuse(agentapi.CodeKeyReused, "the key %q was another command's", agentapi.Printable(key))
	}
	if !first {
		underWay := agentapi.Refuse(agentapi.CodeUnavailable, "the command is still under way")
		if !waits {
			select {
			case <-o.done:
				return o.problem
			default:
				return underWay
			}
		}
		select {
		case <-o.done:
			return o.problem
		case <-ctx.Done():
			return underWay
		}
	}
	o.problem = do()
	close(o.done)
	if o.problem != nil && o.problem.Status >= 500 {
		k.forget(a.ID, o)
	}
	return o.problem
}

func (k *keys) begin(who gate.AccountID, key string, content [32]byte) (o *outcome, first bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	mine := k.byAccount[who]
	for len(mine) > 0 && (len(mine) >= keysPerAccount || now.Sub(mine[0].at) > keysFor) {
		mine = mine[1:]
	}
	for _, o := range mine {
		if o.key == key {
			return o, false
		}
	}
	o = &outcome{key: key, content: content, at: now, done: make(chan struct{})}
	if k.byAccount == nil {
		k.byAccount = map[gate.AccountID][]*outcome{}
	}
	k.byAccount[who] = append(mine, o)
	return o, true
}

func (k *keys) forget(who gate.AccountID, o *outcome) {
	k.mu.Lock()
	defer k.mu.Unlock()
	mine := k.byAccount[who]
	for i := range mine {
		if mine[i] == o {
			k.byAccount[who] = append(mine[:i:i], mine[i+1:]...)
			return
		}
	}
}
