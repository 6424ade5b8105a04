package customers

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"hotline/tickets"
)

// Likeness is in what two customers are the same.
type Likeness string

const (
	LikeNumber    Likeness = "number"
	LikeMail      Likeness = "mail"
	LikeName      Likeness = "name" // the same words in any order and script
	LikeAddress   Likeness = "address"
	LikeEquipment Likeness = "equipment"
)

// Double is a customer who may be the same as another, and why.
type Double struct {
	Customer tickets.Customer
	Why      []Likeness
}

// mostDoubles is how many doubles are told; fewNames, of how many a name that is all that they have in common says anything.
const (
	mostDoubles = 10
	fewNames    = 3
)

// Doubles are those of others who are likely the same as a customer, the likeliest first. A number that people of different names have is a
// family's or a company's, and makes nobody a double; neither does a name that many have.
func Doubles(of tickets.Customer, others []tickets.Customer) []Double {
	var likely, named []Double
	for _, other := range others {
		if other.ID == of.ID {
			continue
		}
		why := alike(of, other)
		d := Double{other, why}
		switch {
		case len(why) == 0, slices.Equal(why, []Likeness{LikeAddress}):
		case slices.Equal(why, []Likeness{LikeName}):
			named = append(named, d)
		case slices.Contains(why, LikeName), slices.Contains(why, LikeMail), slices.Contains(why, LikeEquipment), of.Name == "", other.Name == "":
			likely = append(likely, d)
		}
	}
	slices.SortStableFunc(likely, func(a, b Double) int { return cmp.Compare(len(b.Why), len(a.Why)) })
	if len(named) <= fewNames {
		likely = append(likely, named...)
	}
	return likely[:min(len(likely), mostDoubles)]
}

func alike(a, b tickets.Customer) (why []Likeness) {
	for _, list := range []struct {
		in         Likeness
		mine, hers []string
		same       func(a, b string) bool
	}{
		{LikeNumber, a.Numbers, b.Numbers, equal},
		{LikeMail, a.Mails, b.Mails, SameMail},
		{LikeName, []string{a.Name}, []string{b.Name}, sameWords},
		{LikeAddress, a.Addresses, b.Addresses, sameWords},
		{LikeEquipment, a.Equipment, b.Equipment, sameWords},
	} {
		if slices.ContainsFunc(list.mine, func(text string) bool { return has(list.hers, text, list.same) }) {
			why = append(why, list.in)
		}
	}
	return why
}

// sameWords says whether two texts have the same words that tell something, whatever their order and script.
func sameWords(a, b string) bool {
	one := telling(a)
	return len(one) > 0 && slices.Equal(one, telling(b))
}

func telling(text string) []string {
	all := slices.DeleteFunc(Words(text), func(w string) bool { return slices.Contains(common, w) })
	slices.Sort(all)
	return slices.Compact(all)
}

// Telling are the words by which doubles of a customer are looked for: their mails, and what of their equipment has digits, such as a serial number.
func Telling(c tickets.Customer) (words []string) {
	add := func(w string) {
		if r := []rune(w); len(r) > longestWord {
			w = string(r[:longestWord])
		}
		words = append(words, w)
	}
	for _, m := range c.Mails {
		add(Letters(m))
	}
	for _, e := range c.Equipment {
		for _, w := range Words(e) {
			if len(w) >= 6 && strings.ContainsAny(w, "0123456789") {
				add(w)
			}
		}
	}
	return words
}

// NameStep finds those who have all words of a name; nil where there is none.
func NameStep(name string) Step { return tidied(telling(name)) }

// Preview is what a merge would make of two customers. Nothing is done yet.
type Preview struct {
	Merged, Into tickets.Customer
	After        tickets.Customer // the survivor
	Tickets      int              // of the merged one, which would become the survivor's, as far as somebody may see them
	Contacts     int
}

// PromiseTo is an open promise to a customer.
type PromiseTo struct {
	Ticket     tickets.Number `json:"ticket"`
	N          int            `json:"n" doc:"in its ticket"`
	What       string         `json:"what"`
	To         string         `json:"to,omitempty"`
	Channel    string         `json:"channel,omitempty"`
	Due        time.Time      `json:"due"`
	Person     string         `json:"person,omitempty" doc:"who has promised, by id"`
	Department string         `json:"department,omitempty" doc:"by id"`
}
