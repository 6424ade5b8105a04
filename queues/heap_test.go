package queues

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestHeapKeepsItsFirstOnTopWhateverIsTakenOut(t *testing.T) {
	type item struct{ order, at int }
	rapid.Check(t, func(t *rapid.T) {
		h := heap[*item]{
			key:  func(i *item) key { return key{int64(i.order / 20), int64(i.order / 5 % 4)} },
			tie:  func(a, b *item) bool { return a.order < b.order },
			lies: func(i *item, at int) { i.at = at },
		}
		var in []*item
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			if len(in) == 0 || rapid.IntRange(0, 2).Draw(t, "what") > 0 {
				in = append(in, &item{order: rapid.IntRange(0, 50).Draw(t, "order")})
				h.push(in[len(in)-1])
			} else {
				which := rapid.IntRange(0, len(in)-1).Draw(t, "which")
				out := in[which]
				in = slices.Delete(in, which, which+1)
				h.remove(out.at)
				if out.at != -1 {
					t.Fatalf("taken out, and says it lies at %d", out.at)
				}
			}
			for at, k := range h.items {
				i := k.item
				if i.at != at || i.order < h.items[(at-1)/4].item.order && at > 0 || i.order < h.top().order {
					t.Fatalf("%+v lies at %d under %+v", *i, at, *h.top())
				}
			}
			if second := h.second(); len(in) > 1 {
				rest := slices.DeleteFunc(slices.Clone(in), func(i *item) bool { return i == h.top() })
				if want := slices.MinFunc(rest, func(a, b *item) int { return a.order - b.order }); second.order != want.order {
					t.Fatalf("second is %+v, and not %+v", *second, *want)
				}
			} else if second != nil {
				t.Fatalf("%+v is second of %d", *second, len(in))
			}
			if h.len() != len(in) {
				t.Fatalf("%d in it, %d put in", h.len(), len(in))
			}
		}
	})
}
