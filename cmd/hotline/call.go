package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"hotline/telephony/softphone"
)

type callCommand struct {
	To     string        `arg:"" help:"Whom to call: sip:+74950000100@127.0.0.1:5060"`
	From   string        `default:"+79160000000" help:"The caller's number."`
	Name   string        `help:"The caller's name."`
	Digits string        `help:"What to type after the answer; a comma waits a second: ,,1,,,3"`
	For    time.Duration `default:"20s" help:"How long to stay on the line."`
	Save   string        `type:"path" help:"A WAV file for what is heard."`
	Tone   int           `help:"A tone to play to the other end, in Hz."`
}

// ringTime is longer than Asterisk's dialplan waits for Hotline.
const ringTime = 30 * time.Second

// Run places the call and says what became of it.
func (c callCommand) Run(ctx context.Context, log *slog.Logger) error {
	to, server, err := c.target()
	if err != nil {
		return err
	}
	if wrong := strings.Trim(c.Digits, "0123456789*#,"); wrong != "" {
		return fmt.Errorf("--digits: %q is no key of a telephone, nor a comma", wrong)
	}
	there, enough := context.WithTimeout(ctx, 3*time.Second)
	err = softphone.Ping(there, server)
	enough()
	if errors.Is(err, softphone.ErrNobodyListens) { // SIP would try for half a minute
		return fmt.Errorf("call %s: %w", c.To, err)
	}
	phone, err := softphone.New(softphone.Options{User: "hotline-call", Server: server, Keep: c.For, Log: log})
	if err != nil {
		return err
	}
	defer phone.Close()
	ringing, cancel := context.WithTimeout(ctx, ringTime)
	defer cancel()
	call, err := phone.Call(ringing, to, softphone.CallOptions{From: c.From, FromName: c.Name})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("call %s: no answer within %s", c.To, ringTime)
	}
	if err != nil {
		return fmt.Errorf("call %s: %w", c.To, err)
	}
	times := call.Times()
	fmt.Printf("answered after %s\n", times.Answered.Sub(times.Invited).Round(time.Millisecond))
	if c.Tone > 0 {
		err = call.PlayTone(c.Tone)
	}
	stay, cancel := context.WithTimeout(ctx, c.For)
	defer cancel()
	err = errors.Join(err, c.typeDigits(stay, call))
	select {
	case <-call.Done():
		fmt.Println("the other end hung up")
	case <-stay.Done():
		hangup, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, call.Hangup(hangup))
	}
	times = call.Times()
	fmt.Printf("%s on the line, %d packets of sound heard\n", times.Ended.Sub(times.Answered).Round(10*time.Millisecond), call.Received())
	if c.Save != "" {
		err = errors.Join(err, call.SaveWAV(c.Save))
	}
	return err
}

// target takes a SIP address apart.
func (c callCommand) target() (to, server string, err error) {
	noAddress := fmt.Errorf("%q is no SIP address: sip:NUMBER@HOST:PORT", c.To)
	u, err := url.Parse(c.To)
	if err != nil || u.Scheme != "sip" || u.RawQuery != "" {
		return "", "", noAddress
	}
	user, host, found := strings.Cut(u.Opaque, "@")
	if !found || user == "" || host == "" {
		return "", "", noAddress
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), "5060")
	}
	if _, port, err := net.SplitHostPort(host); err != nil || strings.Trim(port, "0123456789") != "" || port == "" {
		return "", "", noAddress
	}
	return user, host, nil
}

func (c callCommand) typeDigits(ctx context.Context, call *softphone.Call) error {
	for _, key := range c.Digits {
		if key != ',' {
			if err := call.Digits(ctx, string(key)); err != nil {
				return fmt.Errorf("digits: %w", err)
			}
			continue
		}
		select {
		case <-call.Done():
			return nil
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
	return nil
}
