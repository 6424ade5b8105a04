package watch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestWhatLooksLikeANumberIsMasked(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"dial PJSIP/+79161234567@trunk":  "dial PJSIP/[number]@trunk",
		"sip:84951234567@10.0.0.1:5060":  "sip:[number]@10.0.0.1:5060",
		"Key (number)=(+49301234567) is": "Key (number)=([number]) is",
		"+112":                           "[number]",
		"79161234567":                    "[number]",
		"a 79161234567, b +74950000100.": "a [number], b [number].",
		"trunk-79161234567":              "trunk-[number]",
		"no route to 192.168.100.200:5060, 5432 of 65535 after 150 ms": "no route to 192.168.100.200:5060, 5432 of 65535 after 150 ms",
		"bridge 01a224bc-b891-786d-b040-123456789012":                  "bridge 01a224bc-b891-786d-b040-123456789012",
		"answer 1764374400.12":                                         "answer 1764374400.12",
		"goroutine 7 at 0xc000123456 x":                                "goroutine 7 at 0xc000123456 x",
		"SQLSTATE 23505":                                               "SQLSTATE 23505",
		"C++11":                                                        "C++11",
	} {
		if got := Masked(text); got != want {
			t.Errorf("%q becomes %q, not %q", text, got, want)
		}
	}
}

type id string

// TestLogLinesNameCallTicketAndAgentAndNoNumber: as text and as JSON, whatever kind of value holds the number.
func TestLogLinesNameCallTicketAndAgentAndNoNumber(t *testing.T) {
	const number = "+79161234567"
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		level := &slog.LevelVar{}
		log := NewLog(&out, format, level)
		log.Debug("not this")
		log.With("call", id("01a2"), "from", number).WithGroup("more").Warn("of "+number,
			"ticket", id("100000237"), "agent", id("anna"), "err", fmt.Errorf("dial: %w", errors.New(number)), "id", id(number),
			slog.Group("deep", "to", number), "all", []string{number}, "what", map[string]string{"a": number}, "address", netip.MustParseAddr("10.0.0.1"),
			"took", 3*time.Second, "none", nil, "n", 79161234567)
		text := out.String()
		if strings.Contains(text, "not this") || strings.Contains(strings.ReplaceAll(text, `n":79161234567`, ""), "9161234567") && format == "json" {
			t.Errorf("%s: %s", format, text)
		}
		for _, want := range []string{"01a2", "100000237", "anna", "[number]", "10.0.0.1"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %s: %s", format, want, text)
			}
		}
		if format == "json" {
			var line struct{ Call, Msg, Level string }
			if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Call != "01a2" || line.Msg != "of [number]" || line.Level != "WARN" {
				t.Errorf("%+v, %v", line, err)
			}
		}
		level.Set(slog.LevelDebug)
		if log.Debug("now this"); !strings.Contains(out.String(), "now this") {
			t.Error("the level cannot be changed")
		}
	}
}

// TestAValueThatCannotBeWrittenEndsNothing: a line of the log is no reason to end all calls.
func TestAValueThatCannotBeWrittenEndsNothing(t *testing.T) {
	var out strings.Builder
	for _, format := range []string{"text", "json"} {
		log := NewLog(&out, format, slog.LevelInfo)
		log.Info("here", "err", (*fs.PathError)(nil), "network", (*net.IPNet)(nil), "times", []*time.Time{nil})
	}
	if got := out.String(); strings.Count(got, "here") != 2 || !strings.Contains(got, "a *fs.PathError that cannot be written") {
		t.Error(got)
	}
}
