package ivr_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony"
	"hotline/telephony/memory"
	"hotline/tickets"
)

const maria = "+79162223344"

// calledBackBy checks that an agent is offered a callback, and that customer and agent talk; the customer hangs up.
func (h *house) calledBackBy(anna, home *memory.Phone) {
	h.Helper()
	later(time.Second)
	anna.Answer()
	later(time.Second)
	home.Answer()
	later(time.Second)
	if !home.HearsPhone(anna) {
		h.Errorf("anna's phone is %s, the customer's %s; %s", anna.State(), home.State(), h.desk.story())
	}
	home.Hangup()
	later(time.Second)
}

// inBook checks which callers are in the book.
func (h *house) inBook(want ...string) {
	h.Helper()
	_, entries, _ := h.book.Entries()
	for _, number := range want {
		found := 0
		for _, e := range entries {
			found += strings.Count(string(e), `"From":{"E164":"`+number)
		}
		if found != 1 {
			h.Errorf("%s is %d times in the book", number, found)
		}
	}
	if len(entries) != len(want) {
		h.Errorf("%d are in the book, not %d: %s", len(entries), len(want), entries)
	}
}

func TestCallbackThatNobodyExpectsAnyMoreIsNotMadeAndAYoungerOneIs(t *testing.T) {
	for name, is := range map[string]struct {
		age  time.Duration
		mind func(telephony.Number) bool // whom Hotline may call since the restart
	}{
		"too old":                 {age: 7 * 24 * time.Hour},
		"to be called no longer":  {age: time.Hour, mind: func(n telephony.Number) bool { return n.E164 != ivan }},
		"too old and not allowed": {age: 8 * 24 * time.Hour, mind: func(n telephony.Number) bool { return n.E164 != ivan }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, offersCallbacks(queues.CallbackPlan{}))
				old, home := h.asks()
				later(is.age - time.Minute)
				young, youngHome := h.asksFrom(maria)
				h.inBook(ivan, maria)
				h.stop(memory.ErrCrashed)
				h.mayCall = is.mind
				h.restarts(nil, time.Minute)
				h.inBook(maria)
				if !strings.Contains(h.log.text(), "is not made any more: its ticket is open, and says whom to call call="+string(old.ID())) {
					t.Errorf("logged is %s", h.log.text())
				}
				h.calledBackBy(h.comes("anna"), youngHome)
				h.tell(queues.WrapUpFinished{Agent: "anna"})
				later(time.Hour)
				h.inBook()
				if q := h.waiting(); q.Callbacks != 0 || len(home.Rings()) != 0 || len(youngHome.Rings()) != 1 {
					t.Errorf("the phones rang %d and %d times, the queue is %+v", len(home.Rings()), len(youngHome.Rings()), q)
				}
				h.stands(h.contact(old), tickets.Department("fault"), tickets.CallBack)
				if contact := h.contact(young); contact.Outcome != tickets.CallbackPromised {
					t.Errorf("the contact says %+v", contact)
				}
			})
		})
	}
}

func TestCallbackThatIsNotTooOldYetIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		later(7*24*time.Hour - 10*time.Minute)
		h.restarts(memory.ErrCrashed, time.Minute)
		h.inBook(ivan)
		h.calledBackBy(h.comes("anna"), home)
		h.over(c, tickets.Served)
	})
}

func TestCallbackWhoseQueueIsGoneWaitsInTheOneThatItsPlaceInTheFlowHasNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		h.stop(memory.ErrCrashed)
		other := support
		other.ID = "other"
		h.queues = []queues.Queue{other}
		h.options.Flow.Nodes["support"] = flow.Node{Kind: flow.Queue{Queue: "other", Music: "default"}, Next: "bye"}
		h.restarts(nil, time.Minute)
		if q := h.waiting(); q.ID != "other" || q.Callbacks != 1 {
			t.Errorf("the queue is %+v", q)
		}
		h.calledBackBy(h.comes("anna"), home)
		if contact := h.over(c, tickets.Served); contact.Queue != "other" {
			t.Errorf("the contact says %+v", contact)
		}
	})
}

// The operator took the queue and its place in the flow away. A restart with both finds the callback; one that comes too late strikes it out.
func TestCallbackWithoutAQueueIsKeptUntilThereIsOneOrItIsTooOld(t *testing.T) {
	for name, days := range map[string]time.Duration{"there is one again": 1, "it is too old": 8} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, offersCallbacks(queues.CallbackPlan{}))
				c, home := h.asks()
				before, flow := h.queues, h.options.Flow
				h.stop(memory.ErrCrashed)
				h.queues = []queues.Queue{before[1]}
				h.options.Flow = parse(t, "start: bye\nnodes:\n  bye: {hangup: {say: [goodbye]}}\n")
				h.restarts(nil, time.Minute)
				h.inBook(ivan)
				if q := h.waiting(); q.Callbacks != 0 || !strings.Contains(h.log.text(), "is left in the book: its ticket is open, and says whom to call call="+string(c.ID())) {
					t.Errorf("the queue is %+v; logged is %s", q, h.log.text())
				}
				later(days * 24 * time.Hour)
				h.stop(memory.ErrCrashed)
				h.queues, h.options.Flow = before, flow
				h.restarts(nil, time.Minute)
				anna := h.comes("anna")
				if days > 7 {
					h.inBook()
					later(time.Minute)
					if len(home.Rings())+len(anna.Rings()) != 0 {
						t.Errorf("they rang: %s", h.desk.story())
					}
					return
				}
				h.inBook(ivan)
				h.calledBackBy(anna, home)
				h.over(c, tickets.Served)
			})
		})
	}
}

func TestUnreadableEntryOfTheBookCostsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		h.stop(memory.ErrCrashed)
		h.book.kept["0"] = []byte(`{"Request":`)
		h.restarts(nil, time.Minute)
		h.calledBackBy(h.comes("anna"), home)
		delete(h.book.kept, "0")
		h.over(c, tickets.Served)
	})
}

// keptBefore is what version 8751ab5 kept of ivan, word for word.
const keptBefore = `{"Request":{"ID":"00dc6acf-ac00-7000-8000-000000000001","Queue":"support","Extra":[{"Skill":"lang:ru","Level":1}],"Priority":0,"Arrived":"2000-01-01T00:00:04.4Z","Caller":"","Party":"+79161112233","Prefer":null,"Callback":true,"NoCallback":true,"Tried":0,"NotBefore":"2000-01-01T00:00:24.4Z","HeadStart":0,"CameTo":"","Elsewhere":0,"Wanted":0},"From":{"E164":"+79161112233","Raw":"+79161112233","Kind":2},"Name":"","To":{"E164":"+74950000100","Raw":"+74950000100","Kind":2},"Language":"ru","Topic":"fault","Node":"support","Ticket":{"own":"100009","ticket":"100009","linked":"new","topic":"fault","language":"ru","path":[{"en":"Fault","ru":"Неисправность"}],"queue":{"id":"support","name":{"en":"Support","ru":"Поддержка"}},"queued_at":"2000-01-01T00:00:04.4Z"}}`

func TestCallbackThatTheVersionBeforeHasKeptIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, offersCallbacks(queues.CallbackPlan{}))
		c, home := h.asks()
		h.stop(memory.ErrCrashed)
		if h.book.kept[string(c.ID())] == nil {
			t.Fatal("the call has another name than that of then")
		}
		h.book.kept = map[string][]byte{string(c.ID()): []byte(keptBefore)}
		h.restarts(nil, time.Minute)
		anna := h.comes("anna")
		h.calledBackBy(anna, home)
		since := time.Date(2000, 1, 1, 0, 0, 4, 400e6, time.UTC)
		p := h.desk.last("pop anna").pop
		if p.Ticket.Number != "100009" || p.Language != "ru" || len(p.Path) != 1 || !p.WaitingSince.Equal(since) {
			t.Errorf("the desk shows %+v", p)
		}
		h.over(c, tickets.Served)
	})
}
