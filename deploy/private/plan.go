package private

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Explained is what PostgreSQL tells of a statement that it has carried out.
type Explained struct {
	SQL  string `json:"Query Text"`
	Plan Plan   `json:"Plan"`
}

// Plan is a part of how a statement was carried out, with all that it stands on.
type Plan struct {
	Kind     string  `json:"Node Type"`
	Relation string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"` // of each loop
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Recheck  float64 `json:"Rows Removed by Index Recheck"`
	Plans    []Plan  `json:"Plans"`
}

// Explain has PostgreSQL tell the plan of each statement of connections that are made so (auto_explain), also of those that others call. It is told while the
// statement's answer is on its way, by each connection's goroutine.
func Explain(c *pgx.ConnConfig, told func(Explained)) {
	for name, value := range map[string]string{
		"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_analyze": "on", "auto_explain.log_timing": "off",
		"auto_explain.log_nested_statements": "on", "auto_explain.log_format": "json", "auto_explain.log_level": "notice",
	} {
		c.RuntimeParams[name] = value
	}
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		_, plan, is := strings.Cut(n.Message, "plan:\n")
		if !is {
			return
		}
		var e Explained
		if err := json.Unmarshal([]byte(plan), &e); err != nil {
			panic(err) // it is PostgreSQL that writes it
		}
		told(e)
	}
}

// Read is how many rows this part has read, by itself.
func (p Plan) Read() float64 { return p.Loops * (p.Rows + p.Filtered + p.Recheck) }

// String draws a plan, a line for each part that was carried out.
func (p Plan) String() string { return p.draw("    ") }

func (p Plan) draw(indent string) string {
	s := fmt.Sprintf("%s%s %s %s: %.0f rows, %.0f filtered, %.0f times\n", indent, p.Kind, p.Relation, p.Index, p.Rows, p.Filtered+p.Recheck, p.Loops)
	for _, below := range p.Plans {
		if below.Loops > 0 {
			s += below.draw(indent + "  ")
		}
	}
	return s
}
