package queues

import "time"

// Decisions in words, for the people whom they concern. Each sentence stands in every language that the pages speak. Names
// stay in the nominative and nothing agrees with a person's gender, so that no name has to be inflected. Nothing that
// a caller said or typed is in them.

// Names are how agents and queues are called. Both functions answer any id, an unknown one with the id itself.
type Names struct {
	Agent func(AgentID) string
	Queue func(id QueueID, language string) string
}

// Words tell the decision in one sentence: "Anna Orlova: idle for longest (4 min) of 3 who could take it; 2 busy".
func (r Record) Words(n Names) map[string]string {
	return map[string]string{"ru": russian(r, n), "en": english(r, n)}
}

// Why tells an agent why an offer came to them: "idle for longest (4 min) of 3 who could take it". Who would come next is left
// out: it is no reason, and invites to decline. It is empty for any other decision.
func (r Record) Why(n Names) map[string]string {
	if r.Kind != WasOffered {
		return nil
	}
	f := r.Facts
	f.RunnerUp = ""
	return map[string]string{"ru": russianWhy(f, n), "en": englishWhy(f, n)}
}

// Words tell how the agent stands to the request: "Boris Kim: not ready (lunch)".
func (c Consideration) Words() map[string]string {
	return map[string]string{"ru": c.Name + ": " + russianStanding(c), "en": c.Name + ": " + englishStanding(c)}
}

// roughly rounds a time to what a person would say: seconds up to two minutes, and then minutes.
func roughly(ms int64) (h, m, s int) {
	d := time.Duration(ms) * time.Millisecond
	if d <= 2*time.Minute {
		return 0, 0, int(d.Round(time.Second).Seconds())
	}
	m = int(d.Round(time.Minute).Minutes())
	return m / 60, m % 60, 0
}
