package days

import (
	"errors"
	"fmt"
	"os"
	"time"

	"hotline/queues"
	"hotline/queues/journal"
	"hotline/queues/simulation"
	"hotline/telephony/hours"
)

// Replay is which day of a journal is played again, and what is to be otherwise on it.
type Replay struct {
	Day     string   `required:"" placeholder:"DATE" help:"The day: 2026-11-22."`
	Journal string   `required:"" placeholder:"DIR" help:"The folder of the journal: \"journal\" in the spool."`
	Config  string   `placeholder:"FILE" help:"Another configuration: other queues, and other skills of its people."`
	Agents  string   `placeholder:"FILE" help:"Other staff, such as deploy/agents.yaml, in place of those who worked."`
	Without []string `sep:"none" placeholder:"AGENT" help:"Somebody who worked, and now does not. Again for another."`
	Add     []string `sep:"none" placeholder:"AGENT*N@HOURS" help:"So many more like an agent of that day, at this time: anna*2@09:00-18:00."`
	Skill   []string `sep:"none" placeholder:"AGENT=SKILL:LEVEL" help:"An agent who has another skill or level; with 0 they have it not: anna=billing:3."`
	Seed    uint64   `default:"1" help:"Another seed is another chance in what the day did not show."`
}

// Play plays the day as it was, and once more with what is to be otherwise, where anything is.
func (c Replay) Play() (Replayed, error) {
	was, err := watch(c.Journal, c.Day)
	if err != nil {
		return Replayed{}, err
	}
	r := Replayed{Day: c.Day, Journal: was.replayed, Rules: was.rules}
	really, err := was.observer.Figures(was.config)
	if err != nil {
		return r, err
	}
	if !c.changes() {
		return r.with(really, nil, nil), nil
	}
	if err := r.nonsense(); err != nil {
		return r, err
	}
	plan := was.observer.Trace(was.config, c.Seed)
	changed, err := c.change(plan)
	if err != nil {
		return r, err
	}
	again, err := simulation.Run(plan)
	if err != nil {
		return r, err
	}
	other, err := simulation.Run(changed)
	if err != nil {
		return r, fmt.Errorf("with the changes: %w", err)
	}
	r.Changes, r.Seed, r.LeftOut = c.said(), c.Seed, again.LeftOut
	return r.with(really, again.Queues, other.Queues), nil
}

// watched is a day of a journal.
type watched struct {
	observer *simulation.Observer
	config   queues.Config // that the day ended with
	rules    int           // how many configurations it had
	replayed journal.Replayed
}

// watch plays a day through the router, and looks on.
func watch(dir, day string) (w watched, err error) {
	var begin time.Time
	on := false
	w.replayed, err = journal.Replay(os.DirFS(dir), day, func(s journal.Step) {
		if w.observer == nil {
			noon, _ := time.ParseInLocation("2006-01-02 15", day+" 12", s.Where) // Replay has read the day
			begin = hours.DayBegins(noon, 0)
			w.observer = simulation.Observe(begin)
		}
		if s.OnDay && !on {
			on, w.rules = true, 1
		}
		switch {
		case s.Begins():
			w.observer.Restarted(s.At)
			w.ruled(s.Run.Config)
		case s.Event != nil:
			w.observer.Stepped(s.At, s.Event, s.Decisions)
			if e, is := s.Event.(queues.Reconfigured); is && s.Rejected == "" {
				w.ruled(e.Config)
			}
		}
	})
	switch {
	case errors.Is(err, journal.ErrNoDay):
		return w, fmt.Errorf("--journal %s: %w; there are %s", dir, err, keptDays(dir))
	case err != nil:
		return w, fmt.Errorf("--journal %s: %w", dir, err)
	case w.observer == nil || w.replayed.Events == 0:
		return w, fmt.Errorf("--journal %s: nothing happened on %s", dir, day)
	}
	if end := begin.AddDate(0, 0, 1); !time.Now().Before(end) {
		w.observer.Until(end)
	}
	return w, nil
}

// ruled notes another configuration; a restart with the same is none.
func (w *watched) ruled(c queues.Config) {
	if w.rules > 0 && w.config.Queues != nil && asWritten(w.config) != asWritten(c) {
		w.rules++
	}
	w.config = c
}

// asWritten is a configuration as it can be compared by what is printed of it.
func asWritten(c queues.Config) string {
	text, _ := journal.Append(nil, journal.Line{Run: &journal.Run{Config: c}})
	return string(text)
}

// keptDays says which days a folder has.
func keptDays(dir string) string {
	days, err := journal.Days(os.DirFS(dir))
	switch {
	case err != nil || len(days) == 0:
		return "none"
	case len(days) == 1:
		return days[0]
	default:
		return days[0] + " to " + days[len(days)-1]
	}
}
