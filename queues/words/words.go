// Package words tells the router's decisions to people, in one sentence each.
//
//	Step(at, e) ──► decided ──Records──► Record ──Words──► "Anna Orlova: idle for longest (4 min) of 3 who could take it"
//	                                       │    └─Why────► the same for the agent, without other names
//	                                       └──► kept in the database as it is: the sentence is made when somebody reads it
//
// A Record is one decision about one request with the facts behind it; the records of a request, in order, are the story of its
// waiting. A Record is kept for months, so that a version of the program may read kinds and rules that another version wrote: what
// it does not know it shows as it is.
//
// Each sentence stands in every language that the pages speak. Names stay in the nominative and nothing agrees with a person's
// gender, so that no name has to be inflected. Nothing that a caller said or typed is in a sentence.
package words

import (
	"fmt"
	"strings"

	"hotline/queues"
)

// Names are how agents, queues, skills and people are called. All answer any id, an unknown one with the id itself.
type Names interface {
	Agent(id queues.AgentID) string
	Queue(id queues.QueueID, language string) string
	Skill(skill queues.Skill, language string) string
	Person(id string) string // who may be no agent
}

// Words tell the decision in one sentence: "Anna Orlova: idle for longest (4 min) of 3 who could take it; 2 busy".
func (r Record) Words(n Names) map[string]string {
	return map[string]string{"ru": russian(r, n), "en": english(r, n)}
}

// Why tells an agent why an offer came to them: "idle for longest (4 min) of 3 who could take it". Who would come next is left
// out: it is no reason, and invites to decline; and so are all other names. It is empty for any other decision.
func (r Record) Why(n Names) map[string]string {
	if r.Kind != WasOffered {
		return nil
	}
	f := r.Facts
	f.RunnerUp, f.Declined, f.Others, f.By = "", nil, nil, ""
	return map[string]string{"ru": russianWhy(f, n), "en": englishWhy(f, n)}
}

// OfStanding tells how an agent stands to a request: "Boris Kim: not ready (lunch)".
func OfStanding(c queues.Consideration, n Names) map[string]string {
	return map[string]string{"ru": c.Name + ": " + russianStanding(c, n), "en": c.Name + ": " + englishStanding(c, n)}
}

// others are who else was signed in, by what was in their way: "; 2 busy (Boris Kim, Vera Lis), 1 not ready (Gleb Ost)".
func others(f Facts, n Names, busy, notReady, lacking string) string {
	o := f.Others
	if o == nil {
		o = &queues.Others{}
	}
	var all []string
	for _, sort := range []struct {
		form  string
		count int
		names []queues.AgentID
	}{{busy, f.Busy, o.Busy}, {notReady, f.NotReady, o.NotReady}, {lacking, o.Lack, o.Lacking}} {
		if sort.count > 0 {
			all = append(all, fmt.Sprintf(sort.form, sort.count)+named(sort.names, sort.count, n))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "; " + strings.Join(all, ", ")
}

// named are some of so many agents, in parentheses: " (Anna Orlova, Boris Kim, …)"; nothing where nobody is.
func named(some []queues.AgentID, of int, n Names) string {
	if len(some) == 0 {
		return ""
	}
	said := some[:min(len(some), saidAtMost)]
	more := ""
	if len(said) < of {
		more = ", …"
	}
	return " (" + listed(said, n) + more + ")"
}

// saidAtMost is how many names of a sort stand in a sentence.
const saidAtMost = 5
