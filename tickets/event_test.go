package tickets

import (
	"bytes"
	"os"
	"reflect"
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
		if _, isCall := f.Channel.(Call); f.Contact != "01956fd5-9180-7a3b-8c1d-000000000001" || !isCall {
			t.Errorf("%s: contact %q by %T", line, f.Contact, f.Channel)
		}
		again, err := f.Encode()
		want := bytes.Replace(line, []byte(`"v":1,"call":"01956fd5-9180-7a3b-8c1d-000000000001"`), []byte(`"v":2,"contact":"01956fd5-9180-7a3b-8c1d-000000000001","channel":"call"`), 1)
		if err != nil || !bytes.Equal(again, want) {
			t.Errorf("read and written again, %v:\n%s\nbecomes\n%s", err, line, again)
		}
		if same, err := DecodeFact(again); err != nil || !reflect.DeepEqual(same, f) {
			t.Errorf("%s is read as %+v, %v", again, same, err)
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
