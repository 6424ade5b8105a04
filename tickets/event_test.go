package tickets

import (
	"bytes"
	"os"
	"testing"
)

// Facts of an older Hotline lie in spools: whatever it wrote is read for ever.
func TestEachKindOfEventIsReadAsItWasWritten(t *testing.T) {
	written, err := os.ReadFile("testdata/facts-v1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Kind]bool{}
	for _, line := range bytes.Split(bytes.TrimSpace(written), []byte("\n")) {
		f, err := DecodeFact(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		again, err := f.Encode()
		if err != nil || !bytes.Equal(again, line) {
			t.Errorf("read and written again, %v:\n%s\nbecomes\n%s", err, line, again)
		}
		seen[f.Event.Kind()] = true
	}
	if len(seen) != 10 {
		t.Errorf("%d kinds were read, version 1 had ten", len(seen))
	}
}

func TestTwoEventsOfOneKindAreFoundBeforeTheProgramBegins(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a kind that is taken was defined again")
		}
	}()
	define[Arrived](once)
}
