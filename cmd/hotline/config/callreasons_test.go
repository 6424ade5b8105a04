package config

import (
	"slices"
	"strings"
	"testing"

	"hotline/agentapi"
	"hotline/cmd/hotline/config/sample"
)

func TestWhyAgentsCallIsAsTheConfigurationSaysAndUsualWhereItDoesNot(t *testing.T) {
	sample.SetSecrets(t)
	load := func(setting string) Config {
		t.Helper()
		c, err := Load(sample.Changed(t, "reasons: {break", setting+"\nreasons: {break"))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	was, own, none := load(""), load("call_reasons: [{id: sale, name: {ru: Продажа, en: Sale}}]\ncall_reason_required: true"), load("call_reasons: []")
	if got := was.Lineup().Calling; got.Required || len(got.Items) != len(agentapi.DefaultCallReasons) || was.Terms().CallReasons["visit"]["ru"] == "" {
		t.Errorf("as usual it is %+v", got)
	}
	if got := own.Lineup().Calling; !got.Required || len(got.Items) != 1 || got.Items[0].Code != "sale" || own.Terms().CallReasons["sale"]["en"] != "Sale" {
		t.Errorf("of its own it is %+v", got)
	}
	if got := none.Lineup().Calling; got.Required || len(got.Items) != 0 {
		t.Errorf("without any it is %+v", got)
	}
	if beyond := was.Beyond(own); len(beyond) != 0 {
		t.Errorf("a restart is waited for by %q", beyond)
	}
}

func TestMistakesInReasonsForCallsAreToldWhereTheyAre(t *testing.T) {
	sample.SetSecrets(t)
	for _, m := range []struct{ setting, at, text string }{
		{"call_reasons: [{id: a, name: {ru: А, en: A}}, {id: a, name: {ru: Б, en: B}}]", "a, name: {ru: Б", `call_reasons.1.id: "a" is there twice`},
		{"call_reasons: [{id: unnamed}]", "id: unnamed", "call_reasons.0.name: is missing"},
		{"call_reasons: []\ncall_reason_required: true", "true\nreasons", "call_reason_required: asks for one of no reasons: nobody could call"},
	} {
		file := sample.Changed(t, "reasons: {break", m.setting+"\nreasons: {break")
		_, err := Load(file)
		if got, want := mistakes(err), sample.Where(t, file, m.at)+": "+m.text; !slices.Equal(got, []string{want}) {
			t.Errorf("found\n  %s\nnot\n  %s", strings.Join(got, "\n  "), want)
		}
	}
}
