package casefile

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hotline/tickets"
	"hotline/tickets/lists"
)

// belongings tells of what belongs to a ticket besides its timeline.
func (t teller) belongings(f *File, w lists.Whole) {
	for _, p := range w.Promises {
		f.Promises = append(f.Promises, Promise{
			What: p.What, To: p.To, Channel: Word("channel", p.Channel), MadeAt: p.MadeAt, By: t.person(p.Person, string(p.Department)), Due: p.Due, First: p.First, Moved: p.Moved,
			Told: p.Told, State: Word("promise", string(p.State)), EndedAt: p.EndedAt,
		})
	}
	for _, p := range w.Parts {
		f.Parts = append(f.Parts, Part{
			Department: t.department(string(p.Department)), Owner: t.person(p.Owner, ""), What: p.What, GivenAt: p.GivenAt, Due: p.Due, State: Word("part", string(p.State)),
			By: t.person(p.By, ""), Answer: p.Answer, EndedAt: p.DoneAt,
		})
	}
	for _, v := range w.Vendors {
		f.Vendors = append(f.Vendors, Vendor{
			Vendor: t.vendor(v.Vendor), Number: v.Number, What: v.What, AskedAt: v.AskedAt, Promised: v.Promised, RemindAt: v.RemindAt, Reminded: v.Reminded,
			State: Word("vendor", string(v.State)), Answer: v.Answer, EndedAt: v.DoneAt,
		})
	}
	for _, r := range w.Reviews {
		c := Complaint{
			Text: r.Complaint, About: []string{}, Level: r.Level, Department: t.department(string(r.Department)), Reviewer: t.person(r.Reviewer, ""), OpenedAt: r.OpenedAt, Due: r.Due,
			State: Word("review", string(r.State)), Answer: r.Answer, EndedAt: r.DoneAt,
		}
		for _, id := range append([]string{r.About}, r.Wrote...) {
			if name := t.person(id, ""); name != "" && !slices.Contains(c.About, name) {
				c.About = append(c.About, name)
			}
		}
		f.Complaints = append(f.Complaints, c)
	}
	for _, l := range w.Links {
		f.Links = append(f.Links, Link{l.Other, Word("link", l.Kind), l.At})
	}
}

func (t teller) vendor(id string) string {
	if name := t.terms.Vendors[id].Name; name != "" {
		return name
	}
	return id
}

// patchedOf are what the document tells of a change of something that belongs to the ticket, by the first word of its name in patches.
var patchedOf = map[string][]string{
	"part":    {"state", "department", "owner", "due", "what"},
	"promise": {"state", "due", "to", "channel", "what"},
	"vendor":  {"state", "vendor", "number", "promised", "reminded", "what"},
	"review":  {"state", "level", "department", "reviewer", "due"},
	"link":    {"kind"},
}

// patchOfBelongings tells what became different of parts, promises, requests to vendors, complaints and links.
func (t teller) patchOfBelongings(lines *told, p tickets.Patch) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		of, which, _ := strings.Cut(name, ".")
		if patchedOf[of] == nil {
			continue
		}
		var before, after map[string]any
		_, _ = json.Unmarshal([]byte(p[name][0]), &before), json.Unmarshal([]byte(p[name][1]), &after) // what cannot be read is not there
		if after["went_on"] == true {                                                                  // by a merge: it was not withdrawn
			after["state"] = "went_on"
		}
		var what told
		for _, field := range patchedOf[of] {
			if was, is := t.ofBelonging(of, field, before[field]), t.ofBelonging(of, field, after[field]); was != is {
				what.add(t.label(field), was+" → "+is)
			}
		}
		lines.add(t.label(of)+" "+which, strings.Join(what, "; "))
	}
}

// ofBelonging is a field of something that belongs to the ticket, as people read it.
func (t teller) ofBelonging(of, field string, v any) string {
	number, counted := v.(float64)
	text, _ := v.(string)
	switch {
	case counted:
		return strconv.Itoa(int(number))
	case text == "":
		return "—"
	case field == "state":
		return Word(of, text).In(t.language)
	case field == "kind":
		return Word("link", text).In(t.language)
	case field == "channel":
		return Word("channel", text).In(t.language)
	case field == "department":
		return t.department(text)
	case field == "owner", field == "reviewer":
		return t.person(text, "")
	case field == "vendor":
		return t.vendor(text)
	case field == "due", field == "promised":
		return t.moment(text)
	}
	return text
}
