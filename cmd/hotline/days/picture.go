package days

import (
	"fmt"
	"html"
	"io"
	"strings"

	"hotline/queues/simulation"
)

// The picture: a panel for each queue, above what was promised and kept, below what the callers waited for.
const (
	pictureWidth, panelHeight   = 1000, 300
	plotLeft, plotWidth         = 80, 880
	titleTop, titleLine         = 24, 20
	levelTop, levelHeight       = 50, 110
	waitsTop, waitsHeight       = 180, 80
	legendHeight, legendColumns = 90, 4
)

// mark is an entry of the legend: a colour, and what it stands for.
type mark struct{ colour, words string }

// causeColours are those of the bars, by what kept callers waiting.
var causeColours = []string{
	simulation.Own: "#2b6cb0", simulation.Others: "#dd8a2b", simulation.WrapUp: "#6b8e23", simulation.Ringing: "#8a63d2",
	simulation.Elsewhere: "#b39ddb", simulation.Away: "#9e9e9e", simulation.Nobody: "#c0392b", simulation.Kept: "#000000",
}

// draw draws a panel for each queue under a title, as an SVG. The legend names the causes of waits where these are known.
func draw(w io.Writer, title string, causes bool, queues []Queue) error {
	var b strings.Builder
	lines := wrapped(title, 130)
	top := titleTop + titleLine*len(lines)
	height := top + legendHeight + panelHeight*len(queues)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" font-family="sans-serif" font-size="12">`+"\n", pictureWidth, height)
	fmt.Fprintf(&b, `<title>%s</title>`+"\n", html.EscapeString(title))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", pictureWidth, height)
	for i, line := range lines {
		fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="14">%s</text>`+"\n", plotLeft, titleTop+titleLine*i+4, html.EscapeString(line))
	}
	legend := []mark{{"#1a202c", "service level"}, {"#0f766e", "target"}}
	if causes {
		legend = append(legend, mark{"#a0aec0", "occupancy"}, mark{"none", "calls wait for:"})
		for _, c := range simulation.AllCauses() {
			legend = append(legend, mark{causeColours[c], c.Words()})
		}
	}
	for i, l := range legend {
		x, y := plotLeft+i%legendColumns*plotWidth/legendColumns, top+i/legendColumns*22
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="14" height="10" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n", x, y, l.colour, x+20, y+9, html.EscapeString(l.words))
	}
	for i, q := range queues {
		fmt.Fprintf(&b, `<g transform="translate(0 %d)">`+"\n", top+legendHeight+i*panelHeight)
		q.panel(&b)
		fmt.Fprintln(&b, `</g>`)
	}
	fmt.Fprintln(&b, `</svg>`)
	_, err := io.WriteString(w, b.String())
	return err
}

func (q Queue) panel(b *strings.Builder) {
	const slot = float64(plotWidth) / simulation.Slots
	share := func(v float64) float64 { return levelTop + levelHeight*(1-v) }
	line := func(colour string, width float64, figure func(Figures) *float64) {
		var path strings.Builder
		pen := "M"
		for i, f := range q.HalfHours {
			v := figure(f)
			if v == nil {
				pen = "M"
				continue
			}
			fmt.Fprintf(&path, "%s%.1f %.1fh%.1f", pen, plotLeft+float64(i)*slot, share(*v), slot)
			pen = "L"
		}
		fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="%g"/>`+"\n", path.String(), colour, width)
	}
	fmt.Fprintf(b, `<text x="%d" y="30" font-size="16">%s: %s within %.0f s, target %.0f %%; %.0f calls a day</text>`+"\n",
		plotLeft, html.EscapeString(string(q.ID)), percent(q.Day.ServiceLevel), q.Target.WithinS, 100*q.Target.Share, q.Day.Offered)
	for _, v := range []float64{0, 0.5, 1} {
		fmt.Fprintf(b, `<path d="M%d %.1fh%d" stroke="#e2e8f0"/><text x="%d" y="%.1f" text-anchor="end">%.0f %%</text>`+"\n", plotLeft, share(v), plotWidth, plotLeft-6, share(v)+4, 100*v)
	}
	line("#a0aec0", 1.5, func(f Figures) *float64 { return f.Occupancy })
	fmt.Fprintf(b, `<path d="M%d %.1fh%d" stroke="#0f766e" stroke-dasharray="4 4"/>`+"\n", plotLeft, share(q.Target.Share), plotWidth)
	line("#1a202c", 2.5, func(f Figures) *float64 { return f.ServiceLevel })

	q.bars(b, slot)
	for hour := 0; hour <= 24; hour += 3 {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%02d:00</text>`+"\n", plotLeft+float64(2*hour)*slot, waitsTop+waitsHeight+18, hour)
	}
}

// bars are how many wait on average, which is the time waited in the half hour ÷ its length. Of what really was that is not known.
func (q Queue) bars(b *strings.Builder, slot float64) {
	fmt.Fprintf(b, `<path d="M%d %dh%d" stroke="#1a202c"/>`+"\n", plotLeft, waitsTop+waitsHeight, plotWidth)
	if q.Day.Waits == nil {
		fmt.Fprintf(b, `<text x="%d" y="%d" fill="#718096">how many waited, and for what, is not known of what really was</text>`+"\n", plotLeft+8, waitsTop+waitsHeight-8)
		return
	}
	most := 0.0
	waiting := func(f Figures, c simulation.Cause) float64 {
		return f.Waits[c.String()] / simulation.Slot.Seconds()
	}
	for _, f := range q.HalfHours {
		sum := 0.0
		for _, c := range simulation.AllCauses() {
			sum += waiting(f, c)
		}
		most = max(most, sum)
	}
	for i, f := range q.HalfHours {
		y := float64(waitsTop + waitsHeight)
		for _, c := range simulation.AllCauses() {
			if v := waiting(f, c); v > 0 {
				h := v / most * waitsHeight
				y -= h
				fmt.Fprintf(b, `<rect x="%.1f" y="%.2f" width="%.1f" height="%.2f" fill="%s"/>`+"\n", plotLeft+float64(i)*slot+1, y, slot-2, h, causeColours[c])
			}
		}
	}
	scale := fmt.Sprintf("%.2g wait", most)
	if most >= 10 {
		scale = fmt.Sprintf("%.0f wait", most)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", plotLeft-6, waitsTop+8, scale)
}

// wrapped is a text in lines of some letters, broken between words.
func wrapped(text string, letters int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > letters {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
