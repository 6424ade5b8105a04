package journal

import (
	"testing"
	"testing/fstest"
	"time"

	"hotline/queues"
)

// written is a file of lines, and the folder that has it.
func written(t *testing.T, lines ...Line) fstest.MapFS {
	t.Helper()
	var text []byte
	for _, l := range lines {
		var err error
		if text, err = Append(text, l); err != nil {
			t.Fatal(err)
		}
	}
	return fstest.MapFS{firstDay + suffix: {Data: text}}
}

const otherwise = "0123456789abcdef" // is no digest of what is decided here

// Of what happens after a gap nothing is known, until the program begins anew: that router began empty, too.
func TestAGapProvesNothingUntilTheNextRun(t *testing.T) {
	at, _ := time.Parse(time.DateOnly, firstDay)
	minute := func(n int) time.Time { return at.Add(time.Duration(n) * time.Minute) }
	begins := func(n int) Line {
		return Line{At: minute(n), Run: &Run{Began: minute(n), Location: "UTC", Config: queues.Config{Queues: []queues.Queue{{ID: "line"}}}}}
	}
	event := func(n int, decided string) Line { return Line{At: minute(n), Event: queues.Tick{}, Decided: decided} }
	folder := written(t, begins(0), event(1, otherwise), Line{At: minute(2), Lost: 3}, event(3, otherwise), event(4, ""), begins(5), event(6, ""), event(7, otherwise))
	r, err := Replay(folder, firstDay, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Runs != 2 || r.Events != 5 || r.Lost != 3 || r.Unproved != 2 || r.Different != 2 || !r.DiffersFrom.Equal(minute(1)) {
		t.Errorf("%+v", r)
	}
}

// Whoever is rejected now and was not then, or was and is not, acted in another router's day; what is only decided otherwise may fit.
func TestFactsThatDoNotFitAreToldFromWhatIsDecidedOtherwise(t *testing.T) {
	at, _ := time.Parse(time.DateOnly, firstDay)
	run := Line{At: at, Run: &Run{Began: at, Location: "UTC", Config: queues.Config{Queues: []queues.Queue{{ID: "line"}}}}}
	ends := queues.TalkEnded{Request: "nobody's"}
	rejected := Digest([]queues.Decision{&queues.Rejected{}})
	for _, x := range []struct {
		line             Line
		different, unfit int
	}{
		{Line{Event: ends, Decided: rejected, Rejected: "no such request"}, 0, 0},
		{Line{Event: ends}, 1, 1},
		{Line{Event: queues.Tick{}, Decided: rejected, Rejected: "time runs backwards"}, 1, 1},
		{Line{Event: queues.Tick{}, Decided: otherwise}, 1, 0},
	} {
		x.line.At = at.Add(time.Minute)
		r, err := Replay(written(t, run, x.line), firstDay, nil)
		if err != nil || r.Different != x.different || r.Unfit != x.unfit {
			t.Errorf("%+v: %+v, %v", x.line, r, err)
		}
	}
}

func TestAFileWithoutALineIsSaidToBeEmpty(t *testing.T) {
	at, _ := time.Parse(time.DateOnly, firstDay)
	second, third := dayOf(at.AddDate(0, 0, 1)), dayOf(at.AddDate(0, 0, 2))
	run := &Run{Began: at, Location: "UTC", Config: queues.Config{Queues: []queues.Queue{{ID: "line"}}}}
	folder := written(t, Line{At: at, Run: run})
	folder[second+suffix] = &fstest.MapFile{}
	folder[third+suffix] = written(t, Line{At: at.AddDate(0, 0, 2), Run: run})[firstDay+suffix]
	for _, day := range []string{second, third} {
		if _, err := Replay(folder, day, nil); err == nil || err.Error() != second+suffix+": is empty" {
			t.Errorf("%s: %v", day, err)
		}
	}
}
