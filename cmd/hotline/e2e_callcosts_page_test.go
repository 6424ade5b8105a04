package main

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// callFigures is what TestWhatACallCosts has measured.
type callFigures struct {
	agents, rounds int
	block          time.Duration
	idle           callCPU // in a second in which nobody calls
	rates          []atRate
	saturated      map[queueKind][]time.Duration // from an agent's end of a call to the next INVITE
	offers         []offeredBlock
}

// atRate are the blocks at one rate: of each kind two in each round, the first and the second half of it.
type atRate struct {
	rate   float64
	blocks map[queueKind][]callBlock
}

// offeredBlock is a block in which more comes than can be served, perhaps.
type offeredBlock struct {
	rate   float64
	by     queueKind
	block  callBlock
	lasted time.Duration
}

// servedPerSecond counts whom an agent had answered while calls still came.
func (o offeredBlock) servedPerSecond() float64 { return float64(o.block.soon) / o.lasted.Seconds() }

// pairs compares the blocks of two kinds in turn.
func (a atRate) pairs(k, beside queueKind, of func(callBlock) float64) (ratios []float64) {
	for i, b := range a.blocks[k] {
		ratios = append(ratios, of(b)/of(a.blocks[beside][i]))
	}
	return ratios
}

func cpuPerCall(b callBlock) float64 { return b.perCall(b.cpu.all()) }
func inviteP50(b callBlock) float64  { return quantile(b.invites, .5).Seconds() }

// control is app_queue beside itself: the second half of each round beside the first.
func (a atRate) control() float64 {
	var ratios []float64
	for i := 0; i+1 < len(a.blocks[byAppQueue]); i += 2 {
		ratios = append(ratios, cpuPerCall(a.blocks[byAppQueue][i+1])/cpuPerCall(a.blocks[byAppQueue][i]))
	}
	return middle(ratios)
}

// cpu is the median of the blocks, in milliseconds a call.
func (a atRate) cpu(k queueKind, of func(callCPU) time.Duration) float64 {
	var all []float64
	for _, b := range a.blocks[k] {
		all = append(all, b.perCall(of(b.cpu)))
	}
	return middle(all)
}

func (a atRate) requests() float64 {
	var all []float64
	for _, b := range a.blocks[byHotline] {
		all = append(all, b.requests/float64(b.offered))
	}
	return middle(all)
}

// invites are those of all blocks.
func (a atRate) invites(k queueKind) (all []time.Duration) {
	for _, b := range a.blocks[k] {
		all = append(all, b.invites...)
	}
	return all
}

// at are the blocks at a rate; false where it was not measured.
func (f callFigures) at(rate float64) (atRate, bool) {
	i := slices.IndexFunc(f.rates, func(a atRate) bool { return a.rate == rate })
	if i < 0 {
		return atRate{}, false
	}
	return f.rates[i], true
}

// knee is the highest offer of which everything was served, and as many calls before it; 0 where there is none.
func (f callFigures) knee(k queueKind) (knee float64) {
	for _, o := range f.offers {
		if o.by == k {
			if o.block.served < o.block.offered {
				break
			}
			knee = o.rate
		}
	}
	return knee
}

// storm is the least that was served at any offer beyond the best one, as a share of the best.
func (f callFigures) storm(k queueKind) float64 {
	best, least := 0.0, math.NaN()
	for _, o := range f.offers {
		if o.by != k {
			continue
		}
		if rate := o.servedPerSecond(); rate > best {
			best, least = rate, rate
		} else {
			least = min(least, rate)
		}
	}
	return least / best
}

// missing are the rates for which something is promised and that were not measured.
func (f callFigures) missing() (all []float64) {
	for _, rate := range []float64{20, 50} {
		if _, is := f.at(rate); !is {
			all = append(all, rate)
		}
	}
	return all
}

// busy says that the machine was too busy with other things.
func (a atRate) busy() bool { c := a.control(); return c < 0.95 || c > 1.05 }

// void says that the run says nothing.
func (f callFigures) void() bool { return slices.ContainsFunc(f.rates, atRate.busy) }

// notHeld is what less is held of than promised. A run that is void says nothing of that.
func (f callFigures) notHeld() (all []string) {
	tell := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if f.void() {
		for _, a := range f.rates {
			if a.busy() {
				tell("void: at %g calls/s app_queue beside itself makes %.3f, and must be within 0.95 to 1.05", a.rate, a.control())
			}
		}
		return all
	}
	for _, a := range f.rates {
		most := map[float64]float64{50: callCPU50AtMost, 20: callCPU20AtMost}[a.rate]
		if most == 0 {
			continue
		}
		if ratio := middle(a.pairs(byHotline, byAppQueue, cpuPerCall)); ratio > most {
			tell("not held: at %g calls/s a call takes %.2f times the CPU time of app_queue's, at most %.2f is promised", a.rate, ratio, most)
		}
		if n := a.requests(); n > callRequestsAtMost {
			tell("not held: at %g calls/s a call takes %.1f requests of ARI, at most %.0f are promised", a.rate, n, callRequestsAtMost)
		}
	}
	if a, is := f.at(20); is {
		all := a.invites(byHotline)
		if p50, p99 := quantile(all, .5), quantile(all, .99); p50 > callInviteP50 || p99 > callInviteP99 {
			tell("not held: INVITE to INVITE takes %s, p99 %s; promised are %s and %s", milliseconds(p50), milliseconds(p99), callInviteP50, callInviteP99)
		}
	}
	if p99 := quantile(f.saturated[byHotline], .99); p99 > callGapP99 {
		tell("not held: an agent who is free waits %s (p99) for the next INVITE, promised are %s", milliseconds(p99), callGapP99)
	}
	for _, o := range f.offers {
		if o.by == byHotline && o.rate <= callAllServedAt && o.block.served < o.block.offered {
			tell("not held: of %g calls/s %d are served of %d", o.rate, o.block.served, o.block.offered)
		}
	}
	if share := f.storm(byHotline); share < callStormAtLeast {
		tell("not held: beyond the knee %.2f of the best rate is served, promised are %.2f", share, callStormAtLeast)
	}
	return all
}

// line is all in one line.
func (f callFigures) line() string {
	var b strings.Builder
	b.WriteString("bench-calls")
	for _, a := range slices.Backward(f.rates) {
		ratios := a.pairs(byHotline, byAppQueue, cpuPerCall)
		low, high := bootstrap(ratios)
		fmt.Fprintf(&b, " cpu_ratio_%g=%.2f cpu_low_%g=%.2f cpu_high_%g=%.2f control_%g=%.3f", a.rate, middle(ratios), a.rate, low, a.rate, high, a.rate, a.control())
	}
	last := f.rates[len(f.rates)-1]
	first := f.rates[0]
	for _, a := range f.rates {
		if a.rate == 20 {
			first = a
		}
	}
	mine := first.invites(byHotline)
	gaps := f.saturated[byHotline]
	fmt.Fprintf(&b, " requests=%.1f gap_p50_ms=%.1f gap_p99_ms=%.1f invite_p50_ms=%.1f invite_p99_ms=%.1f invite_p50_ratio=%.2f knee=%g storm_served=%.2f app_queue_knee=%g agents=%d block_s=%.0f rounds=%d seed=%d cpus=%d",
		last.requests(), quantile(gaps, .5).Seconds()*1000, quantile(gaps, .99).Seconds()*1000, quantile(mine, .5).Seconds()*1000, quantile(mine, .99).Seconds()*1000,
		middle(first.pairs(byHotline, byAppQueue, inviteP50)), f.knee(byHotline), f.storm(byHotline), f.knee(byAppQueue), f.agents, f.block.Seconds(), f.rounds, *callSeed, runtime.NumCPU())
	return b.String()
}

// The section of README is between these two.
const (
	callSectionBegins = "<!-- bench-calls: written by make bench-calls -->"
	callSectionEnds   = "<!-- /bench-calls -->"
	callPicture       = ".github/calls.svg"
)

// write puts the table into README, and the picture beside it.
func (f callFigures) write(readme string) error {
	text, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	before, rest, begins := bytes.Cut(text, []byte(callSectionBegins))
	_, after, ends := bytes.Cut(rest, []byte(callSectionEnds))
	if !begins || !ends {
		return fmt.Errorf("%s lacks the two lines %s and %s", readme, callSectionBegins, callSectionEnds)
	}
	section := callSectionBegins + "\n" + f.table() + callSectionEnds
	return errors.Join(
		os.WriteFile(readme, slices.Concat(before, []byte(section), after), 0o644),
		os.WriteFile(filepath.Join(filepath.Dir(readme), callPicture), []byte(f.picture()), 0o644),
	)
}

var callKinds = []queueKind{byAppQueue, byHotline, byBare}

// table is in Markdown.
func (f callFigures) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "![CPU time of a call](%s)\n\n| | app_queue | Hotline | a bare ARI queue |\n|---|---|---|---|\n", callPicture)
	row := func(what string, cells ...string) {
		fmt.Fprintf(&b, "| %s | %s |\n", what, strings.Join(cells, " | "))
	}
	of := func(cell func(queueKind) string) (cells []string) {
		for _, k := range callKinds {
			cells = append(cells, cell(k))
		}
		return cells
	}
	for _, a := range f.rates {
		row(fmt.Sprintf("CPU a call at %g/s, ms: Asterisk + queue + PostgreSQL", a.rate), of(func(k queueKind) string {
			parts := fmt.Sprintf("%.1f", a.cpu(k, func(c callCPU) time.Duration { return c.asterisk }))
			if k != byAppQueue {
				parts += fmt.Sprintf(" + %.1f", a.cpu(k, func(c callCPU) time.Duration { return c.queue }))
			}
			if k == byHotline {
				parts += fmt.Sprintf(" + %.1f", a.cpu(k, func(c callCPU) time.Duration { return c.postgres }))
			}
			return parts
		})...)
		row("times app_queue's, median of pairs (95 %)", of(func(k queueKind) string {
			if k == byAppQueue {
				return fmt.Sprintf("beside itself %.3f", a.control())
			}
			ratios := a.pairs(k, byAppQueue, cpuPerCall)
			low, high := bootstrap(ratios)
			return fmt.Sprintf("%.2f (%.2f – %.2f)", middle(ratios), low, high)
		})...)
		row(fmt.Sprintf("INVITE to the agent's INVITE at %g/s, ms: p50 / p99", a.rate), of(func(k queueKind) string { return twoQuantiles(a.invites(k)) })...)
	}
	row("ARI requests a call", "–", fmt.Sprintf("%.1f", f.rates[len(f.rates)-1].requests()), "6")
	row("agent free to the next INVITE while callers wait, ms: p50 / p99", twoQuantiles(f.saturated[byAppQueue]), twoQuantiles(f.saturated[byHotline]), "–")
	for _, o := range f.offers {
		if o.by != byHotline {
			continue
		}
		row(fmt.Sprintf("served of %g/s offered for %.0f s: of all calls, and each second meanwhile", o.rate, o.lasted.Seconds()), of(func(k queueKind) string {
			for _, p := range f.offers {
				if p.by == k && p.rate == o.rate {
					return fmt.Sprintf("%d of %d, %.0f/s", p.block.served, p.block.offered, p.servedPerSecond())
				}
			}
			return "–"
		})...)
	}
	fmt.Fprintf(&b, "\nMeasured %s on %s, %d CPUs, which phones and desks share with what is measured: `make bench-calls RATES=\"%s\" AGENTS=%d BLOCK=%.0fs ROUNDS=%d OFFERS=\"%s\" SEED=%d`. %d agents with desks; ",
		time.Now().Format(time.DateOnly), processor(), runtime.NumCPU(), *callRates, f.agents, f.block.Seconds(), f.rounds, *callOffers, *callSeed, f.agents)
	fmt.Fprintf(&b, "talks are exponential with a mean of %.0f s, cut at %.0f s. While nobody calls, Asterisk takes %s a second, Hotline %s, PostgreSQL %s.\n",
		usualTalk.Seconds(), 4*usualTalk.Seconds(), milliseconds(f.idle.asterisk), milliseconds(f.idle.queue), milliseconds(f.idle.postgres))
	return b.String()
}

func twoQuantiles(of []time.Duration) string {
	short := func(d time.Duration) string { return strings.TrimSuffix(milliseconds(d), " ms") }
	return short(quantile(of, .5)) + " / " + short(quantile(of, .99))
}

// processor is the name of this machine's.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, is := strings.Cut(line, ":"); is && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// picture draws what a call takes, a bar for each kind at each rate, as SVG.
func (f callFigures) picture() string {
	const left, width, bar, gap, top = 190, 460, 18, 6, 34
	most := 0.0
	for _, a := range f.rates {
		for _, k := range callKinds {
			most = max(most, a.cpu(k, callCPU.all))
		}
	}
	parts := []struct {
		name, colour string
		of           func(callCPU) time.Duration
	}{
		{"Asterisk", "#4c78a8", func(c callCPU) time.Duration { return c.asterisk }},
		{"the queue", "#f58518", func(c callCPU) time.Duration { return c.queue }},
		{"PostgreSQL", "#54a24b", func(c callCPU) time.Duration { return c.postgres }},
	}
	var b strings.Builder
	height := top + len(f.rates)*(len(callKinds)*(bar+gap)+20) + 10
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", left+width+80, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/><text x="10" y="20">CPU ms a call</text>`+"\n")
	for i, p := range parts {
		fmt.Fprintf(&b, `<rect x="%d" y="10" width="12" height="12" fill="%s"/><text x="%d" y="20">%s</text>`+"\n", left+i*110, p.colour, left+i*110+17, p.name)
	}
	y := top
	for _, a := range f.rates {
		for _, k := range callKinds {
			fmt.Fprintf(&b, `<text x="10" y="%d">%g/s, %s</text>`, y+bar-5, a.rate, k)
			x := float64(left)
			for _, p := range parts {
				w := a.cpu(k, p.of) / most * width
				fmt.Fprintf(&b, `<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"/>`, x, y, w, bar, p.colour)
				x += w
			}
			fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.1f</text>`+"\n", x+5, y+bar-5, a.cpu(k, callCPU.all))
			y += bar + gap
		}
		y += 20
	}
	b.WriteString("</svg>\n")
	return b.String()
}
