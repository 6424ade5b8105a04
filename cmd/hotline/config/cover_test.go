package config

import (
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

func TestOpeningHoursAtWhichNobodyOnShiftCouldServeAreTold(t *testing.T) {
	agents := sample.Written(t, `agents:
  - {id: anna, shifts: ["09:00-21:00"]}
  - {id: night, count: 2, skills: {support: 1, information: 1, "lang:ru": 3, "lang:en": 1}, shifts: ["20:00-09:00"]}
  - {id: clerk, skills: {information: 1, subscribers: 1, "lang:ru": 3}, shifts: ["08:00-12:00", "11:30-19:00"]}
`)
	for _, x := range []struct {
		setting string
		want    []string // of the last queue
	}{
		{"", []string{"queue support, every day 00:00–09:00, 21:00–24:00: nobody on shift holds support ≥ 2"}},
		{`relax: [{after: 60s, lower: {support: 1}}]`, nil},
		{"hours: {mon-thu: [\"09:00-21:00\"], fri: [\"09:00-24:00\"], sun: [\"22:00-24:00\"], \"2026-12-31\": [\"20:30-24:00\"], \"2027-01-01\": [], \"2027-01-02\": [\"20:45-24:00\"]}\n    overflow: [{closed: true, to: {message: goodbye}}]",
			[]string{"queue support, Friday, 2026-12-31, 2027-01-02 21:00–24:00; Sunday 22:00–24:00: nobody on shift holds support ≥ 2"}},
		{`overflow: [{after: 5s, nobody_there: true, to: {voicemail: default}}]`, nil},
		{`overflow: [{nobody_there: true, waiting: 5, to: {voicemail: default}}]`, []string{"queue support, every day 00:00–09:00, 21:00–24:00: nobody on shift holds support ≥ 2"}},
		{"relax: [{after: 60s, lower: {support: 1}}]\n    reserve: 1", []string{"queue support, every day 09:00–20:00: reserve keeps 1 free who hold support ≥ 2, and no more are on shift then: nobody is offered a call"}},
		{"relax: [{after: 60s, lower: {support: 1}}]\n    reserve: 3", []string{"queue support: reserve keeps 3 free who hold support ≥ 2, and never are there more than 3 on shift: nobody would be offered a call"}},
	} {
		t.Run(x.setting, func(t *testing.T) {
			file := sample.Changed(t, append(plainSupport, support, support+"    "+x.setting+"\n")...)
			found, doubts := checking(t, files{Config: file, Agents: agents})
			want := []string{
				sample.Where(t, file, "subscribers: 1}") + ": queues.1.skills: queue subscribers, every day 00:00–08:00, 21:00–24:00: nobody on shift holds subscribers ≥ 1 with lang:ru",
				sample.Where(t, file, "subscribers: 1}") + ": queues.1.skills: queue subscribers, every day 00:00–09:00, 21:00–24:00: nobody on shift holds subscribers ≥ 1 with lang:en",
			}
			for _, text := range x.want {
				want = append(want, sample.Where(t, file, "support: 2}")+": queues.2.skills: "+text)
			}
			if !slices.Equal(found, want) || len(doubts) > 0 {
				t.Errorf("found\n  %s\ndoubts\n  %s\n\nnot\n  %s", strings.Join(found, "\n  "), strings.Join(doubts, "\n  "), strings.Join(want, "\n  "))
			}
		})
	}
}

func TestMistakesOfAllFilesAreToldTogether(t *testing.T) {
	file := sample.Changed(t, "  - id: support\n", "  - id: support\n    reserve: 1\n")
	agents, arrivals := sample.Written(t, "agents: []"), sample.Written(t, "arrivals: []")
	sample.SetSecrets(t)
	_, _, err := Check(file, agents, arrivals, 2)
	want := []string{agents + ":1:9: agents: is missing: who works?", arrivals + ":1:11: arrivals: is missing: who calls?"}
	if got := mistakes(err); !slices.Equal(got, want) {
		t.Errorf("found %q", got)
	}
}
