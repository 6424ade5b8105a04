package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// downwards is the picture of the house as a rule about imports: which domains a domain may import. Arrows point
// down only, and those beside each other never meet. The subfolders of a domain are of two kinds, which the two lists below tell apart.
//
//	cmd ──► telephony/…, ivr/…, queues/…, tickets/…, agentapi/…, deploy/… ──► queues, tickets, recordings ──► telephony
var downwards = map[string][]string{
	"telephony":  {},
	"queues":     {"telephony"},
	"tickets":    {"telephony"},
	"recordings": {"telephony"},
	"ivr":        {"queues", "tickets", "recordings", "telephony"},
	"agentapi":   {"queues", "tickets", "recordings", "telephony"},
	"deploy":     {},
}

// parts are the subfolders that tell a story cut out of their domain, and are as pure as it. Whoever may see the domain may see
// its parts. A part may see its domain or the domain its part, one way, as the story asks, and parts of a domain may see each
// other likewise: that no circle comes of it the compiler sees to.
var parts = []string{
	"telephony/hours",
	"telephony/words",

	"ivr/callback",
	"ivr/codes",
	"ivr/door",
	"ivr/flow",

	"queues/adherence",
	"queues/erlang",
	"queues/figures",
	"queues/proof",
	"queues/simulation",
	"queues/words",

	"tickets/attachment",
	"tickets/casefile",
	"tickets/clock",
	"tickets/customers",
	"tickets/due",
	"tickets/life",
	"tickets/lists",
	"tickets/reports",
	"tickets/scorecard",

	"recordings/stereo",
	"recordings/tape",

	"agentapi/alarms",
	"agentapi/desk",
	"agentapi/gate",
	"agentapi/outage",
	"agentapi/past",
	"agentapi/playback",
	"agentapi/quality",
	"agentapi/register",
	"agentapi/rest",
	"agentapi/screens",
	"agentapi/stream",
	"agentapi/supervise",
	"agentapi/tables",
}

// technologies are the subfolders that connect their domain to the world. Only cmd sees them; they see their domain, its parts,
// and what the domain may see. Those of one domain do not see each other.
var technologies = []string{
	"telephony/asterisk",
	"telephony/phonenumbers",
	"telephony/softphone",

	"ivr/book",

	"queues/acd",
	"queues/journal",
	"queues/postgres",

	"recordings/postgres",
	"recordings/spool",
	"recordings/vault",

	"tickets/files",
	"tickets/crm",
	"tickets/postgres",
	"tickets/register",
	"tickets/spool",
	"tickets/watch",
	"tickets/work",

	"agentapi/client",
	"agentapi/hooks",
	"agentapi/pages",
	"agentapi/postgres",

	"deploy/private",
}

// forTests is what tests of any room may import besides: real servers, the real router, the register of tickets, and a telephone.
var forTests = []string{"deploy", "deploy/private", "queues/acd", "telephony/softphone", "tickets/register"}

// pure are the libraries of values that the domains at the bottom may import.
var pure = []string{"github.com/gabriel-vasile/mimetype", "github.com/google/uuid", "golang.org/x/text/encoding", "golang.org/x/text/encoding/charmap", "golang.org/x/text/encoding/unicode", "golang.org/x/text/feature/plural", "golang.org/x/text/language", "golang.org/x/text/transform", "golang.org/x/text/unicode/norm"}

// worldly is what the domains at the bottom and their parts may not import of the standard library, with all below it: they are
// plain Go. Only values are among what is below, and these they may.
var (
	worldly = []string{"database", "net", "os", "syscall", "log/syslog", "runtime/debug", "plugin"}
	values  = []string{"net/netip", "net/url"}
)

// goroutines and chance are what the router and its parts may not import besides, so that the same events give the same decisions.
var (
	goroutines = []string{"context", "log", "sync"}
	chance     = []string{"math/rand", "crypto/rand"}
)

// unworldly is what a pure room may not import of the standard library; nil for rooms that are not pure. A part is as pure as its domain.
func unworldly(room string) []string {
	domain, _, isSub := strings.Cut(room, "/")
	if isSub && !slices.Contains(parts, room) {
		return nil
	}
	switch {
	case room == "queues/simulation":
		return slices.Concat(worldly, goroutines, []string{"crypto/rand"}) // chance from a seed alone
	case domain == "queues":
		return slices.Concat(worldly, goroutines, chance)
	case domain == "tickets":
		return slices.Concat(worldly, []string{"log", "sync/atomic"}) // what is counted and logged is the register's
	case domain == "telephony":
		return worldly
	case domain == "recordings":
		return slices.Concat(worldly, []string{"log"})
	default:
		return nil
	}
}

// technology says in which rooms alone a technology is spoken; a star is one name.
var technology = map[string][]string{
	"database/sql":             {"*/postgres", "deploy/private", "cmd/hotline/schema"},
	"github.com/jackc/":        {"*/postgres", "deploy/private", "cmd/hotline", "cmd/hotline/config", "cmd/hotline/doctor", "cmd/hotline/lease", "cmd/hotline/personal", "cmd/hotline/schema", "tickets/work"},
	"github.com/riverqueue/":   {"tickets/work"},
	"github.com/pressly/":      {"cmd/hotline/schema"},
	"github.com/CyCoreSystems": {"telephony/asterisk"},
	"github.com/emiago/":       {"telephony/softphone"},
	"github.com/nyaruka/":      {"telephony/phonenumbers"},
}

// forbidden says why a room (a folder, from the module down) may not import a package; "" where it may.
func forbidden(room, imported string, test bool) string {
	if !strings.HasPrefix(imported, "hotline/") {
		return forbiddenLibrary(room, imported, test)
	}
	other := strings.TrimPrefix(imported, "hotline/")
	domain, _, _ := strings.Cut(room, "/")
	otherDomain, _, isSub := strings.Cut(other, "/")
	isPart := slices.Contains(parts, other)
	fake := isFake(other)
	switch {
	case other == "cmd/hotline/config/sample" && !test:
		return "it is for tests"
	case otherDomain == "cmd" && domain == "cmd":
		return forbiddenInCmd(room, other)
	case otherDomain == "cmd":
		return "nobody sees cmd"
	case test && (fake || slices.Contains(forTests, other)):
		return ""
	case fake:
		return "a fake is for tests"
	case domain == "cmd", other == room:
		return ""
	case test && domain == otherDomain:
		return "" // the rooms of a domain are tried together
	case isSub && !isPart && domain == otherDomain:
		return forbiddenInside(domain, room)
	case isSub && !isPart:
		return "only cmd sees a domain's technology"
	case domain == otherDomain, slices.Contains(downwards[domain], otherDomain):
		return ""
	case slices.Contains(downwards[otherDomain], domain):
		return "arrows point down, and this one points up"
	default:
		return "siblings never import each other"
	}
}

// isFake says whether a room is a domain's fake, or the suite that the fake and the real thing pass. Only a domain has them.
func isFake(room string) bool {
	domain, name, _ := strings.Cut(room, "/")
	return downwards[domain] != nil && (name == "memory" || name == "conformance")
}

// forbiddenInside is about a room that imports a technology of its own domain.
func forbiddenInside(domain, room string) string {
	if room == domain || slices.Contains(parts, room) {
		return "a domain does not know its technology"
	}
	return "siblings never import each other"
}

// forbiddenInCmd is about the rooms of a command: its wiring sees its other rooms, and these see each other where no circle comes of it.
func forbiddenInCmd(room, other string) string {
	command := strings.Join(strings.SplitN(room, "/", 3)[:2], "/")
	switch {
	case other == command:
		return "a command's rooms do not know its wiring"
	case !strings.HasPrefix(other, command+"/"):
		return "commands never import each other"
	default:
		return ""
	}
}

func forbiddenLibrary(room, imported string, test bool) string {
	if test {
		return ""
	}
	kept := unworldly(room)
	isBelow := func(out string) bool { return imported == out || strings.HasPrefix(imported, out+"/") }
	if room == "queues/simulation" && imported == "math/rand" || slices.ContainsFunc(kept, isBelow) && !slices.Contains(values, imported) {
		return "the domain is plain Go"
	}
	isStandard := !strings.Contains(strings.Split(imported, "/")[0], ".")
	if kept != nil && !isStandard && !slices.Contains(pure, imported) {
		return "the domain imports the standard library and libraries of values only"
	}
	for prefix, rooms := range technology {
		at := func(pattern string) bool { ok, _ := path.Match(pattern, room); return ok }
		if (imported == prefix || strings.HasPrefix(imported, prefix)) && !slices.ContainsFunc(rooms, at) {
			return "it belongs into " + strings.Join(rooms, ", ")
		}
	}
	return ""
}

// examples of the law: what a room may not import, and why; and what it may.
var examples = []struct {
	room, imported string
	test           bool
	why            string
}{
	{"telephony", "hotline/queues", false, "arrows point down, and this one points up"},
	{"queues", "hotline/ivr", false, "arrows point down, and this one points up"},
	{"telephony/asterisk", "hotline/tickets", false, "arrows point down, and this one points up"},
	{"queues", "hotline/tickets", false, "siblings never import each other"},
	{"ivr", "hotline/agentapi", false, "siblings never import each other"},
	{"tickets/postgres", "hotline/tickets/spool", false, "siblings never import each other"},
	{"telephony/asterisk", "hotline/telephony/softphone", false, "siblings never import each other"},
	{"ivr", "hotline/queues/acd", false, "only cmd sees a domain's technology"},
	{"agentapi", "hotline/telephony/softphone", false, "only cmd sees a domain's technology"},
	{"tickets", "hotline/tickets/postgres", false, "a domain does not know its technology"},
	{"agentapi", "hotline/cmd/hotline", true, "nobody sees cmd"},
	{"deploy/private", "hotline/telephony", false, "siblings never import each other"},
	{"ivr", "hotline/deploy/private", false, "only cmd sees a domain's technology"},
	{"cmd/hotline", "hotline/telephony/memory", false, "a fake is for tests"},
	{"ivr", "hotline/agentapi", true, "siblings never import each other"},
	{"recordings", "hotline/tickets", false, "siblings never import each other"},
	{"recordings", "os", false, "the domain is plain Go"},
	{"telephony", "github.com/google/go-cmp/cmp", false, "the domain imports the standard library and libraries of values only"},
	{"tickets", "os", false, "the domain is plain Go"},
	{"queues", "sync", false, "the domain is plain Go"},
	{"tickets", "log/slog", false, "the domain is plain Go"},
	{"tickets", "hotline/tickets/register", false, "a domain does not know its technology"},
	{"ivr", "hotline/tickets/register", false, "only cmd sees a domain's technology"},
	{"queues/simulation", "os", false, "the domain is plain Go"},
	{"queues/simulation", "hotline/queues/acd", false, "a domain does not know its technology"},
	{"queues/simulation", "math/rand", false, "the domain is plain Go"},
	{"telephony/words", "os", false, "the domain is plain Go"},
	{"queues", "os/signal", false, "the domain is plain Go"},
	{"queues", "net/smtp", false, "the domain is plain Go"},
	{"tickets", "database/sql/driver", false, "the domain is plain Go"},
	{"tickets", "log/syslog", false, "the domain is plain Go"},
	{"telephony/hours", "hotline/telephony/asterisk", false, "a domain does not know its technology"},
	{"telephony/hours", "hotline/queues", false, "arrows point down, and this one points up"},
	{"telephony/asterisk", "hotline/queues/simulation", false, "arrows point down, and this one points up"},
	{"queues/words", "math/rand/v2", false, "the domain is plain Go"},
	{"queues/figures", "hotline/queues/postgres", false, "a domain does not know its technology"},
	{"queues/erlang", "sync", false, "the domain is plain Go"},
	{"tickets", "hotline/queues/simulation", false, "siblings never import each other"},
	{"tickets/postgres", "hotline/queues/simulation", false, "siblings never import each other"},
	{"cmd/hotline/config", "hotline/cmd/hotline", false, "a command's rooms do not know its wiring"},
	{"cmd/hotline/demo", "hotline/cmd/hotline", false, "a command's rooms do not know its wiring"},
	{"agentapi/desk", "hotline/cmd/hotline/config", false, "nobody sees cmd"},
	{"agentapi/desk", "hotline/ivr", false, "siblings never import each other"},
	{"agentapi/desk", "hotline/queues/acd", false, "only cmd sees a domain's technology"},
	{"agentapi/desk", "hotline/agentapi/postgres", false, "a domain does not know its technology"},
	{"agentapi/gate", "hotline/agentapi/postgres", false, "a domain does not know its technology"},
	{"agentapi/stream", "hotline/agentapi/client", false, "a domain does not know its technology"},
	{"agentapi/rest", "hotline/ivr", false, "siblings never import each other"},
	{"queues/proof", "hotline/cmd/hotline/config", false, "nobody sees cmd"},
	{"queues/proof", "os", false, "the domain is plain Go"},
	{"cmd/hotline/config", "hotline/cmd/other", false, "commands never import each other"},
	{"cmd/hotline", "hotline/cmd/hotline/config/sample", false, "it is for tests"},
	{"ivr", "database/sql", false, "it belongs into */postgres, deploy/private, cmd/hotline/schema"},
	{"agentapi", "github.com/jackc/pgx/v5", false, "it belongs into */postgres, deploy/private, cmd/hotline, cmd/hotline/config, cmd/hotline/doctor, cmd/hotline/lease, cmd/hotline/personal, cmd/hotline/schema, tickets/work"},
	{"cmd/hotline", "github.com/CyCoreSystems/ari/v5", false, "it belongs into telephony/asterisk"},
	{"tickets/postgres", "github.com/riverqueue/river", false, "it belongs into tickets/work"},
	{"deploy/private", "github.com/emiago/sipgo", false, "it belongs into telephony/softphone"},

	{"ivr", "hotline/queues", false, ""},
	{"tickets", "hotline/telephony", false, ""},
	{"tickets", "github.com/google/uuid", false, ""},
	{"tickets", "hotline/telephony/hours", false, ""},
	{"tickets", "net/url", false, ""},
	{"agentapi", "hotline/queues/simulation", false, ""},
	{"telephony", "hotline/telephony/words", false, ""},
	{"telephony/words", "hotline/telephony", false, ""},
	{"telephony/words", "golang.org/x/text/language", false, ""},
	{"queues/journal", "hotline/queues/simulation", false, ""},
	{"cmd/hotline", "hotline/cmd/hotline/config", false, ""},
	{"cmd/hotline/config", "hotline/cmd/hotline/config/sample", true, ""},
	{"cmd/hotline/config", "hotline/agentapi/desk", false, ""},
	{"cmd/hotline/config", "hotline/queues/proof", false, ""},
	{"agentapi/desk", "hotline/queues/simulation", false, ""},
	{"cmd/hotline/demo", "hotline/cmd/hotline/config", false, ""},
	{"queues/acd", "hotline/queues", false, ""},
	{"queues/simulation", "math/rand/v2", false, ""},
	{"agentapi/client", "hotline/agentapi", false, ""},
	{"agentapi/rest", "hotline/agentapi/stream", false, ""},
	{"agentapi/postgres", "hotline/agentapi/gate", false, ""},
	{"agentapi/postgres", "github.com/jackc/pgx/v5", false, ""},
	{"deploy/private", "hotline/deploy", false, ""},
	{"cmd/hotline", "hotline/telephony/softphone", false, ""},
	{"cmd/hotline", "hotline/deploy/private", false, ""},
	{"ivr", "hotline/queues/acd", true, ""},
	{"ivr", "hotline/tickets/register", true, ""},
	{"ivr", "hotline/telephony/memory", true, ""},
	{"queues/postgres", "hotline/deploy/private", true, ""},
	{"telephony/asterisk", "hotline/telephony/softphone", true, ""},
	{"agentapi", "hotline/agentapi/client", true, ""},
	{"tickets/postgres", "hotline/tickets/spool", true, ""},
	{"queues", "os", true, ""},
}

func TestForbiddenImportsAreFound(t *testing.T) {
	for _, c := range examples {
		if why := forbidden(c.room, c.imported, c.test); why != c.why {
			t.Errorf("%s imports %s (test: %v): %q, not %q", c.room, c.imported, c.test, why, c.why)
		}
	}
}

// root is the folder of go.mod, seen from this package's.
const root = "../.."

func TestNoRoomImportsWhatItMayNot(t *testing.T) {
	files := 0
	rooms := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && file != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		files++
		room, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		rooms[filepath.ToSlash(room)] = true
		checkImports(t, filepath.ToSlash(room), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("only %d files were looked at", files)
	}
	for _, wrong := range unsorted(slices.Sorted(maps.Keys(rooms))) {
		t.Error(wrong)
	}
}

// unsorted says which rooms are not in exactly one of the two lists of subfolders, and which that the lists name are not there.
func unsorted(rooms []string) (wrong []string) {
	for _, room := range rooms {
		domain, _, isSub := strings.Cut(room, "/")
		if _, known := downwards[domain]; !isSub || !known || isFake(room) {
			continue
		}
		isPart, isTechnology := slices.Contains(parts, room), slices.Contains(technologies, room)
		switch {
		case isPart && isTechnology:
			wrong = append(wrong, room+" is named as a part and as a technology")
		case !isPart && !isTechnology:
			wrong = append(wrong, room+" is named neither as a part nor as a technology")
		}
	}
	for _, room := range slices.Concat(parts, technologies) {
		if !slices.Contains(rooms, room) {
			wrong = append(wrong, room+" is named and is not there")
		}
	}
	return wrong
}

func TestEachSubfolderIsAPartOrATechnology(t *testing.T) {
	rooms := slices.Concat([]string{"telephony", "queues", "queues/gadget", "telephony/memory", "telephony/gadget/memory", "cmd/hotline/config"}, parts[1:], technologies)
	want := []string{"queues/gadget is named neither as a part nor as a technology", "telephony/gadget/memory is named neither as a part nor as a technology", parts[0] + " is named and is not there"}
	if got := unsorted(rooms); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func checkImports(t *testing.T, room, file string) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, i := range parsed.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			t.Error(err)
			continue
		}
		if why := forbidden(room, imported, strings.HasSuffix(file, "_test.go")); why != "" {
			t.Errorf("%s: %s may not import %s: %s", files.Position(i.Pos()), room, imported, why)
		}
	}
}

// topLevel is all that may stand there, beside names that begin with a dot.
var topLevel = []string{
	"cmd", "telephony", "ivr", "queues", "tickets", "recordings", "agentapi", "deploy",
	"go.mod", "go.sum", "README.md", "CONTRIBUTING.md", "LICENSE", "Makefile",
}

// strangers are the names that may not stand at the top. What .gitignore names there is built, and not kept.
func strangers(names []string, gitignore string) (all []string) {
	for _, name := range names {
		built := slices.ContainsFunc(strings.Split(gitignore, "\n"), func(line string) bool {
			return strings.HasPrefix(line, "/") && strings.Trim(line, "/") == name
		})
		if !strings.HasPrefix(name, ".") && !slices.Contains(topLevel, name) && !built {
			all = append(all, name)
		}
	}
	return all
}

func TestTopLevelHoldsTheRoomsAndNothingElse(t *testing.T) {
	gitignore, err := os.ReadFile(filepath.Join(root, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if found := strangers(names, string(gitignore)); len(found) > 0 {
		t.Errorf("at the top stand %v", found)
	}
	if found := strangers([]string{"cmd", "pkg", "bin", ".ci", "docs", "utils.go"}, "/bin/\nnode_modules/\n"); !slices.Equal(found, []string{"pkg", "docs", "utils.go"}) {
		t.Errorf("of a made-up house %v are found", found)
	}
}

func TestFilesAreNotCalledByWhatEveryFileHolds(t *testing.T) {
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if slices.Contains([]string{"utils.go", "util.go", "types.go", "common.go", "helpers.go", "misc.go"}, d.Name()) {
			t.Errorf("%s: name it by its story", file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
