package journal

import (
	"bufio"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"time"

	"hotline/queues"
)

// Step is a line of a journal, and what the router makes of it now.
type Step struct {
	Line
	File      string
	Number    int               // of the line, from 1
	Decisions []queues.Decision // of an event
	OnDay     bool              // on the day asked for, not one that it stands on
	Where     *time.Location    // where the run's midnight is
}

// Replayed is what came of a day.
type Replayed struct {
	Runs      int      `json:"runs"`   // how many runs have a part in the day
	Events    int      `json:"events"` // this and all that follows is of the day alone
	Decisions int      `json:"decisions"`
	Rejected  int      `json:"rejected"`
	Differs   []string `json:"differs,omitempty"`   // the events of which the router decides otherwise than it did: file:line, at most ten
	Different int      `json:"different,omitempty"` // how many they are in all

	DiffersFrom time.Time `json:"differs_from,omitzero"` // when the first of them was
	// Unfit counts those of them that the router rejects now and took then, or the other way round. Such facts cannot follow from what
	// it decides: lines are missing or were changed, or another router decided otherwise and people acted on that.
	Unfit int `json:"unfit,omitempty"`

	Unproved int      `json:"unproved,omitempty"` // events after a gap, where it is not known what the router knew
	Lost     int      `json:"lost,omitempty"`
	Torn     []string `json:"torn,omitempty"` // lines left out: file:line
	Digest   string   `json:"digest"`         // of all decisions of the day, in order
}

// Replay tells a new router all facts of a day as they stand in a folder. It begins where the run began that goes on at the beginning
// of the day, which may be days before. Each is told of every line from there on, in order. An error names the file and the line.
func Replay(folder fs.FS, day string, each func(Step)) (Replayed, error) {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return Replayed{}, fmt.Errorf("%w: %q is not written as 2026-11-22", ErrNoDay, day)
	}
	first, err := standsOn(folder, day)
	if err != nil {
		return Replayed{}, err
	}
	p := &player{day: day, each: each}
	for at := first; at <= day; at = nextDay(at) {
		p.file = at + suffix
		file, err := folder.Open(p.file)
		if errors.Is(err, fs.ErrNotExist) {
			return Replayed{}, fmt.Errorf("%w: %s, on which %s stands: the program ran through", ErrNoDay, at, day)
		}
		if err != nil {
			return Replayed{}, fmt.Errorf("journal: %w", err)
		}
		err = p.play(file)
		_ = file.Close()
		if err != nil {
			return Replayed{}, err
		}
	}
	p.sum.Digest = fmt.Sprintf("%016x", p.digest)
	return p.sum, nil
}

func nextDay(day string) string {
	t, _ := time.Parse(time.DateOnly, day)
	return dayOf(t.AddDate(0, 0, 1))
}

// errEmpty is a file without a line: the writer begins each with the run that it is of.
var errEmpty = errors.New("is empty")

// player is a replay on its way.
type player struct {
	day  string
	file string
	each func(Step)
	sum  Replayed

	router *queues.Router // nil until the run begins that the day stands on
	where  *time.Location
	gap    bool // since the run began
	digest uint64
}

// play plays one file.
func (p *player) play(file io.Reader) error {
	lines := bufio.NewReaderSize(file, 1<<16)
	if _, err := lines.Peek(1); errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", p.file, errEmpty)
	}
	torn := 0 // the number of the line before where that is torn
	for number := 1; ; number++ {
		text, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("journal: %w", err)
		}
		if len(text) == 0 {
			break
		}
		line, wrong := Parse(text)
		if errors.Is(wrong, ErrTorn) && torn == 0 {
			torn = number
			continue
		}
		if torn > 0 && wrong == nil && line.Event != nil {
			number, wrong = torn, ErrTorn // no run ended there, so that no crash explains it
		}
		if wrong == nil {
			if torn > 0 {
				p.noteTorn(torn)
			}
			torn = 0
			wrong = p.line(line, number)
		}
		if wrong != nil {
			return fmt.Errorf("%s:%d: %w", p.file, number, wrong)
		}
	}
	if torn > 0 {
		p.noteTorn(torn)
	}
	return nil
}

// noteTorn notes a line that a crash has torn apart.
func (p *player) noteTorn(number int) {
	if p.onDay() {
		p.sum.Torn = append(p.sum.Torn, fmt.Sprintf("%s:%d", p.file, number))
	}
}

func (p *player) onDay() bool { return p.file == p.day+suffix }

// line plays one line.
func (p *player) line(l Line, number int) error {
	s := Step{Line: l, File: p.file, Number: number, OnDay: p.onDay()}
	switch {
	case l.Run != nil:
		if err := p.run(l); err != nil {
			return err
		}
	case p.router == nil && s.OnDay:
		return errors.New("the beginning of its run is missing")
	case p.router == nil:
		return nil // the line is of an earlier run
	case l.Event != nil:
		s.Decisions = p.router.Step(l.At, l.Event)
		if s.OnDay {
			p.compare(s)
		}
	default:
		p.gap = true
		if s.OnDay {
			p.sum.Lost += l.Lost
		}
	}
	if p.router != nil && p.each != nil {
		s.Where = p.where
		p.each(s)
	}
	return nil
}

// run begins a run, or goes on with it in the next file.
func (p *player) run(l Line) error {
	if p.onDay() && (l.Begins() || p.sum.Runs == 0) {
		p.sum.Runs++
	}
	if !l.Begins() {
		return nil
	}
	where, err := location(*l.Run)
	if err != nil {
		return err
	}
	config := l.Run.Config
	config.Epoch, config.Location = l.Run.Epoch, where
	router, err := queues.New(config)
	if err != nil {
		return fmt.Errorf("the router does not take the configuration any more: %w", err)
	}
	p.router, p.where, p.gap = router, where, false
	return nil
}

// location is where a run's midnight is. A machine elsewhere than the one that wrote it takes the time zone as it was then.
func location(r Run) (*time.Location, error) {
	if r.Location != "Local" {
		where, err := time.LoadLocation(r.Location)
		if err != nil {
			return nil, fmt.Errorf("location %q: %w", r.Location, err)
		}
		return where, nil
	}
	name, offset := r.Began.Zone()
	if _, here := r.Began.Local().Zone(); here == offset {
		return time.Local, nil
	}
	return time.FixedZone(name, offset), nil
}

// compare holds what the router decides against what it decided.
func (p *player) compare(s Step) {
	p.sum.Events++
	p.sum.Decisions += len(s.Decisions)
	rejected := queues.WasRejected(s.Decisions)
	if rejected {
		p.sum.Rejected++
	}
	now := Digest(s.Decisions)
	h := fnv.New64a()
	fmt.Fprintf(h, "%016x %s", p.digest, now)
	p.digest = h.Sum64()
	switch {
	case p.gap:
		p.sum.Unproved++
	case now != s.Decided:
		if p.sum.Different++; p.sum.Different == 1 {
			p.sum.DiffersFrom = s.At
		}
		if rejected != (s.Rejected != "") {
			p.sum.Unfit++
		}
		if len(p.sum.Differs) < 10 {
			p.sum.Differs = append(p.sum.Differs, fmt.Sprintf("%s:%d", s.File, s.Number))
		}
	}
}
