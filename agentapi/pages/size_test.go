package pages

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// firstLoad is how much a desk may take before it shows itself, compressed as it is sent: an agent opens it over whatever line they have.
const firstLoad = 200 << 10

var (
	named    = regexp.MustCompile(`(?:src|href)="/(assets/[^"]+\.(?:js|css))"`)
	imported = regexp.MustCompile(`(?:from|import)\s*"(\./[^"]+\.js)"`)
	phone    = regexp.MustCompile(`^JsSIP.*\.js$`) // which a desk with a phone in it asks for at once
)

func TestFirstLoadOfTheDeskStaysSmall(t *testing.T) {
	index, err := fs.ReadFile(FS(), "index.html")
	if err != nil {
		t.Fatal("the pages are not built into this program: make pages")
	}
	sizes := map[string]int{}
	var load func(name string)
	load = func(name string) {
		if _, done := sizes[name]; done {
			return
		}
		text, err := fs.ReadFile(FS(), name)
		if err != nil {
			t.Fatal(err)
		}
		var sent bytes.Buffer
		z := gzip.NewWriter(&sent)
		_, _ = z.Write(text)
		_ = z.Close()
		sizes[name] = sent.Len()
		for _, m := range imported.FindAllSubmatch(text, -1) {
			load(path.Join(path.Dir(name), string(m[1])))
		}
	}
	for _, m := range named.FindAllSubmatch(index, -1) {
		load(string(m[1]))
	}
	assets, err := fs.ReadDir(FS(), "assets")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range assets {
		if phone.MatchString(a.Name()) {
			load("assets/" + a.Name())
		}
	}
	all, script := 0, false
	for name, size := range sizes {
		all += size
		script = script || strings.HasSuffix(name, ".js")
	}
	t.Logf("%d bytes: %v", all, sizes)
	if !script || all > firstLoad {
		t.Errorf("the first load is %d bytes, and may be %d: %v", all, firstLoad, sizes)
	}
}
