package config

import (
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
)

func TestShortestTalkIsASecondUnlessTheFileSaysOtherwise(t *testing.T) {
	sample.SetSecrets(t)
	const at = "languages: [ru, en]"
	for says, want := range map[string]time.Duration{"": time.Second, "\n  shortest_talk: 300ms": 300 * time.Millisecond, "\n  shortest_talk: 0s": -1} {
		c, err := Load(sample.Changed(t, at, at+says))
		if err != nil || c.Line.Shortest() != want {
			t.Errorf("%q is %s, %v", says, c.Line.Shortest(), err)
		}
	}
	for says, want := range map[string]string{
		"1m": "line.shortest_talk: is 1m0s; it must be from 50ms to 10s", "-1s": "line.shortest_talk: is -1s; it must be from 50ms to 10s",
	} {
		_, err := Load(sample.Changed(t, at, at+"\n  shortest_talk: "+says))
		if got := mistakes(err); len(got) != 1 || !strings.HasSuffix(got[0], want) {
			t.Errorf("%s: found %q", says, got)
		}
	}
}
