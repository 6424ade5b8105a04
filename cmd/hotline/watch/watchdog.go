package watch

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Watchdog ends a Hotline that hangs, so that it is started anew: callers keep their places in Asterisk meanwhile. It is systemd that asks for it (WatchdogSec in
// the unit, sd_watchdog_enabled(3)), and two watch then:
//
//	Watchdog   looks at a Pulse each second. Where something has not answered for three quarters of systemd's time, it writes all
//	           goroutines to the log and ends the process
//	systemd    is told each second that the process runs (sd_notify(3)). It aborts one that has not said so for its whole time, which
//	           writes the goroutines as well
//
// What Hotline waits for elsewhere is no hang: a link that is lost or frozen, a database that is away, a disk that takes nothing.
type Watchdog struct {
	log    *slog.Logger
	within time.Duration // so long an answer may be owed, in looks
	pulse  atomic.Pointer[Pulse]

	systemd io.Writer
	dump    io.Writer
	end     func() // the process
}

const (
	dumpWithin = 3 * time.Second // the log has it to take what is written at the end
	tellWithin = beatEvery / 2   // systemd has it to take a word
	exitHung   = 2               // as of a panic
)

// NewWatchdog makes a watchdog where systemd asks for one, by the environment given; else it is nil, and of no use to anybody.
func NewWatchdog(environment func(string) string, log *slog.Logger) (*Watchdog, error) {
	limit, socket := environment("WATCHDOG_USEC"), environment("NOTIFY_SOCKET")
	if pid := environment("WATCHDOG_PID"); limit == "" || socket == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	us, err := strconv.ParseInt(limit, 10, 64)
	if err != nil || us <= 0 {
		return nil, fmt.Errorf("systemd's watchdog: WATCHDOG_USEC is %q", limit)
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("systemd's watchdog: %w", err)
	}
	return &Watchdog{
		log: log, within: time.Duration(us) * time.Microsecond * 3 / 4,
		systemd: patient{conn}, dump: os.Stderr, end: func() { os.Exit(exitHung) },
	}, nil
}

// Watch has a pulse looked at from now on, instead of the one before.
func (d *Watchdog) Watch(p *Pulse) {
	if d != nil {
		d.pulse.Store(p)
	}
}

// Run looks for as long as the process lives.
func (d *Watchdog) Run() {
	if d == nil {
		return
	}
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for said := false; ; <-tick.C {
		if p := d.pulse.Load(); p != nil {
			if hang := p.owing(d.within); len(hang) > 0 {
				d.abort(hang)
				return
			}
		}
		if _, err := io.WriteString(d.systemd, "WATCHDOG=1"); err != nil && !said {
			said = true
			d.log.Error("systemd is not told that this Hotline runs, and may end it", "err", err)
		}
	}
}

// abort ends the process, also where nobody reads its log.
func (d *Watchdog) abort(hang []string) {
	written := make(chan struct{})
	go func() {
		defer close(written)
		d.log.Error("this Hotline hangs, and ends to be started anew; all its goroutines follow", "stuck", strings.Join(hang, ", "), "for", d.within)
		_ = pprof.Lookup("goroutine").WriteTo(d.dump, 2)
	}()
	select {
	case <-written:
	case <-time.After(dumpWithin):
	}
	d.end()
}

// patient is systemd's socket, for which nobody waits long.
type patient struct{ *net.UnixConn }

func (p patient) Write(b []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(tellWithin))
	return p.UnixConn.Write(b)
}
