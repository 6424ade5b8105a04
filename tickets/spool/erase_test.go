package spool

import (
	"encoding/base64"
	"testing"
)

// TestAnErasedNumberIsNotFoundInsideAnother: else the facts of others would be erased, and be in somebody's export.
func TestAnErasedNumberIsNotFoundInsideAnother(t *testing.T) {
	inAside := func(fact string) string { return `{"fact":"` + base64.StdEncoding.EncodeToString([]byte(fact)) + `"}` }
	for _, test := range []struct {
		text, line string
		held       bool
	}{
		{"+74951234567", `{"caller":"+74951234567"}`, true},
		{"+74951234567", inAside(`{"caller":"+74951234567"}`), true},
		{"+74951234567", `{"raw":"<sip:+74951234567@carrier>"}`, true},
		{"+7495123", `{"caller":"+74951234567"}`, false},
		{"+7495123", `{"caller":"+74951234567","other":"+7495123"}`, true},
		{"+7495123", `+7495123`, true},
		{"112", `{"caller":"112"}`, true},
		{"112", inAside(`{"caller":"112"}`), true},
		{"112", `{"caller":"+74951121122"}`, false},
		{"112", `{"at":112}`, false},
		{"a1-17.1", `{"call":"a1-17.12"}`, false},
		{"a1-17.1", `{"call":"a1-17.1"}`, true},
		{"", `{"caller":""}`, false},
	} {
		if got := Holds([]byte(test.line), "nobody", test.text); got != test.held {
			t.Errorf("%q in %s: %v", test.text, test.line, got)
		}
	}
}
