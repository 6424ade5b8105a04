package config

import (
	"fmt"

	"hotline/telephony/words"
	"hotline/tickets/scorecard"
)

// Scorecard is a form by which calls are reviewed.
type Scorecard struct {
	ID       string     `yaml:"id"`
	Title    words.Text `yaml:"title"`
	Sample   int        `yaml:"sample,omitempty"` // so many recorded calls of each agent's a week are drawn to be reviewed
	Sections []struct {
		Title    words.Text `yaml:"title"`
		Criteria []struct {
			ID       string     `yaml:"id"`
			Title    words.Text `yaml:"title"`
			Kind     string     `yaml:"kind"`                // yes_no, or scale: from 1 to 5
			Weight   int        `yaml:"weight,omitempty"`    // 0 is 1
			Optional bool       `yaml:"optional,omitempty"`  // may be n/a
			FailsAll bool       `yaml:"fails_all,omitempty"` // the worst answer makes the whole score 0
		} `yaml:"criteria"`
	} `yaml:"sections"`
}

const (
	mostForms    = 50
	mostCriteria = 100
)

// Forms are the forms by which calls are reviewed.
func (c Config) Forms() (all []scorecard.Form) {
	for _, s := range c.Scorecards {
		f := scorecard.Form{ID: s.ID, Title: s.Title, Sections: []scorecard.Section{}, Sample: s.Sample}
		for _, part := range s.Sections {
			one := scorecard.Section{Title: part.Title, Criteria: []scorecard.Criterion{}}
			for _, x := range part.Criteria {
				one.Criteria = append(one.Criteria, scorecard.Criterion{
					ID: x.ID, Title: x.Title, Kind: scorecard.Kind(x.Kind), Weight: max(1, x.Weight), Optional: x.Optional, FailsAll: x.FailsAll,
				})
			}
			f.Sections = append(f.Sections, one)
		}
		all = append(all, f)
	}
	return all
}

func (c *Config) proveScorecards(doc *document) {
	if len(c.Scorecards) > mostForms {
		doc.wrong("scorecards", "are %d; there may be %d", len(c.Scorecards), mostForms)
	}
	forms := make(map[string]bool)
	for i, s := range c.Scorecards {
		at := fmt.Sprintf("scorecards.%d", i)
		doc.once(at+".id", s.ID, forms)
		doc.said(at+".title", s.Title)
		doc.from(at+".sample", s.Sample, 0, 50)
		criteria := make(map[string]bool)
		for j, part := range s.Sections {
			section := fmt.Sprintf("%s.sections.%d", at, j)
			doc.said(section+".title", part.Title)
			if len(part.Criteria) == 0 {
				doc.wrong(section+".criteria", "is missing: what is asked?")
			}
			for k, x := range part.Criteria {
				one := fmt.Sprintf("%s.criteria.%d", section, k)
				doc.once(one+".id", x.ID, criteria)
				doc.said(one+".title", x.Title)
				if x.Kind == "" {
					doc.wrong(one+".kind", "is missing: yes_no or scale")
				} else {
					doc.oneOf(one+".kind", x.Kind, string(scorecard.YesNo), string(scorecard.Scale))
				}
				doc.from(one+".weight", x.Weight, 0, 100)
			}
		}
		switch {
		case len(s.Sections) == 0:
			doc.wrong(at+".sections", "is missing: what is asked?")
		case len(criteria) > mostCriteria:
			doc.wrong(at+".sections", "have %d criteria; there may be %d", len(criteria), mostCriteria)
		}
	}
}

// said is a text that must be there, in each language.
func (doc *document) said(path string, text words.Text) {
	if len(text) == 0 {
		doc.needed(path, "")
		return
	}
	doc.text(path, text)
}
