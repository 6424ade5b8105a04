package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"hotline/agentapi/desk"
	"hotline/ivr/codes"
)

// What agents type on their phones in a talk: codes, and the extensions by which they name colleagues and queues.

// extension is shorter than any number that can be called, so that none is hidden by it.
var extension = regexp.MustCompile(`^[0-9]{2,5}$`)

// CodeTable are the codes of this configuration.
func (c Config) CodeTable() codes.Table {
	table := codes.Usual()
	maps.Copy(table, c.Codes)
	if _, named := c.Codes[codes.Record]; !named && table.Prove(codes.Record) != nil {
		delete(table, codes.Record) // it came later than the others: where its keys are another's already, these stay
	}
	return table
}

// extensions are whom agents can name on their phones.
func (c Config) extensions() map[string]desk.Extension {
	all := map[string]desk.Extension{}
	for _, q := range c.Queues {
		if q.Extension != "" {
			all[q.Extension] = desk.Extension{Queue: q.ID}
		}
	}
	for _, p := range c.People {
		if p.Extension != "" {
			all[p.Extension] = desk.Extension{Agent: p.ID}
		}
	}
	return all
}

func (c *Config) proveCodes(doc *document) {
	table := c.CodeTable()
	for _, code := range slices.Sorted(maps.Keys(c.Codes)) {
		at := "codes." + string(code)
		if !slices.Contains(codes.All, code) {
			doc.wrong(at, "%q is no code that there is: %s", code, codeNames())
		} else if err := table.Prove(code); err != nil {
			doc.wrong(at, "%v", err)
		}
	}
	taken := make(map[string]bool)
	for i, q := range c.Queues {
		doc.proveExtension(fmt.Sprintf("queues.%d.extension", i), q.Extension, taken)
	}
	for i, p := range c.People {
		at := fmt.Sprintf("people.%d.extension", i)
		doc.proveExtension(at, p.Extension, taken)
		if p.Extension != "" && !p.TakesCalls() {
			doc.wrong(at, "nobody can be reached by it: who takes no calls has no phone")
		}
	}
}

func (doc *document) proveExtension(at, digits string, taken map[string]bool) {
	if digits == "" {
		return
	}
	doc.like(at, digits, extension, "two to five digits, in quotes")
	if taken[digits] {
		doc.wrong(at, "%q is another's, too", digits)
	}
	taken[digits] = true
}

func codeNames() string {
	var names []string
	for _, c := range codes.All {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}
