package days

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hotline/queues/simulation"
)

func TestReplayOfADayThatIsDecidedOtherwiseNowFails(t *testing.T) {
	dir, _ := journalled(t, func(p *simulation.Plan) {
		for i := range p.Staff {
			p.Staff[i].Misses, p.Staff[i].Ring = 0, simulation.Always(4*time.Second)
		}
	})
	file := filepath.Join(dir, anyDay+".jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte(`"offer_timeout":"15s"`), []byte(`"offer_timeout":"16s"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	day := Replay{Journal: dir, Day: anyDay, Seed: 1}
	r := replayed(t, day)
	if err := r.Verdict(); err == nil || !strings.HasPrefix(err.Error(), "the router decides otherwise now than it did, at ") || !strings.Contains(err.Error(), r.Journal.Differs[0]+", 00:") {
		t.Errorf("%v", err)
	}
	// Each phone would ring a second longer, and all that people did fits: with changes the figures are told, and what differs beside them.
	day.Add = []string{"anna@09:00-18:00"}
	if r := replayed(t, day); r.Journal.Unfit > 0 || r.Verdict() != nil || !strings.Contains(r.provenance(), "the router decides otherwise now at ") {
		t.Errorf("%v, %s", r.Verdict(), r.provenance())
	}
}

// damaged is the day without some of its lines, counted from 1.
func damaged(t *testing.T, dir string, from, to int) {
	t.Helper()
	file := filepath.Join(dir, anyDay+".jsonl")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	if err := os.WriteFile(file, bytes.Join(slices.Delete(lines, from-1, to), nil), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReplayOfADayWithoutSomeOfItsLinesFailsAndSaysFromWhereOn(t *testing.T) {
	for _, changes := range [][]string{nil, {"anna*2@09:00-18:00"}} {
		dir, _ := journalled(t, nil)
		damaged(t, dir, 500, 505)
		c := Replay{Journal: dir, Day: anyDay, Seed: 1, Add: changes}
		r, err := c.Play()
		if (err == nil) != (changes == nil) { // what was is told as it is; what would have been is nonsense, and is not
			t.Fatalf("with %q: %v", changes, err)
		}
		if err == nil {
			err = r.Verdict()
		}
		want := fmt.Sprintf("the router decides otherwise now than it did, at %d of %d events, first at %s.jsonl:50", r.Journal.Different, r.Journal.Events, anyDay)
		if r.Journal.Unfit < 1000 || err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "lines are missing or were changed there") {
			t.Errorf("with %q: %+v\n%v", changes, r.Journal, err)
		}
	}
}

// Late in the evening little is left to be wrong: the figures are told, and yet it fails.
func TestReplayWithChangesOfADayThatIsDamagedLateTellsItsFiguresAndFails(t *testing.T) {
	dir, was := journalled(t, nil)
	events := replayed(t, Replay{Journal: dir, Day: anyDay, Seed: 1}).Journal.Events
	damaged(t, dir, events-60, events-54)
	r := replayed(t, Replay{Journal: dir, Day: anyDay, Seed: 1, Add: []string{"anna*2@09:00-18:00"}})
	if err := r.Verdict(); r.Journal.Unfit == 0 || err == nil || r.Queues[0].Changed == nil || math.Abs(r.Queues[0].Really.Day.Offered-float64(was.Queues[0].Total().Offered)) > 5 {
		t.Errorf("%+v, %v", r.Journal, err)
	}
}
