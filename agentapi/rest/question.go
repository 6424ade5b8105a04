package rest

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hotline/agentapi"
)

// legible lets a request through whose path and query can be read in one way only. It stands before all operations: what is no
// text would be refused by the database, and look like an outage; a name that nobody knows, or knows twice, would be ignored in
// silence, and the answer be to another question.
func legible(ctx huma.Context, next func(huma.Context)) {
	if p := illegible(ctx); p != nil {
		_, w := humago.Unwrap(ctx)
		p.Write(w)
		return
	}
	next(ctx)
}

// illegible says what is wrong with the path or the query of a request; nil where nothing is.
func illegible(ctx huma.Context) *agentapi.Problem {
	known := map[string]bool{}
	for _, param := range ctx.Operation().Parameters {
		switch param.In {
		case "path":
			if !isText(ctx.Param(param.Name)) {
				return unreadable("path."+param.Name, noText)
			}
		case "query":
			known[param.Name] = true
		}
	}
	u := ctx.URL()
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return unreadable("query", "expected name=value pairs, joined by &, with what is special in them written as %XX")
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		field := "query." + agentapi.Printable(strings.ToValidUTF8(name, "\ufffd"))
		switch values := query[name]; {
		case !known[name]:
			return agentapi.RefuseField(field, "expected no parameter of this name")
		case len(values) > 1:
			return agentapi.RefuseField(field, fmt.Sprintf("expected once, and is there %d times", len(values)))
		case !isText(values[0]):
			return unreadable(field, noText)
		}
	}
	return nil
}

const noText = "expected text in UTF-8 without NUL"

// isText says whether a database takes it as text.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// unreadable is a Problem about one field that cannot be read at all.
func unreadable(field, rule string) *agentapi.Problem {
	p := agentapi.Refuse(agentapi.CodeBadRequest, "%s: %s", field, rule)
	p.Errors = []agentapi.FieldError{{Field: field, Rule: rule}}
	return p
}
