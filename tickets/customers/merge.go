package customers

import "slices"

// Moved is what a merge did to the records of two customers, so that it can be undone.
type Moved struct {
	Merged Record `json:"merged"` // as they were
	Got    Record `json:"got"`    // what the other has only from them
	Named  bool   `json:"named"`  // the other had no name
	Known  bool   `json:"known"`  // the other had no id in the other system
}

// Merge is the record of a customer into whom another is merged, and what moved. The survivor's own comes first in each list, and their name and
// external id stay theirs where they have any.
func Merge(into, merged Record) (Record, Moved) {
	into, merged = into.clone(), merged.clone()
	m := Moved{Merged: merged}
	for i, list := range into.lists() {
		theirs, got := *merged.lists()[i], m.Got.lists()[i]
		for _, text := range theirs {
			if !has(*list, text, sameIn(i)) {
				*list, *got = append(*list, text), append(*got, text)
			}
		}
	}
	into.Contracts = append(into.Contracts, merged.Contracts...) // no number of a contract is two customers'
	m.Got.Contracts = merged.Contracts
	if into.Name == "" && merged.Name != "" {
		m.Named, into.Name = true, merged.Name
	}
	if into.ExternalID == "" && merged.ExternalID != "" {
		m.Known, into.ExternalID = true, merged.ExternalID
	}
	m.Got = m.Got.clone()
	return into.clone(), m
}

// Part undoes a merge: what the survivor has only from the other, and still has, goes back. What came since stays with the survivor, and so does what
// both had before. The other is as they were, without contracts that the survivor has lost meanwhile.
func Part(into Record, m Moved) (survivor, parted Record) {
	survivor, parted = into.clone(), m.Merged.clone()
	for i, list := range survivor.lists() {
		got := *m.Got.lists()[i]
		*list = slices.DeleteFunc(*list, func(text string) bool { return has(got, text, sameIn(i)) })
	}
	of := func(list []Contract, k Contract) bool {
		return slices.ContainsFunc(list, func(other Contract) bool { return other.Number == k.Number })
	}
	parted.Contracts = slices.DeleteFunc(parted.Contracts, func(k Contract) bool { return !of(survivor.Contracts, k) })
	survivor.Contracts = slices.DeleteFunc(survivor.Contracts, func(k Contract) bool { return of(m.Got.Contracts, k) })
	if m.Named && survivor.Name == m.Merged.Name {
		survivor.Name = ""
	}
	if m.Known && survivor.ExternalID == m.Merged.ExternalID {
		survivor.ExternalID = ""
	}
	return survivor, parted
}

// sameIn is when two entries of a record's list are the same: mails whatever their case.
func sameIn(list int) func(a, b string) bool {
	if list == 1 {
		return SameMail
	}
	return equal
}
