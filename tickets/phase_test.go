package tickets

import (
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// drawn is the table of moves as the package comment shows it.
func drawn() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\t%-10s %-38s %s\n", "move", "from", "to")
	for _, m := range Moves {
		var from []string
		for _, p := range Phases {
			if m.From(p) {
				from = append(from, string(p))
			}
		}
		fmt.Fprintf(&b, "\t%-10s %-38s %s\n", m, strings.Join(from, ", "), m.To())
	}
	return b.String()
}

func TestPackageCommentShowsTheTableOfMoves(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "tickets.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(file.Doc.Text(), drawn()) {
		t.Errorf("the package comment shows another table than the moves are, which is:\n%s", strings.ReplaceAll("\n"+drawn(), "\n", "\n//"))
	}
}

func TestTableHasEachMoveOnceAndEachPhaseIsReachedAndLeft(t *testing.T) {
	if len(Moves) != len(moves) {
		t.Errorf("%d moves are listed, and %d are in the table", len(Moves), len(moves))
	}
	left, reached := map[Phase]bool{}, map[Phase]bool{New: true}
	for _, m := range Moves {
		if _, there := moves[m]; !there {
			t.Errorf("%s is listed, and is not in the table", m)
		}
		reached[m.To()] = true
		for _, p := range Phases {
			left[p] = left[p] || m.From(p)
		}
	}
	for _, p := range Phases {
		if !left[p] || !reached[p] {
			t.Errorf("%s is reached: %t, left: %t", p, reached[p], left[p])
		}
	}
}
