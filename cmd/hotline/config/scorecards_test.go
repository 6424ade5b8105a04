package config

import (
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

const aForm = `scorecards:
  - id: usual
    title: {ru: Обычная, en: Usual}
    sections:
      - title: {ru: Разговор, en: Talk}
        criteria:
          - {id: greets, title: {ru: Поздоровался, en: Greeted}, kind: yes_no, fails_all: true}
          - {id: listens, title: {ru: Слушал, en: Listened}, kind: scale, weight: 3, optional: true}
`

func TestFormsOfReviewsAreThoseOfTheConfiguration(t *testing.T) {
	sample.SetSecrets(t)
	was, err := Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Load(sample.Changed(t, "reasons: {break", aForm+"reasons: {break"))
	if err != nil {
		t.Fatal(err)
	}
	forms := c.Forms()
	if len(forms) != 1 || len(forms[0].Sections) != 1 || len(forms[0].Sections[0].Criteria) != 2 {
		t.Fatalf("forms are %+v", forms)
	}
	if one, two := forms[0].Sections[0].Criteria[0], forms[0].Sections[0].Criteria[1]; one.Weight != 1 || !one.FailsAll || two.Weight != 3 || !two.Optional || two.Kind != "scale" {
		t.Errorf("criteria are %+v, %+v", one, two)
	}
	if beyond := was.Beyond(c); len(beyond) != 0 {
		t.Errorf("a restart is waited for by %q", beyond)
	}
}

func TestMistakesInFormsOfReviewsAreToldWhereTheyAre(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ old, fresh, at, text string }{
		{"id: greets", "id: listens", "listens, title: {ru: Слушал", `scorecards.0.sections.0.criteria.1.id: "listens" is there twice`},
		{"kind: scale", "kind: stars", "stars", `scorecards.0.sections.0.criteria.1.kind: is "stars": it is one of yes_no, scale`},
		{"weight: 3", "weight: 300", "300", `scorecards.0.sections.0.criteria.1.weight: is 300; it must be from 0 to 100`},
	} {
		file := sample.Changed(t, "reasons: {break", strings.Replace(aForm, m.old, m.fresh, 1)+"reasons: {break")
		_, err := Load(file)
		if got, want := mistakes(err), sample.Where(t, file, m.at)+": "+m.text; !slices.Equal(got, []string{want}) {
			t.Errorf("found\n  %s\nnot\n  %s", strings.Join(got, "\n  "), want)
		}
	}
}
