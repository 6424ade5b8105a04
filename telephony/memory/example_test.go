package memory_test

import (
	"context"
	"fmt"
	"time"

	"hotline/telephony"
	"hotline/telephony/memory"
)

// department is a line with one menu and one phone.
type department struct{}

func (department) Serve(ctx context.Context, c *telephony.Call) {
	if err := c.Answer(ctx); err != nil {
		return
	}
	digit, err := c.Menu(ctx, telephony.Menu{Prompt: telephony.Say("en", "greeting", "menu"), Choices: "12"})
	if err != nil {
		return
	}
	leg, err := c.Dial(ctx, telephony.Address("phone:"+string(digit)), c.From(), c.Name(), 20*time.Second)
	if err != nil {
		return
	}
	by, _ := c.Converse(leg.As(telephony.Agent)).Talk(ctx)
	fmt.Println("the talk was ended by the caller:", by == telephony.Caller)
}

// In real time, too: a test elsewhere would run in testing/synctest.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	sw := memory.New(memory.Options{Sound: 10 * time.Millisecond})
	ended := make(chan error)
	go func() { ended <- sw.Run(ctx, department{}) }()
	_ = sw.Await(ctx, sw.Connected) // digits that nobody listens to are lost

	phone := sw.Phone("2")
	phone.Answers(0)
	ivan := sw.Call(
		telephony.Number{E164: "+78005550123", Raw: "+78005550123", Kind: telephony.Full},
		telephony.Number{E164: "+78005550100", Raw: "+78005550100", Kind: telephony.Full},
	)
	ivan.Type("2") // ahead: the menu is not even played
	_ = sw.Await(ctx, func() bool { return ivan.HearsPhone(phone) })
	ivan.Hangup()
	_ = sw.Await(ctx, func() bool { return phone.State() == memory.Idle })

	stop()
	fmt.Println(<-ended)
	fmt.Println(sw.Leftovers())
	// Output:
	// the talk was ended by the caller: true
	// <nil>
	// 0 0
}
