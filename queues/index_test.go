package queues

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestIndexFindsWhatAMapFinds(t *testing.T) {
	type item struct{ id AgentID }
	rapid.Check(t, func(t *rapid.T) {
		x := newIndex(func(i *item) AgentID { return i.id })
		in := map[AgentID]*item{}
		ids := rapid.SliceOfN(rapid.StringMatching(`[a-d]{0,4}`), 1, 300).Draw(t, "ids")
		for _, s := range ids {
			id := AgentID(s)
			if in[id] == nil {
				in[id] = &item{id}
				x.put(in[id])
			} else {
				delete(in, id)
				x.drop(id)
				x.drop(id)
			}
			if x.len != len(in) || x.get(id) != in[id] {
				t.Fatalf("after %q there are %d of %d, and it is %v", id, x.len, len(in), x.get(id))
			}
		}
		for _, s := range ids {
			if x.get(AgentID(s)) != in[AgentID(s)] {
				t.Fatalf("%q is %v, and not %v", s, x.get(AgentID(s)), in[AgentID(s)])
			}
		}
		for i := range x.all() {
			if in[i.id] != i {
				t.Fatalf("%v is still in it", i)
			}
			delete(in, i.id)
		}
		if len(in) != 0 {
			t.Fatalf("%v are not told", slices.Collect(maps.Keys(in)))
		}
	})
}
