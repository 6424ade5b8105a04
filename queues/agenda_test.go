package queues

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAgendaTellsWhatIsDueInOrderWhateverIsTakenOut(t *testing.T) {
	type item struct {
		name int
		at   int64 // 0 is not in it
	}
	rapid.Check(t, func(t *rapid.T) {
		g := agenda[*item]{
			stands: func(i *item, at int64) bool { return i.at == at },
			order:  func(a, b *item) int { return cmp.Compare(a.name, b.name) },
		}
		var all []*item
		for n := range 40 {
			all = append(all, &item{name: n})
		}
		now, spans := int64(1), []int64{10, 20, 21, rapid.Int64Range(1, 100).Draw(t, "span")}
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			i := all[rapid.IntRange(0, len(all)-1).Draw(t, "item")]
			switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
			case i.at != 0:
				g.drop()
				i.at = 0
			case what < 9:
				i.at = now + rapid.SampledFrom(spans).Draw(t, "in")
				g.put(i, i.at)
			}
			var in []*item
			for _, i := range all {
				if i.at != 0 {
					in = append(in, i)
				}
			}
			slices.SortFunc(in, func(a, b *item) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.name, b.name)) })
			first, any := g.first()
			if g.len() != len(in) || any != (len(in) > 0) || any && first.at != in[0].at {
				t.Fatalf("%d in it, first %v; put in %d", g.len(), first, len(in))
			}
			now += rapid.Int64Range(0, 3).Draw(t, "passed")
			for _, e := range g.due(now) {
				if !g.stands(e.item, e.at) {
					continue // told twice
				}
				if len(in) == 0 || e.item != in[0] || e.at > now {
					t.Fatalf("%+v is due at %d, and not %+v", e, now, in)
				}
				in = in[1:]
				g.drop()
				e.item.at = 0
			}
			if len(in) > 0 && in[0].at <= now {
				t.Fatalf("%+v is not told at %d", *in[0], now)
			}
			if len(g.runs) > len(spans)+1 {
				t.Fatalf("%d runs of %d spans", len(g.runs), len(spans))
			}
			entries := 0
			for _, r := range g.runs {
				entries += len(r.entries) - r.first
			}
			if entries != g.kept || g.kept > 2*g.items+70 {
				t.Fatalf("%d entries, %d counted, of %d items", entries, g.kept, g.items)
			}
		}
	})
}
