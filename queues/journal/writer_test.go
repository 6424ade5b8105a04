package journal

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hotline/queues"
	"hotline/queues/acd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var moscow = time.FixedZone("Local", 3*3600)

func config(where *time.Location) queues.Config {
	return queues.Config{Epoch: "e", Location: where, Queues: []queues.Queue{{
		ID: "line", OfferTimeout: 15 * time.Second, WrapUp: 30 * time.Second, ShortAbandon: 5 * time.Second,
	}}}
}

// live is a router at work whose journal is written. Its functions are for a bubble of synctest.
type live struct {
	t       *testing.T
	dir     string
	acd     *acd.ACD
	writer  *Writer
	decided [][]queues.Decision
	log     bytes.Buffer
	stop    func()
}

func start(t *testing.T, dir string, o Options) *live {
	t.Helper()
	l := &live{t: t, dir: dir}
	o.Dir, o.Log = dir, slog.New(slog.NewTextHandler(&l.log, nil))
	if o.Config.Queues == nil {
		o.Config = config(time.UTC)
	}
	var err error
	if l.writer, err = Open(o); err != nil {
		t.Fatal(err)
	}
	l.acd, err = acd.New(acd.Options{Config: o.Config, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l.acd.Observe(l.writer, acd.ObserverFunc(func(_ time.Time, _ queues.Event, decided []queues.Decision) {
		l.decided = append(l.decided, queues.Keep(decided))
	}))
	ctx, cancel := context.WithCancel(context.Background())
	writing, stopWriting := context.WithCancel(context.Background())
	ran, wrote := make(chan error, 1), make(chan error, 1)
	go func() { ran <- l.acd.Run(ctx) }()
	go func() { wrote <- l.writer.Run(writing) }()
	l.stop = func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		stopWriting()
		if err := <-wrote; err != nil {
			t.Error(err)
		}
	}
	return l
}

func (l *live) tell(events ...queues.Event) {
	l.t.Helper()
	for _, e := range events {
		if err := l.acd.Report(l.t.Context(), e); err != nil {
			l.t.Errorf("%T: %v", e, err)
		}
	}
}

func comes(id queues.AgentID) []queues.Event {
	return []queues.Event{
		queues.PhoneChanged{Agent: id, Reachable: true},
		queues.AgentSignedIn{Agent: queues.Agent{ID: id}},
		queues.AgentReady{Agent: id},
	}
}

// serves lets a caller come, be answered after 5 s and talk for a minute.
func (l *live) serves(id queues.RequestID) {
	l.t.Helper()
	l.tell(queues.Enqueued{Request: queues.Request{ID: id, Queue: "line"}})
	o, _, err := l.acd.NextOffer(l.t.Context(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	l.tell(queues.OfferAnswered{Offer: o.Offer.ID})
	time.Sleep(time.Minute)
	l.tell(queues.TalkEnded{Request: id})
}

func replay(t *testing.T, dir, day string) (Replayed, []Step) {
	t.Helper()
	var steps []Step
	r, err := Replay(os.DirFS(dir), day, func(s Step) { steps = append(steps, s) })
	if err != nil {
		t.Fatal(err)
	}
	return r, steps
}

// A bubble begins at midnight UTC of 2000-01-01, which is a Saturday.
const firstDay, secondDay, thirdDay = "2000-01-01", "2000-01-02", "2000-01-03"

func TestEachDayHasItsFileAndIsDecidedAgainAsItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := start(t, dir, Options{})
		time.Sleep(22 * time.Hour)
		l.tell(comes("anna")...)
		l.serves("101")
		l.tell(queues.Enqueued{Request: queues.Request{ID: "102", Queue: "line"}}) // during the wrap-up
		if err := l.acd.Report(t.Context(), queues.AgentReady{Agent: "anna"}); err == nil {
			t.Fatal("ready twice")
		}
		time.Sleep(26 * time.Hour) // over two midnights; 102 is missed and waits, for anna is not ready any more
		l.tell(queues.AgentReady{Agent: "anna"})
		l.stop()

		days, err := Days(os.DirFS(dir))
		if err != nil || !slices.Equal(days, []string{firstDay, secondDay, thirdDay}) {
			t.Fatalf("%v, %v", days, err)
		}
		events, decisions := 0, 0
		for _, day := range days {
			r, steps := replay(t, dir, day)
			if r.Different+r.Unproved+r.Lost+len(r.Torn) > 0 || r.Runs != 1 || r.Digest == "" {
				t.Errorf("%s: %+v", day, r)
			}
			if day == firstDay && r.Rejected != 1 {
				t.Errorf("%d rejected", r.Rejected)
			}
			events += r.Events
			decisions += r.Decisions
			if day != thirdDay {
				continue
			}
			// The last day's replay is the whole run's: the same steps, the same decisions.
			var again [][]queues.Decision
			for _, s := range steps {
				if s.Event != nil {
					again = append(again, s.Decisions)
				}
			}
			if !same(again, l.decided) {
				t.Errorf("decided again\n%+v\nnot\n%+v", again, l.decided)
			}
			if last := steps[len(steps)-1]; len(last.Decisions) == 0 || !last.OnDay || !strings.Contains(fmt.Sprintf("%T", last.Decisions[0]), "Offered") {
				t.Errorf("the last is %+v", last)
			}
		}
		total := 0
		for _, d := range l.decided {
			total += len(d)
		}
		if events != len(l.decided) || decisions != total {
			t.Errorf("%d events and %d decisions in the files, %d and %d in truth", events, decisions, len(l.decided), total)
		}
	})
}

func TestMidnightIsTheLinesOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := start(t, dir, Options{Config: config(moscow)}) // where it is three in the morning
		time.Sleep(20 * time.Hour)
		l.tell(comes("anna")...)
		time.Sleep(2 * time.Hour)
		l.stop()
		if days, _ := Days(os.DirFS(dir)); !slices.Equal(days, []string{firstDay, secondDay}) {
			t.Fatalf("%v", days)
		}
		r, steps := replay(t, dir, secondDay)
		if r.Events != 1 || r.Different > 0 || len(steps) != 6 { // the run, three facts, the run again, midnight's tick
			t.Errorf("%+v, %d steps", r, len(steps))
		}
		if _, offset := steps[0].At.In(steps[0].Where).Zone(); offset != 3*3600 {
			t.Errorf("%+v", steps[0])
		}
	})
}

func TestARestartBeginsANewRunInTheSameFileAndATornLineIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := start(t, dir, Options{})
		l.tell(comes("anna")...)
		l.serves("101")
		l.stop()
		file := filepath.Join(dir, firstDay+suffix)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(text, []byte("\n"))
		torn := fmt.Sprintf("%s%s:%d", firstDay, suffix, lines)
		if err := os.WriteFile(file, text[:len(text)-7], 0o600); err != nil {
			t.Fatal(err)
		}
		if r, _ := replay(t, dir, firstDay); !slices.Equal(r.Torn, []string{torn}) || r.Events != lines-2 || r.Different > 0 {
			t.Errorf("%d lines, the last torn: %+v", lines, r)
		}
		time.Sleep(time.Minute)
		again := start(t, dir, Options{})
		again.tell(comes("anna")...)
		again.serves("102")
		again.stop()
		if r, _ := replay(t, dir, firstDay); !slices.Equal(r.Torn, []string{torn}) || r.Runs != 2 || r.Different > 0 || r.Events != lines-2+len(again.decided) {
			t.Errorf("after the restart: %+v", r)
		}
	})
}

func TestALineTornInTheMidstIsAnErrorWithItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := start(t, dir, Options{})
		l.tell(comes("anna")...)
		l.stop()
		file := filepath.Join(dir, firstDay+suffix)
		text, _ := os.ReadFile(file)
		for replaced, want := range map[string]string{
			`"phone"`: firstDay + suffix + `:2: event: "danced" is not known`,
			`"with"`:  firstDay + suffix + ":2: is torn apart",
		} {
			by := map[string]string{`"phone"`: `"danced"`, `"with"`: `"with`}[replaced]
			if err := os.WriteFile(file, bytes.Replace(text, []byte(replaced), []byte(by), 1), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Replay(os.DirFS(dir), firstDay, nil); err == nil || err.Error() != want {
				t.Errorf("%v, not %s", err, want)
			}
		}
	})
}

func TestWhereTheRouterDecidesOtherwiseNowTheLineIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		l := start(t, dir, Options{})
		l.tell(comes("anna")...)
		l.tell(comes("boris")...)
		l.serves("101")
		l.stop()
		file := filepath.Join(dir, firstDay+suffix)
		text, _ := os.ReadFile(file)
		// Somebody makes boris the one to be called.
		changed := bytes.Replace(text, []byte(`"offer_timeout":"15s"`), []byte(`"offer_timeout":"16s"`), 1)
		if err := os.WriteFile(file, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		r, _ := replay(t, dir, firstDay)
		if r.Different != 1 || !slices.Equal(r.Differs, []string{firstDay + suffix + ":8"}) {
			t.Errorf("%+v", r)
		}
	})
}

func TestASlowDiskCostsFactsAndNotTheRoutersTime(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	w, err := Open(Options{Dir: dir, Config: config(time.UTC), Room: 4, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	fact := func() { // nobody writes yet: what finds no room is lost at once
		w.Stepped(time.Now(), queues.PhoneChanged{Agent: "anna", Reachable: true}, nil)
	}
	for range 10 {
		fact()
	}
	<-w.queue // as Run would
	fact()    // finds room, and knows what is missing before it
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx); err != nil || w.Lost() != 6 {
		t.Fatalf("%d lost, %v", w.Lost(), err)
	}
	if !strings.Contains(log.String(), "the journal has a gap") || !strings.Contains(log.String(), "lost=6") {
		t.Errorf("the log says %s", log.String())
	}
	r, steps := replay(t, dir, w.day)
	if r.Lost != 6 || r.Events != 4 || r.Unproved != 1 || len(steps) != 6 || steps[4].Lost != 6 {
		t.Errorf("%+v, %d steps", r, len(steps))
	}
}

func TestADiskThatFailsForAWhileLeavesAGapAndIsTakenUpAgain(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	w, err := Open(Options{Dir: dir, Config: config(time.UTC), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	fact := entry{at: time.Now(), event: queues.Tick{}}
	w.write(fact)
	w.flush()
	_ = w.file.Close() // as if the disk were gone
	w.write(fact)
	w.flush()
	if w.Lost() != 1 || !strings.Contains(log.String(), "cannot be written") {
		t.Errorf("%d lost; the log says %s", w.Lost(), log.String())
	}
	w.write(fact)
	w.flush()
	day := w.day
	w.close()
	if r, _ := replay(t, dir, day); r.Lost != 1 || r.Events != 2 || r.Runs != 1 || r.Unproved != 1 {
		t.Errorf("%+v", r)
	}
}

func TestOldDaysAreRemovedButForThoseOnWhichOthersStand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		old := start(t, dir, Options{Days: 2})
		time.Sleep(36 * time.Hour)
		old.tell(comes("anna")...)
		old.stop()
		l := start(t, dir, Options{Days: 2}) // a new run, on the second day
		l.tell(comes("anna")...)
		time.Sleep(5 * 24 * time.Hour)
		l.stop()
		days, err := Days(os.DirFS(dir))
		if err != nil || days[0] != secondDay || len(days) != 6 {
			t.Fatalf("%v, %v: the second day is what the others stand on", days, err)
		}
		if r, _ := replay(t, dir, days[5]); r.Different > 0 || r.Events == 0 {
			t.Errorf("%+v", r)
		}
		third := start(t, dir, Options{Days: 2})
		third.tell(comes("anna")...)
		time.Sleep(3 * 24 * time.Hour)
		third.stop()
		if days, _ := Days(os.DirFS(dir)); len(days) != 4 || days[0] != "2000-01-07" {
			t.Errorf("%v", days)
		}
		if _, err := Replay(os.DirFS(dir), firstDay, nil); err == nil || err.Error() != "journal: no such day: 2000-01-01" {
			t.Error(err)
		}
		if _, err := Replay(os.DirFS(dir), "yesterday", nil); err == nil || err.Error() != `journal: no such day: "yesterday" is not written as 2026-11-22` {
			t.Error(err)
		}
	})
}

func TestAFolderThatCannotBeWrittenIsSaidAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Dir: file, Config: config(nil)}); err == nil || !strings.HasPrefix(err.Error(), "journal: ") {
		t.Error(err)
	}
}
