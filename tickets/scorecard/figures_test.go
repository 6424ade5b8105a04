package scorecard

import (
	"testing"
	"time"
)

// TestFiguresAreOfFirstReviewsAndSecondOnesAreHeldAgainstThem: and a mean of few tells nobody what they may not see yet.
func TestFiguresAreOfFirstReviewsAndSecondOnesAreHeldAgainstThem(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	card := func(agent string, reviews ...[]Answer) Card {
		c := Card{Agent: agent, Form: usual, Begun: at}
		for i, answers := range reviews {
			if err := c.Fill(string(rune('p'+i)), answers, "", true, at.Add(time.Duration(i)*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	cards := []Card{
		card("anna", say(1, 5, 1), say(0, 3, 1)), card("anna", say(0, 4, -1), say(0, 5, 1)), card("anna", say(1, 2, 1), say(1, 2, 1)),
		card("boris", say(1, 5, 1)), card("vera"),
	}
	sums := Sum(cards, "x", true, func(c *Card) string { return c.Agent })
	if len(sums) != 2 {
		t.Fatalf("sums are of %d", len(sums))
	}
	is := func(name string, got *float64, want float64) {
		t.Helper()
		if got == nil || *got-want > 1e-9 || want-*got > 1e-9 {
			t.Errorf("%s is %v, not %g", name, got, want)
		}
	}
	anna := sums["anna"]
	is("her score", anna.Share, (1+0.75*3/4+(1+3*0.25+2)/6)/3)
	is("greeted", anna.Criteria[0].Mean, 2.0/3)
	is("listened", anna.Criteria[1].Mean, 11.0/3)
	is("how much higher second ones are", anna.Criteria[1].Shift, (-2.0+1+0)/3)
	is("how far they are apart", anna.Criteria[1].Apart, 1)
	if c := anna.Criteria[2]; c.Answers != 2 || c.Pairs != 2 || anna.Reviews != 3 {
		t.Errorf("n/a counts: %+v of %d", c, anna.Reviews)
	}
	if b := sums["boris"]; b.Reviews != 1 || b.Share != nil || b.Criteria[0].Mean != nil || b.Criteria[0].Answers != 1 {
		t.Errorf("who may still review him sees %+v", b)
	}
	if b := Sum(cards, "p", true, func(c *Card) string { return c.Agent })["boris"]; b.Share == nil || *b.Share != 1 {
		t.Errorf("who has reviewed him sees %+v", b)
	}
	if b := Sum(cards[3:], "boris", false, func(c *Card) string { return c.Agent })["boris"]; b.Share == nil {
		t.Errorf("he himself sees %+v", b)
	}
	if b := Sum(cards[:1], "anna", false, func(c *Card) string { return c.Agent })["anna"].Criteria[0]; b.Mean == nil || *b.Mean != 1 || b.Pairs != 0 || b.Shift != nil || b.Apart != nil {
		t.Errorf("of the second reviewer an agent sees %+v", b)
	}
	if b := Sum(cards, "anna", true, func(*Card) string { return "" })[""].Criteria[0]; b.Pairs != 0 || b.Apart != nil || b.Answers != 4 {
		t.Errorf("of the second reviewer of her own calls one who oversees sees %+v", b)
	}
	five := []Card{card("boris", say(1, 5, -1)), card("boris", say(1, 4, -1)), card("boris", say(1, 3, -1)), card("boris", say(1, 2, -1)), card("boris", say(1, 1, 0))}
	if b := Sum(five, "x", true, func(c *Card) string { return c.Agent })["boris"]; b.Share == nil || b.Criteria[1].Mean == nil || b.Criteria[2].Answers != 1 || b.Criteria[2].Mean != nil {
		t.Errorf("of five, one of whom answered the last question, who may still review sees %+v", b)
	}
	younger := card("boris", say(1, 5, 1))
	younger.Begun, younger.Form.Sections = at.Add(time.Hour), usual.Sections[1:]
	if b := Sum(append(cards, younger), "p", true, func(c *Card) string { return c.Agent })["boris"]; len(b.Criteria) != 3 || b.Criteria[0].ID != "identity" || b.Criteria[1].Answers != 1 {
		t.Errorf("criteria of two versions are %+v", b.Criteria)
	}
}
