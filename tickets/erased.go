package tickets

// OfNobody is a fact of somebody who was erased before it came to the store: it says nothing of who called, by which it would lead to somebody again. What else may be said in
// it of them the store takes out.
func (f Fact) OfNobody() Fact {
	switch e := f.Event.(type) {
	case Arrived:
		e.From, e.RawFrom, e.RawName, e.Withheld, e.Hidden = "", "", "", "", ""
		f.Event = e
	case Claimed:
		e.From = ""
		f.Event = e
	}
	return f
}

// Numbers are the keys of the numbers by which it is known who called.
func (e Arrived) Numbers() (keys []string) {
	for _, key := range []string{e.number().Key(), e.Hidden} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}
