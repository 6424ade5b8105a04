package tickets

import "testing"

func TestACallersOwnNameStandsUntilABetterOneIsKnown(t *testing.T) {
	for _, in := range []struct {
		customer *Customer
		sent     string
		want     string
	}{
		{nil, "Pizzeria Napoli", "Pizzeria Napoli"},
		{&Customer{Provisional: true}, "Pizzeria Napoli", "Pizzeria Napoli"},
		{&Customer{Name: " \u200b\x00"}, "Pizzeria Napoli", "Pizzeria Napoli"},
		{&Customer{Name: "Napoli Ltd"}, "Pizzeria Napoli", "Napoli Ltd"},
		{&Customer{Name: "Napoli Ltd"}, "", "Napoli Ltd"},
		{&Customer{Provisional: true}, "Anonymous", ""},
		{nil, "", ""}, {nil, "   ", ""}, {nil, "\u202e\u200b", ""}, {nil, "\x00\x07", ""},
		{nil, "+79160001122", ""}, {nil, "8 (916) 000-11-22", ""}, {nil, "79160001122@example.org", ""}, {nil, "sip:+79160001122@example.org", ""},
		{nil, "ANONYMOUS", ""}, {nil, `"Anonymous"`, ""}, {nil, "unknown", ""}, {nil, "Unavailable", ""}, {nil, "(null)", ""}, {nil, "asterisk", ""}, {nil, "Номер скрыт", ""},
		{nil, "Anonymous Coffee", "Anonymous Coffee"}, {nil, "Ёлка 24", "Ёлка 24"}, {nil, "王", "王"}, {nil, "R2-D2", "R2-D2"}, {nil, "info@example.org", "info@example.org"},
		{nil, "A\x00B\u202eC", "A BC"},
	} {
		if got := NameOf(in.customer, in.sent); got != in.want {
			t.Errorf("%+v who sends %q is called %q, want %q", in.customer, in.sent, got, in.want)
		}
	}
}
