package figures

import "time"

// HistoryQuestion asks what subjects of a kind did between moments, which are beginnings of quarters of an hour in order, at least two. Each two neighbours bound
// a step.
type HistoryQuestion struct {
	Kind  SubjectKind
	IDs   []string // of the subjects; nil are all
	Times []time.Time
}

// History answers it: what all subjects did together in each step, and what each did in the whole time, in the order of their ids. The reasons of time that was
// not ready are not told apart.
type History struct {
	Steps    []Sums // as many as there are steps
	Subjects []SubjectSums
}

// SubjectSums are the sums of one subject.
type SubjectSums struct {
	ID string
	Sums
}
