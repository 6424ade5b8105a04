package config

import (
	"slices"
	"strings"
	"testing"

	"hotline/cmd/hotline/config/sample"
)

func TestAReloadTakesOverDepartmentsAndTopics(t *testing.T) {
	sample.SetSecrets(t)
	was, err := Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	is, err := Load(changedHouse(t, "spool: /var", "spool: /srv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := was.MayBecome(is); err != nil {
		t.Error(err)
	}
	if got := was.Beyond(is); !slices.Equal(got, []string{"spool"}) {
		t.Errorf("a restart is waited for by %q", got)
	}
}

func TestATopicThatTheFlowNeedsStaysThroughAReload(t *testing.T) {
	sample.SetSecrets(t)
	was, err := Load(sample.Changed(t))
	if err != nil {
		t.Fatal(err)
	}
	is, err := Load(sample.Changed(t, "{id: contract,", "{id: payments,", "{topic: contract,", "{topic: payments,", "topic: contract,", "topic: payments,"))
	if err != nil {
		t.Fatal(err)
	}
	if err := was.MayBecome(is); err == nil || !strings.HasSuffix(err.Error(), `topic "contract" is not among topics`) {
		t.Errorf("it may become one without it: %v", err)
	}
}
