package days

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// texts are what is written on a picture: each text, with how far to the left it reaches, at 7 px a letter.
func texts(t *testing.T, svg []byte) (all []string, left float64) {
	t.Helper()
	var text *xml.StartElement
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, left
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			text = nil
			if e.Name.Local == "text" || e.Name.Local == "title" {
				copied := e.Copy()
				text = &copied
			}
		case xml.CharData:
			if text == nil || strings.TrimSpace(string(e)) == "" {
				continue
			}
			all = append(all, string(e))
			for _, a := range text.Attr {
				if x, err := strconv.ParseFloat(a.Value, 64); a.Name.Local == "x" && err == nil && slices.ContainsFunc(text.Attr, func(a xml.Attr) bool { return a.Value == "end" }) {
					left = min(left, x-7*float64(len([]rune(string(e)))))
				}
			}
		}
	}
}

func TestThePictureOfAReplaySaysTheDayTheChangesAndOnlyWhatIsKnown(t *testing.T) {
	dir, _ := journalled(t, nil)
	unchanged := Replay{Journal: dir, Day: anyDay, Seed: 1}
	changes := unchanged
	changes.Add, changes.Without, changes.Seed = []string{"anna*2@09:00-18:00"}, []string{"day-1"}, 7
	const unknown = "how many waited, and for what, is not known of what really was"
	for _, x := range []struct {
		c      Replay
		title  string
		unsaid []string
	}{
		{unchanged, anyDay + " as it was", []string{"occupancy", "own calls", "Simulated: 1 days, seed 0"}},
		{changes, anyDay + ", and again with: without day-1; more: anna*2@09:00-18:00 (seed 7)", nil},
	} {
		var svg bytes.Buffer
		if err := Write(&svg, "svg", replayed(t, x.c)); err != nil {
			t.Fatal(err)
		}
		all, left := texts(t, svg.Bytes())
		times := 0
		for _, text := range all {
			if text == unknown {
				times++
			}
			if text == "0 wait" || slices.Contains(x.unsaid, text) {
				t.Errorf("it says %q", text)
			}
		}
		if all[0] != x.title || all[1] != x.title || times != 3 {
			t.Errorf("its title is %q, above it stands %q, and of %d queues the waits are not known", all[0], all[1], times)
		}
		if left < 0 {
			t.Errorf("a text is cut off %g px from the left", -left)
		}
	}
}

func TestALongTitleIsBrokenBetweenWords(t *testing.T) {
	if got := wrapped("more: anna*2@09:00-18:00; without boris", 26); !slices.Equal(got, []string{"more: anna*2@09:00-18:00;", "without boris"}) {
		t.Errorf("%q", got)
	}
}

func TestASimulatedPictureNamesItsDaysAndCutsNoLabelOff(t *testing.T) {
	all, left := texts(t, simulateExample(t, example, "svg"))
	if all[0] != "Simulated: 20 days, seed 1" || left < 0 {
		t.Errorf("%q, %g", all[0], left)
	}
}
