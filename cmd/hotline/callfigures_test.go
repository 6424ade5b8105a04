package main

import (
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// goodFigures are of a run in which all is held: of each kind twice two blocks at a rate, of a thousand calls each.
func goodFigures() callFigures {
	times := func(d time.Duration) []time.Duration { return slices.Repeat([]time.Duration{d}, 100) }
	block := func(k queueKind, ms ...time.Duration) callBlock {
		each := func(i int) time.Duration { return ms[i] * 1000 * time.Millisecond }
		return callBlock{by: k, offered: 1000, served: 1000, cpu: callCPU{each(0), each(1), each(2)}, requests: 6000, invites: times(ms[3] * time.Millisecond)}
	}
	f := callFigures{agents: 200, block: 30 * time.Second, rounds: 2, saturated: map[queueKind][]time.Duration{byAppQueue: times(400 * time.Millisecond), byHotline: times(5 * time.Millisecond)}}
	for _, rate := range []float64{20, 50} {
		f.rates = append(f.rates, atRate{rate: rate, blocks: map[queueKind][]callBlock{
			byAppQueue: slices.Repeat([]callBlock{block(byAppQueue, 10, 0, 0, 5)}, 4),
			byHotline:  slices.Repeat([]callBlock{block(byHotline, 8, 3, 1, 8)}, 4),
			byBare:     slices.Repeat([]callBlock{block(byBare, 9, 1, 0, 6)}, 4),
		}})
	}
	for _, rate := range []int{80, 100, 150} {
		for _, k := range []queueKind{byAppQueue, byHotline} {
			all := rate * 10
			f.offers = append(f.offers, offeredBlock{rate: float64(rate), by: k, lasted: 10 * time.Second, block: callBlock{by: k, offered: all, served: min(all, 1000), refused: max(0, all-1000), soon: min(all, 1000)}})
		}
	}
	return f
}

// TestFiguresOfCallsTellWhatIsNotHeld, and stand in one line, in README's section and in a picture.
func TestFiguresOfCallsTellWhatIsNotHeld(t *testing.T) {
	each := func(f callFigures, k queueKind, change func(*callBlock)) {
		for _, a := range f.rates {
			for i := range a.blocks[k] {
				change(&a.blocks[k][i])
			}
		}
	}
	for name, c := range map[string]struct {
		change func(callFigures)
		told   []string // each begins so
	}{
		"all is held": {func(callFigures) {}, nil},
		"CPU time":    {func(f callFigures) { each(f, byHotline, func(b *callBlock) { b.cpu.postgres += 3 * time.Second }) }, []string{"not held: at 20 calls/s a call takes 1.50", "not held: at 50 calls/s a call takes 1.50"}},
		"a little":    {func(f callFigures) { each(f, byHotline, func(b *callBlock) { b.cpu.queue += time.Second }) }, []string{"not held: at 50 calls/s a call takes 1.30"}},
		"requests": {func(f callFigures) {
			f.rates[1].blocks[byHotline][0].requests, f.rates[1].blocks[byHotline][1].requests, f.rates[1].blocks[byHotline][2].requests = 13000, 13000, 13000
		}, []string{"not held: at 50 calls/s a call takes 13.0 requests"}},
		"the median INVITE": {func(f callFigures) {
			each(f, byHotline, func(b *callBlock) { b.invites = slices.Repeat([]time.Duration{17 * time.Millisecond}, 100) })
		}, []string{"not held: INVITE to INVITE takes 17 ms"}},
		"the latest INVITEs": {func(f callFigures) {
			b := f.rates[0].blocks[byHotline][0].invites
			b[0], b[1], b[2], b[3] = time.Second, time.Second, time.Second, time.Second
		}, []string{"not held: INVITE to INVITE takes 8.0 ms, p99 1000 ms"}},
		"an agent's waiting": {func(f callFigures) { g := f.saturated[byHotline]; g[0], g[1] = time.Second, time.Second }, []string{"not held: an agent who is free waits 1000 ms"}},
		"80 calls a second":  {func(f callFigures) { f.offers[1].block.served-- }, []string{"not held: of 80 calls/s 799 are served of 800"}},
		"a storm":            {func(f callFigures) { f.offers[5].block.soon = 900 }, []string{"not held: beyond the knee 0.90"}},
		"a busy machine": {func(f callFigures) {
			b := f.rates[0].blocks[byAppQueue]
			b[1].cpu.asterisk, b[3].cpu.asterisk = 11*time.Second, 11*time.Second
		}, []string{"void: at 20 calls/s app_queue beside itself makes 1.100"}},
	} {
		f := goodFigures()
		c.change(f)
		told := f.notHeld()
		if len(told) != len(c.told) || !slices.EqualFunc(told, c.told, strings.HasPrefix) {
			t.Errorf("%s: told is %q", name, told)
		}
	}

	f := goodFigures()
	for _, has := range []string{" cpu_ratio_50=1.20 ", " cpu_ratio_20=1.20 ", " requests=6.0 ", " gap_p99_ms=5.0 ", " invite_p50_ratio=1.60 ", " knee=100 ", " storm_served=1.00 "} {
		if !strings.Contains(f.line(), has) {
			t.Errorf("the line lacks %q: %s", has, f.line())
		}
	}
	readme := filepath.Join(t.TempDir(), "README.md")
	for range 2 { // a later run replaces what the one before has written
		text, err := os.ReadFile(readme)
		if err != nil {
			text = []byte("before\n" + callSectionBegins + "\n" + callSectionEnds + "\nafter\n")
		}
		err = errors.Join(os.WriteFile(readme, text, 0o644), os.MkdirAll(filepath.Dir(filepath.Join(filepath.Dir(readme), callPicture)), 0o755), f.write(readme))
		if err != nil {
			t.Fatal(err)
		}
	}
	text, _ := os.ReadFile(readme)
	picture, _ := os.ReadFile(filepath.Join(filepath.Dir(readme), callPicture))
	row := "| CPU a call at 50/s, ms: Asterisk + queue + PostgreSQL | 10.0 | 8.0 + 3.0 + 1.0 | 9.0 + 1.0 |\n"
	if !strings.HasPrefix(string(text), "before\n"+callSectionBegins) || !strings.HasSuffix(string(text), callSectionEnds+"\nafter\n") || strings.Count(string(text), row) != 1 {
		t.Errorf("README is\n%s", text)
	}
	if err := xml.Unmarshal(picture, new(struct {
		XMLName xml.Name `xml:"svg"`
	})); err != nil || strings.Count(string(picture), "<rect") != 1+3+6*3 {
		t.Errorf("the picture is no SVG of six bars: %v\n%s", err, picture)
	}
}
