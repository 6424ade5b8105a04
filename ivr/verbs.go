package ivr

import (
	"context"
	"time"

	"hotline/ivr/flow"
	"hotline/telephony"
	"hotline/telephony/words"
	"hotline/tickets"
)

// verbs is a script as the flow's nodes know it: what they may do with a call.
type verbs struct{ *script }

func (s *script) verbs() flow.Call {
	v := verbs{s}
	return flow.Call{Speech: v, Keypad: v, File: v, Queues: v}
}

func (v verbs) Words(prompts ...flow.Prompt) telephony.Announcement { return v.words(prompts...) }

func (v verbs) Say(ctx context.Context, a telephony.Announcement) error {
	return v.tolerate(ctx, v.call.PlayUntilTyped(ctx, a))
}

func (v verbs) Play(ctx context.Context, a telephony.Announcement) error { return v.play(ctx, a) }

func (v verbs) Speak(l flow.Language) {
	v.note.Language = string(l)
	v.file.SetLanguage(v.note.Language)
}

// Menu notes that the caller has come as far as the menus once they have chosen something.
func (v verbs) Menu(ctx context.Context, m telephony.Menu) (byte, error) {
	key, err := v.call.Menu(ctx, m)
	if err == nil {
		v.reached(tickets.AbandonedInMenu)
	}
	return key, err
}

func (v verbs) Collect(ctx context.Context, c telephony.Collect) (string, error) {
	return v.call.Collect(ctx, c)
}

func (v verbs) Chose(path words.Text, about flow.Topic) {
	v.file.Path(path)
	if about != "" {
		v.note.Topic = string(about)
	}
}

// Link asks no longer than the caller is there.
func (v verbs) Link(ctx context.Context, n tickets.Number) error {
	ctx, cancel := v.call.Bound(ctx)
	defer cancel()
	return v.file.LinkTyped(ctx, n)
}

// Number first files what the call is about: who is told a number has a ticket of that topic.
func (v verbs) Number() tickets.Number {
	v.file.SetTopic(v.note.Topic)
	return v.file.Number()
}

func (v verbs) Served() bool { return v.note.Outcome == tickets.Served }

func (v verbs) Rated(about words.Text, mark, of int) { v.file.Surveyed(time.Now(), about, mark, of) }

func (v verbs) Wait(ctx context.Context, q flow.Queue) error { return v.queue(ctx, q, nil) }
