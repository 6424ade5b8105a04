package due

import (
	"hash/fnv"
	"time"
)

// A new version, or other terms, may find much of an old register long due: a rule that nobody had before, a merge that is judged otherwise. What was not due by
// the terms before, and is so by more than a day under the new ones, is put off: it is done in the week that follows, of each ticket at another hour at
// which somebody works. To do it at once would bury today's work below that of years; to leave it alone would leave those customers in silence for
// whom the rule was made. What had come due by the terms before is done at once, however long nobody has looked.

const (
	putOff   = "put_off" // in File.Told: when it was found what is put off
	longAgo  = 24 * time.Hour
	inAWeek  = 7 * 24 * time.Hour
	atAnHour = 10_000 // different ones of the week
)

// findLongDue notes that the ticket's duties are put off, where some have been due for long, and none was when it was reckoned last: due says whether one was.
func (f *File) findLongDue(t Terms, due bool, now time.Time) {
	if due {
		return
	}
	for _, d := range f.duties(t) {
		if !d.fresh && d.At.Before(now.Add(-longAgo)) {
			if f.Told == nil {
				f.Told = map[string]time.Time{}
			}
			f.Told[putOff] = now
			return
		}
	}
}

// spread puts off what was due when that was noted.
func (f *File) spread(t Terms, all []Duty) {
	since := f.Told[putOff]
	if since.IsZero() {
		return
	}
	c := hoursOf(t, f.responsible(t))
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.Number))
	share := func(d time.Duration) time.Duration { return d / atAnHour * time.Duration(h.Sum32()%atAnHour) }
	at := since.Add(share(inAWeek))
	if worked := c.Between(since, since.Add(inAWeek)); worked > 0 {
		at = later(c, since, share(worked))
	}
	for i, d := range all {
		if !d.fresh && !d.At.After(since) && d.At.Before(at) {
			all[i].At = at
		}
	}
}
