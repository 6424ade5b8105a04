package private

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hotline/deploy"
)

// AsteriskOptions say what a private Asterisk should be like. The zero value but for the number will do.
type AsteriskOptions struct {
	// Number is what customers dial: digits, or E.164 with a plus sign; both ways of writing it reach the line, and so do those of Dialled.
	Number  string
	Dialled []string
	// Prompts become sounds "hotline/<name>" in each language.
	Prompts Prompts
	// Address is where SIP, ARI, the phones' websockets and media listen: 127.0.0.1, if "". The media of a phone in a page
	// alone goes over the machine's other addresses: neither Asterisk nor a browser offers one on loopback (RFC 8445, 5.1.1.1).
	Address string
	// SIPPort and HTTPPort are taken as they are; 0 chooses a free one.
	SIPPort, HTTPPort int
	// MediaPorts is how many ports media may use, four for each call of two legs: 4000, if 0.
	MediaPorts int
	// Patience is how many seconds a call rings while Hotline is away, before the reserve mode: 10, if 0.
	Patience int
	// Ring are whom the reserve mode rings, and Message is how many seconds a message of a caller may last whom nobody has answered: 0 takes none.
	Ring    []deploy.Ring
	Message int
	// Pocket is the number at which agents sign in by phone; "" is none.
	Pocket string
}

// Asterisk is a running private Asterisk.
//
//	StartAsterisk ──► running ──Kill──► dead ──Start──► running ──Stop──► gone, its folder too
type Asterisk struct {
	ARIURL      string // "http://127.0.0.1:7010/ari"
	ARIUser     string
	ARIPassword string
	SIPAddr     string // "127.0.0.1:7000", UDP and TCP: for customers and phones alike
	WSURL       string // "ws://127.0.0.1:7010/ws": for phones in a page
	Number      string // what customers dial at SIPAddr

	Dir         string // its folder, as this process sees it
	Log         string // a file in it: Asterisk's notices, warnings and errors
	Recordings  string // a folder in it: what ARI records
	ReserveFile string // a file in it: the calls that the dialplan had to handle alone; see extensions.conf.tmpl

	in    installation
	inner string // the folder, as Asterisk sees it
	ports *ports
	free  func() // gives up the folder's lock
	child *child // the process: replaced by Start
}

// startTime is far more than Asterisk needs on a busy machine.
const startTime = 30 * time.Second

var dialable = regexp.MustCompile(`^\+?[0-9]{1,15}$`)

// StartAsterisk writes a configuration with new secrets into a folder of its own, speaks the
// prompts that are new to this machine, starts Asterisk, and returns when it answers ARI: about two seconds.
func StartAsterisk(ctx context.Context, opt AsteriskOptions) (*Asterisk, error) {
	a, err := startAsterisk(ctx, opt)
	if err != nil {
		return nil, fmt.Errorf("private Asterisk: %w", err)
	}
	return a, nil
}

func startAsterisk(ctx context.Context, opt AsteriskOptions) (_ *Asterisk, err error) {
	if err := opt.settle(); err != nil {
		return nil, err
	}
	in, err := findAsterisk()
	if err != nil {
		return nil, err
	}
	sounds, err := speak(ctx, opt.Prompts)
	if err != nil {
		return nil, err
	}
	a := &Asterisk{in: in, Number: opt.Number, ARIUser: "hotline", ARIPassword: rand.Text()}
	defer func() {
		if err != nil {
			a.remove()
		}
	}()
	if a.ports, err = takePorts(opt.Address, opt.SIPPort, opt.HTTPPort, opt.MediaPorts); err != nil {
		return nil, err
	}
	if err = a.moveIn(); err != nil {
		return nil, err
	}
	a.SIPAddr = net.JoinHostPort(opt.Address, strconv.Itoa(a.ports.sip))
	web := net.JoinHostPort(opt.Address, strconv.Itoa(a.ports.http))
	a.ARIURL, a.WSURL = "http://"+web+"/ari", "ws://"+web+"/ws"
	if err = a.fill(opt, sounds); err != nil {
		return nil, err
	}
	return a, a.Start(ctx)
}

// settle fills in the usual values where none are given.
func (opt *AsteriskOptions) settle() error {
	if !dialable.MatchString(opt.Number) {
		return fmt.Errorf("number %q is not one to 15 digits, with or without a plus sign", opt.Number)
	}
	if opt.Address == "" {
		opt.Address = "127.0.0.1"
	}
	if ip := net.ParseIP(opt.Address); ip == nil || ip.IsUnspecified() || ip.To4() == nil {
		return fmt.Errorf("address %q is not an IPv4 address of this machine", opt.Address)
	}
	if opt.MediaPorts == 0 {
		opt.MediaPorts = 4000
	}
	if opt.Patience == 0 {
		opt.Patience = 10
	}
	opt.Prompts = withReserve(opt.Prompts)
	return nil
}

// withReserve adds the one prompt that the dialplan itself says.
func withReserve(given Prompts) Prompts {
	all := Prompts{
		"ru": {"reserve": "Здравствуйте. К сожалению, сейчас мы не можем соединить вас со специалистом. Ваш звонок зарегистрирован. Пожалуйста, позвоните немного позже."},
		"en": {"reserve": "Hello. We are sorry that we cannot connect you at the moment. Your call has been registered. Please call again a little later."},
	}
	for language, texts := range given {
		if all[language] == nil {
			all[language] = make(map[string]string)
		}
		for name, text := range texts {
			all[language][name] = text
		}
	}
	return all
}

// Start starts it again after Kill, with the same addresses, secrets and sounds.
// Provisioned phones and registrations are forgotten, as after any restart of Asterisk.
func (a *Asterisk) Start(ctx context.Context) error {
	console, err := os.OpenFile(filepath.Join(a.Dir, "log", "console"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer console.Close()
	cmd := a.in.command("-f", "-C", a.configuration())
	cmd.Stdout, cmd.Stderr = console, console
	// Nobody is left to hear what it would say on its way out.
	if a.child, err = startChild(cmd, syscall.SIGKILL); err != nil {
		return err
	}
	return a.awaitARI(ctx)
}

func (a *Asterisk) awaitARI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		err := a.askARI(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-a.child.done:
			return fmt.Errorf("asterisk ended at once (%s); its log says:\n%s\n%s", a.child.ended(), tail(filepath.Join(a.Dir, "log", "console")), tail(a.Log))
		case <-ctx.Done():
			a.Kill()
			return fmt.Errorf("asterisk does not answer at %s: %w; its log says:\n%s", a.ARIURL, err, tail(a.Log))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (a *Asterisk) askARI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.ARIURL+"/asterisk/info", nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(a.ARIUser, a.ARIPassword)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}

// PID is the process's id.
func (a *Asterisk) PID() int { return a.child.pid() }

// Ended is closed when the process has ended, for whatever reason.
func (a *Asterisk) Ended() <-chan struct{} { return a.child.done }

// CLI runs a console command ("core show channels concise") and returns what it prints.
func (a *Asterisk) CLI(ctx context.Context, command string) (string, error) {
	cmd := a.in.command("-C", a.configuration(), "-rx", command)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	child, err := startChild(cmd, syscall.SIGKILL)
	if err != nil {
		return "", err
	}
	select {
	case <-child.done:
	case <-ctx.Done():
		child.signal(syscall.SIGKILL)
		return "", fmt.Errorf("asterisk's console, %q: %w", command, context.Cause(ctx))
	}
	if !cmd.ProcessState.Success() {
		return "", fmt.Errorf("asterisk's console, %q: %s: %s", command, child.ended(), strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// Kill ends it as a crash would. Start begins anew.
func (a *Asterisk) Kill() {
	a.child.signal(syscall.SIGKILL)
	<-a.child.done
}

// Stop ends it and removes its folder. It lets Asterisk hang up what still talks, until ctx ends.
func (a *Asterisk) Stop(ctx context.Context) error {
	a.child.signal(syscall.SIGTERM)
	select {
	case <-a.child.done:
	case <-ctx.Done():
		a.Kill()
	}
	return a.remove()
}

// remove leaves nothing of the instance. It is safe for one that never got far.
func (a *Asterisk) remove() error {
	if a.child != nil {
		a.Kill() // no harm to one that has ended
	}
	var err error
	if a.Dir != "" {
		err = removeAll(a.Dir)
	}
	if a.free != nil {
		a.free()
	}
	if a.ports != nil {
		a.ports.release()
	}
	return err
}

func (a *Asterisk) configuration() string { return filepath.Join(a.inner, "etc", "asterisk.conf") }
