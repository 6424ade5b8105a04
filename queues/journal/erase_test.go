package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hotline/queues"
)

func TestAPersonIsErasedFromAllDaysAndTheyAreDecidedAsBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, firstDay+suffix+halfway), []byte("+74951230001"), 0o600); err != nil {
			t.Fatal(err)
		}
		l := start(t, dir, Options{})
		l.tell(comes("anna")...)
		calls := func(id queues.RequestID, number, customer string) {
			l.tell(queues.Enqueued{Request: queues.Request{ID: id, Queue: "line", Caller: number, Party: customer}})
			time.Sleep(time.Minute)
			l.tell(queues.Abandoned{Request: id})
		}
		calls("c1", "+74951230001", "customer-1")
		calls("c2", "+749512300012", "customer-2") // whose number begins like the other
		time.Sleep(24 * time.Hour)
		calls("c3", "+74951230001", "customer-1")
		synctest.Wait()
		before := decided(t, dir, firstDay, secondDay)
		err := l.writer.Erase(t.Context(), map[string]string{"+74951230001": "erased-1", "customer-1": "erased-2"})
		if err != nil {
			t.Fatal(err)
		}
		calls("c4", "+74951230003", "customer-3") // the file goes on
		l.stop()
		after := decided(t, dir, firstDay, secondDay)
		if !strings.HasPrefix(after[1], before[1]) || after[0] != before[0] || before[0] == "" {
			t.Errorf("decided before:\n%s\nand after:\n%s", before, after)
		}
		all := ""
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all += string(text)
		}
		for text, want := range map[string]int{`+74951230001"`: 0, "customer-1": 0, "erased-1": 2, "+749512300012": 1, "+74951230003": 1} {
			if n := strings.Count(all, text); n != want {
				t.Errorf("%s stands %d times in the journals, want %d", text, n, want)
			}
		}
		if len(files) != 2 {
			t.Errorf("the files are %v", files)
		}
	})
}

// decided are the digests of what was decided on each day, a day a text; a replay must agree with each.
func decided(t *testing.T, dir string, days ...string) (texts []string) {
	t.Helper()
	for _, day := range days {
		r, steps := replay(t, dir, day)
		if r.Different > 0 {
			t.Errorf("%s: %+v", day, r)
		}
		var b strings.Builder
		for _, s := range steps {
			b.WriteString(s.Line.Decided + " ")
		}
		texts = append(texts, b.String())
	}
	return texts
}
