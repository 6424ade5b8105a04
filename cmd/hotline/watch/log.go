package watch

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
)

// NewLog writes a log as text, or as JSON: an object a line. What is about a call, a ticket or an agent says so in the attributes call,
// ticket and agent. No line holds a number: who writes lines leaves numbers, names and notes out, and what looks like a number in
// a message or an error, of a library for one, is masked.
func NewLog(w io.Writer, format string, least slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: least}
	if format == "json" {
		return slog.New(masking{slog.NewJSONHandler(w, options)})
	}
	return slog.New(masking{slog.NewTextHandler(w, options)})
}

// masking is a handler that masks numbers before another writes the line.
type masking struct{ slog.Handler }

// names are the attributes whose values are ids of ours and the like, which may have as many digits as a number.
var names = []string{"call", "ticket", "agent", "offer", "account", "leg", "file", "version"}

// Handle implements slog.Handler.
func (m masking) Handle(ctx context.Context, r slog.Record) error {
	masked := slog.NewRecord(r.Time, r.Level, Masked(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(maskedAttr(a))
		return true
	})
	return m.Handler.Handle(ctx, masked)
}

// WithAttrs implements slog.Handler.
func (m masking) WithAttrs(attrs []slog.Attr) slog.Handler {
	all := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		all[i] = maskedAttr(a)
	}
	return masking{m.Handler.WithAttrs(all)}
}

// WithGroup implements slog.Handler.
func (m masking) WithGroup(name string) slog.Handler { return masking{m.Handler.WithGroup(name)} }

func maskedAttr(a slog.Attr) slog.Attr {
	if slices.Contains(names, a.Key) {
		return a
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Masked(v.String()))
	case slog.KindGroup:
		group := slices.Clone(v.Group())
		for i := range group {
			group[i] = maskedAttr(group[i])
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: maskedAny(v)}
	default:
		return slog.Attr{Key: a.Key, Value: v}
	}
}

func maskedAny(v slog.Value) (masked slog.Value) {
	defer func() { // as log/slog itself does: a nil pointer that is an error ends no call
		if recover() != nil {
			masked = slog.StringValue(fmt.Sprintf("a %T that cannot be written", v.Any()))
		}
	}()
	switch is := v.Any().(type) {
	case nil:
		return v
	case error:
		return slog.StringValue(Masked(is.Error()))
	case fmt.Stringer:
		return slog.StringValue(Masked(is.String()))
	}
	if of := reflect.ValueOf(v.Any()); of.Kind() == reflect.String {
		return slog.StringValue(Masked(of.String()))
	}
	return slog.StringValue(Masked(fmt.Sprint(v.Any())))
}

// fewestDigits are those of the shortest number of a person: what has fewer may be a port, a code or a count.
const fewestDigits = 7

// Masked is a text with [number] in the place of all that may be one: seven digits or more in a row, and three after a plus sign. A UUID, a
// hexadecimal address and the name that Asterisk gives a channel (1764374400.12) stay, for they tell lines apart.
func Masked(text string) string {
	var out strings.Builder
	rest := 0 // from there the text is not written yet
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && isDigit(text[end]) {
			end++
		}
		plus := i > 0 && text[i-1] == '+'
		if (end-i >= fewestDigits || plus && end-i >= 3) && !names36(text, i) && !isHex(text, i, end) && !isChannel(text, end) {
			start := i
			if plus {
				start--
			}
			out.WriteString(text[rest:start])
			out.WriteString("[number]")
			rest = end
		}
		i = end
	}
	if rest == 0 {
		return text
	}
	return out.String() + text[rest:]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHexLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'f' }

// isHex says whether digits are only part of a hexadecimal number.
func isHex(text string, start, end int) bool {
	return start > 0 && (isHexLetter(text[start-1]) || text[start-1] == 'x') || end < len(text) && isHexLetter(text[end])
}

// isChannel says whether digits are the seconds in the name of a channel.
func isChannel(text string, end int) bool {
	return end+1 < len(text) && text[end] == '.' && isDigit(text[end+1])
}

// names36 says whether a place is inside of a UUID.
func names36(text string, at int) bool {
	part := func(c byte) bool { return isDigit(c) || isHexLetter(c) || c == '-' }
	start, end := at, at
	for start > 0 && part(text[start-1]) {
		start--
	}
	for end < len(text) && part(text[end]) {
		end++
	}
	return end-start == 36 && strings.Count(text[start:end], "-") == 4
}
