package book

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEntriesAreThereAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "callbacks")
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range [][2]string{{"b", "1"}, {"a", "2"}, {"b", "3"}, {"c", "4"}} {
		if err := b.Keep(e[0], []byte(e[1])); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"c", "c"} { // the second time there is none
		if err := b.Strike(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "d.json.new"), []byte("hal"), 0o600); err != nil { // where a crash was
		t.Fatal(err)
	}
	b, err = Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	names, entries, err := b.Entries()
	if err != nil || !slices.Equal(names, []string{"a", "b"}) || string(entries[0]) != "2" || string(entries[1]) != "3" {
		t.Errorf("%q, %q, %v", names, entries, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("%d files are left", len(left))
	}
}

func TestNamesThatAreNoFilesAreRefused(t *testing.T) {
	b, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "../a", "a/b", ".a", "a b", "a\x00"} {
		if b.Keep(name, nil) == nil || b.Strike(name) == nil {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestUnreadableEntryCostsNoOther(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Keep("b", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "a.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	names, _, err := b.Entries()
	if err == nil || !slices.Equal(names, []string{"b"}) {
		t.Errorf("%q, %v", names, err)
	}
}

// Who takes over may inherit thousands, and finds each after a restart. Some are over meanwhile.
func TestThousandsAreKeptAndStruckTogether(t *testing.T) {
	dir := t.TempDir()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	all, half := make(map[string][]byte), []string{"nobody"}
	for i := range 2000 {
		name := fmt.Sprintf("call-%04d", i)
		all[name] = fmt.Appendf(nil, "%d", i)
		if i%2 == 0 {
			half = append(half, name)
		}
	}
	all["../strange"] = nil
	if err := b.Update(all, nil); err == nil || !strings.Contains(err.Error(), "../strange") {
		t.Errorf("of a name that is no file it says %v", err)
	}
	if err := b.Update(map[string][]byte{"call-0001": []byte("one")}, half); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	names, entries, err := b.Entries()
	if err != nil || len(names) != 1000 || names[0] != "call-0001" || string(entries[0]) != "one" || string(entries[999]) != "1999" {
		t.Errorf("there are %d: %.50q, %.50q, %v", len(names), names, entries, err)
	}
}
