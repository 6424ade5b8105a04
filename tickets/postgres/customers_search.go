package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"hotline/tickets"
	"hotline/tickets/customers"
)

// A search walks through the steps of package customers (see Step) until its page is full. Within a step it walks along the index of words, through
// those that begin with the rarest of the step's terms, and asks for each customer whether they have the others. So a page costs what
// it shows, however many there are; the order is that of the words, and each customer comes once.

// searchPlace is where a search goes on.
type searchPlace struct {
	How   string `json:"h"`
	Step  int    `json:"s"`
	By    int    `json:"b"` // which of the step's terms it walks along; -1 is not chosen yet
	Word  string `json:"w"` // the last that was passed
	After string `json:"a"` // its customer
	Of    uint64 `json:"o"` // what was looked for
}

const (
	nobody    = "00000000-0000-0000-0000-000000000000"
	alikeEach = 3 // words that look alike, for each that was typed
)

// countedTo is how far words are counted to know the rarest: the second time where none is rarer than the first tells.
var countedTo = []int{500, 20_000}

// Find finds customers by what somebody typed, which customers.CheckSearch has let through. country is the code of the line's country.
func (s *Customers) Find(ctx context.Context, typed, country, cursor string, limit int) (customers.Found, error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(typed))
	at := searchPlace{How: customers.Exactly, By: -1, Of: h.Sum64()}
	if cursor != "" {
		if err := readCursor(cursor, &at); err != nil || at.Of != h.Sum64() || uuid.Validate(at.After) != nil {
			return customers.Found{}, customers.ErrCursor
		}
	}
	ways := []string{customers.Exactly, customers.ByLayout, customers.ByLikeness}
	for _, how := range ways[max(0, slices.Index(ways, at.How)):] {
		at.How = how
		steps, err := s.stepsOf(ctx, how, typed, country)
		if err != nil {
			return customers.Found{}, fmt.Errorf("look for customers: %w", err)
		}
		found, err := s.walk(ctx, steps, at, limit)
		if err != nil {
			return customers.Found{}, fmt.Errorf("look for customers: %w", err)
		}
		if len(found.Customers) > 0 || cursor != "" {
			return found, nil
		}
	}
	return customers.Found{Customers: []tickets.Customer{}, How: customers.Exactly}, nil
}

// stepsOf are the steps of one of the three ways.
func (s *Customers) stepsOf(ctx context.Context, how, typed, country string) ([]customers.Step, error) {
	switch how {
	case customers.ByLayout:
		return customers.Steps(customers.OtherLayout(typed), country), nil
	case customers.ByLikeness:
		steps := slices.Concat(customers.Steps(typed, country), customers.Steps(customers.OtherLayout(typed), country))
		alike, err := s.alike(ctx, customers.Alike(steps))
		if err != nil {
			return nil, err
		}
		return customers.With(steps, alike), nil
	default:
		return customers.Steps(typed, country), nil
	}
}

// sqlAlike finds words of three quarters of the length to four thirds of it that share trigrams.
const sqlAlike = `
	SELECT word FROM customer_vocabulary WHERE word % $1 AND length(word) BETWEEN length($1) * 3 / 4 AND length($1) * 4 / 3 + 1
	ORDER BY similarity(word, $1) DESC, word LIMIT $2`

// alike finds the words that look like some others.
func (s *Customers) alike(ctx context.Context, words []string) (map[string][]string, error) {
	all := map[string][]string{}
	var b pgx.Batch
	for _, w := range words {
		b.Queue(sqlAlike, w, alikeEach).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowTo[string])
			all[w] = found
			return err
		})
	}
	if b.Len() == 0 {
		return all, nil
	}
	return all, s.pool.SendBatch(ctx, &b).Close()
}

// hit is a customer with the word by which the walk came to them.
type hit struct{ word, customer string }

// walk fills a page from a place on.
func (s *Customers) walk(ctx context.Context, steps []customers.Step, at searchPlace, limit int) (customers.Found, error) {
	hits, next, err := s.hits(ctx, steps, at, limit)
	if err != nil {
		return customers.Found{}, err
	}
	found := customers.Found{How: at.How, Next: next}
	found.Customers, err = s.customersIn(ctx, hits)
	return found, err
}

// hits are those of a page from a place on, and the cursor of the next.
func (s *Customers) hits(ctx context.Context, steps []customers.Step, at searchPlace, limit int) (hits []hit, next string, err error) {
	var ends []searchPlace // of each hit
	for ; at.Step < len(steps) && len(hits) <= limit; at.Step++ {
		step := steps[at.Step]
		if at.By < 0 || at.By >= len(step) {
			by, err := s.rarest(ctx, step)
			if err != nil {
				return nil, "", err
			}
			at.By = by
		}
		if at.After == "" {
			at.Word, at.After = step[at.By], nobody
		}
		sql, args := sqlStep(steps[:at.Step], step, at, limit+1-len(hits))
		more, err := ask(ctx, s.pool, func(row pgx.CollectableRow) (h hit, err error) { return h, row.Scan(&h.word, &h.customer) }, sql, args...)
		if err != nil {
			return nil, "", err
		}
		for _, h := range more {
			hits, ends = append(hits, h), append(ends, searchPlace{at.How, at.Step, at.By, h.word, h.customer, at.Of})
		}
		at.By, at.Word, at.After = -1, "", ""
	}
	if len(hits) > limit {
		hits, next = hits[:limit], writeCursor(ends[limit-1])
	}
	return hits, next, nil
}

// sqlCounted counts the words that begin so, as far as it matters.
const sqlCounted = `SELECT count(*) FROM (SELECT FROM customer_words WHERE word >= $1 AND word < $2 LIMIT $3) AS counted`

// rarest says which of a step's terms the fewest words begin with. Most often one is so rare that the others need not be counted far.
func (s *Customers) rarest(ctx context.Context, step customers.Step) (by int, err error) {
	if len(step) == 1 {
		return 0, nil
	}
	counts := make([]int, len(step))
	for _, far := range countedTo {
		var b pgx.Batch
		for i, term := range step {
			b.Queue(sqlCounted, term, pastAll(term), far).QueryRow(func(row pgx.Row) error { return row.Scan(&counts[i]) })
		}
		if err := s.pool.SendBatch(ctx, &b).Close(); err != nil {
			return 0, err
		}
		if slices.Min(counts) < far {
			break
		}
	}
	return slices.Index(counts, slices.Min(counts)), nil
}

// pastAll comes after all words that begin with a term.
func pastAll(term string) string { return term + "\U0010ffff" }

// sqlStep finds the customers of a step from a place on who were not found by a step before. The conditions on other words are subqueries that yield a
// value: the planner leaves them where they are, and asks them of each customer that it comes to, instead of gathering all who
// have such a word.
func sqlStep(before []customers.Step, step customers.Step, at searchPlace, limit int) (string, []any) {
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	has := func(term string) string {
		return "(SELECT TRUE FROM customer_words x WHERE x.customer_id = w.customer_id AND x.word >= " + arg(term) + " AND x.word < " + arg(pastAll(term)) + " LIMIT 1)"
	}
	var b strings.Builder
	along := step[at.By]
	fmt.Fprintf(&b, "SELECT w.word, w.customer_id::text FROM customer_words w WHERE (w.word, w.customer_id) > (%s, %s::uuid) AND w.word < %s",
		arg(at.Word), arg(at.After), arg(pastAll(along)))
	// Each customer comes with the first of their words that begin so.
	fmt.Fprintf(&b, " AND (SELECT TRUE FROM customer_words x WHERE x.customer_id = w.customer_id AND x.word >= %s AND x.word < w.word LIMIT 1) IS NULL", arg(along))
	for i, term := range step {
		if i != at.By {
			b.WriteString(" AND " + has(term))
		}
	}
	for _, earlier := range before {
		var all []string
		for _, term := range earlier {
			all = append(all, has(term))
		}
		b.WriteString(" AND (" + strings.Join(all, " AND ") + ") IS NOT TRUE")
	}
	fmt.Fprintf(&b, " ORDER BY w.word, w.customer_id LIMIT %s", arg(limit))
	return b.String(), args
}

const sqlCustomersIn = `SELECT ` + customerColumns + ` FROM customers WHERE id = ANY ($1::uuid[])`

// customersIn reads the customers of hits, in their order.
func (s *Customers) customersIn(ctx context.Context, hits []hit) ([]tickets.Customer, error) {
	ids := []string{}
	for _, h := range hits {
		ids = append(ids, h.customer)
	}
	rows, err := s.pool.Query(ctx, sqlCustomersIn, ids)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, scanCustomer)
	slices.SortFunc(found, func(a, b tickets.Customer) int {
		return slices.Index(ids, string(a.ID)) - slices.Index(ids, string(b.ID))
	})
	return append([]tickets.Customer{}, found...), err
}
