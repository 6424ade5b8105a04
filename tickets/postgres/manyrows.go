package postgres

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// manyRows is a statement that writes several rows at once, by their arguments. What it costs to write one row of a table with thirty indexes is for the most part not the row: for each statement
// PostgreSQL opens them all, and prepares to ask each which rows it has. So the calls of a moment share one.
//
// A row's arguments stand in the statement as those of any other, and not in arrays, for a column may be an array itself. A statement writes 1, 2, 4 … rows, so that few plans serve all numbers.
type manyRows struct {
	sized [mostRows + 1]string // of 2^i rows
	args  int                  // of a row
}

const mostRows = 5 // as a power of two: 35 arguments of each of 32 rows are far from PostgreSQL's 65,535

var (
	savedTickets    = newManyRows(sqlSaveTickets, ticketRow, unlessThere)
	newContacts     = newManyRows(sqlNewContacts, contactRow, "")
	changedContacts = newManyRows(sqlChangeContacts, changedContactRow, ofThose)
)

var argument = regexp.MustCompile(`\$[0-9]+`)

// newManyRows makes one of what stands before the rows, of a row, whose arguments begin with $1, and of what stands after them: there {keys} are the rows' first arguments.
func newManyRows(before, row, after string) *manyRows {
	m := &manyRows{args: len(argument.FindAllString(row, -1))}
	for i := range m.sized {
		rows, keys := make([]string, 1<<i), make([]string, 1<<i)
		for k := range rows {
			keys[k] = "$" + strconv.Itoa(k*m.args+1)
			rows[k] = argument.ReplaceAllStringFunc(row, func(a string) string {
				n, _ := strconv.Atoi(a[1:])
				return "$" + strconv.Itoa(k*m.args+n)
			})
		}
		m.sized[i] = before + strings.Join(rows, ", ") + strings.ReplaceAll(after, "{keys}", strings.Join(keys, ", "))
	}
	return m
}

// queue has rows written, the first ones first.
func (m *manyRows) queue(b *pgx.Batch, rows [][]any) {
	for i := mostRows; len(rows) > 0; {
		if len(rows) < 1<<i {
			i--
			continue
		}
		args := make([]any, 0, m.args<<i)
		for _, row := range rows[:1<<i] {
			args = append(args, row...)
		}
		b.Queue(m.sized[i], args...)
		rows = rows[1<<i:]
	}
}
