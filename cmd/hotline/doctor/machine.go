package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"hotline/agentapi/gate"
	accounts "hotline/agentapi/postgres"
	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/schema"
	"hotline/telephony/asterisk"
	"hotline/tickets/spool"
)

// premises are where Hotline runs, or is going to.
type premises struct {
	file       string       // the configuration
	addresses  []netip.Addr // by which others reach it
	openFiles  uint64       // that a process may have
	systemd    bool         // it runs here
	units      []string     // folders in which systemd looks, the first first
	recordings string       // where Asterisk keeps callers' messages, where it is on this machine
	synced     func() error // whether its clock is kept right
}

func thisMachine(file string) premises {
	m := premises{
		file: file, recordings: "/var/spool/asterisk/recording", synced: synchronised,
		units: []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"},
	}
	if whole, err := filepath.Abs(file); err == nil {
		m.file = whole
	}
	_, err := os.Stat("/run/systemd/system")
	m.systemd = err == nil
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		m.openFiles = limit.Max // a program of Go takes all that it may
	}
	networks, _ := net.InterfaceAddrs()
	for _, n := range networks {
		if network, err := netip.ParsePrefix(n.String()); err == nil && network.Addr().IsGlobalUnicast() {
			m.addresses = append(m.addresses, network.Addr())
		}
	}
	return m
}

// synchronised asks the kernel whether anybody keeps its clock right.
func synchronised() error {
	var state unix.Timex
	if status, err := unix.Adjtimex(&state); err == nil && status == unix.TIME_ERROR {
		return errors.New("nothing keeps this machine's clock right")
	}
	return nil
}

// time looks at the clocks beside the database's, and at the zone by which queues open.
func (m premises) time(ctx context.Context, c config.Config, there *asterisk.Examination, ari error) []finding {
	all := []finding{{
		what: "clock of this machine", err: m.synced(), warns: true,
		advice: "Run an NTP client, such as systemd-timesyncd or chrony: promises, waiting times and figures come from this clock. In a container it is the host's matter.",
	}}
	if ari == nil {
		clock := finding{what: "clock of Asterisk", advice: "Keep both machines on NTP: a caller's waiting time begins by Asterisk's clock and ends by this one."}
		now, err := there.Clock(ctx)
		if off := time.Since(now).Abs(); err != nil {
			clock.err = whoIsRefused(c, err)
		} else if off > 3*time.Second { // it says whole seconds
			clock.err = fmt.Errorf("it is %s away from this machine's", off.Round(time.Second))
		}
		all = append(all, clock)
	}
	zone := finding{what: "time zone", warns: true, advice: "Say by whose clock the line works: line.timezone: Europe/Moscow, for one."}
	if c.Line.Timezone == "" {
		for _, q := range c.Queues {
			if q.Hours != nil || q.Callback.Hours != nil {
				name, _ := time.Now().Zone()
				zone.err = fmt.Errorf("queue %s opens and closes by this machine's clock (%s), for line.timezone is not set", q.ID, name)
				break
			}
		}
	}
	return append(all, zone)
}

const (
	fewNumbersLeft = 1000    // ticket numbers: some hours of a busy line without the database
	littleDisk     = 1 << 30 // bytes
	filesAlways    = 512     // open at any size: the spool, the journal, the database, Asterisk
	filesPerPerson = 6       // a page, its stream, and what it loads, in two tabs
)

// keeps looks at what Hotline keeps on this machine, and whether there is room for more.
func (m premises) keeps(c config.Config) []finding {
	found, err := spool.Look(c.Spool)
	aside := finding{what: "facts set aside", err: err, advice: "Their lines say why the database refused them. `runuser -u hotline -- hotline facts list` shows them. Once the reason is gone `runuser -u hotline -- hotline facts retry` has the database take them; bring what it refuses again into the tickets by hand, and then move the file away."}
	if err == nil && found.Aside > 0 {
		aside.err = fmt.Errorf("%d facts were refused by the database for ever, and stand in %s", found.Aside, found.AsideFile)
	}
	numbers := finding{what: "ticket numbers in reserve", warns: true, advice: "They are fetched while the database is there: let Hotline run with it for a minute, and look at its log."}
	if err == nil && found.Numbers >= 0 && found.Numbers < fewNumbersLeft {
		numbers.err = fmt.Errorf("%d are left: when the database is away longer than these last, calls have tickets without a number", found.Numbers)
	}
	all := []finding{aside, numbers, roomOn("disk of the spool", c.Spool)}
	if c.Asterisk.Reserve != "" {
		all = append(all, unreadOf(c.Asterisk.Reserve))
	}
	if _, err := os.Stat(m.recordings); err == nil {
		all = append(all, roomOn("disk of the recordings", m.recordings))
	}
	needed := uint64(filesAlways + filesPerPerson*len(c.People))
	files := finding{what: "open files", advice: fmt.Sprintf("Raise the limit: LimitNOFILE=%d in the unit, or ulimit -n %[1]d before Hotline is started by hand.", max(needed, 65536))}
	may := m.openFiles
	if u, err := m.readUnit(); err == nil && u.openFiles > 0 {
		may = u.openFiles
	}
	if may < needed {
		files.err = fmt.Errorf("a process may have %d, and %d people need about %d: beyond that no page is reached", may, len(c.People), needed)
	}
	return append(all, files)
}

// unreadOf looks for lines of the reserve mode that Hotline could not read.
func unreadOf(reserve string) finding {
	unread := finding{what: "calls of the reserve mode", warns: true, advice: "Each line is a call that has no ticket: see in it who called, and when (the third field, in seconds since 1970). Then move the file away."}
	kept, err := filepath.Glob(reserve + ".unread*")
	if err == nil && len(kept) > 0 {
		err = fmt.Errorf("lines that cannot be read stand in %s", strings.Join(kept, ", "))
	}
	unread.err = err
	return unread
}

func roomOn(what, dir string) finding {
	disk, err := spool.DiskOf(dir)
	f := finding{what: what, err: err, advice: "Make room on " + dir + ", or put it on a larger disk: when it is full, nothing more is kept while the database is away, and no message is recorded."}
	if err == nil && disk.Free < littleDisk {
		f.err = fmt.Errorf("%d MB of %d MB are free", disk.Free>>20, disk.Size>>20)
	}
	return f
}

// tryPeople asks the database whether it would take everybody, and changes nothing.
func tryPeople(ctx context.Context, c config.Config) finding {
	f := finding{what: "people", advice: "Whoever is named cannot sign in, and all others can: write them otherwise under people."}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	pool, err := pgxpool.New(ctx, c.Database.URL.Text())
	if err != nil {
		f.err = schema.OneLine(err)
		return f
	}
	defer pool.Close()
	var all []gate.Account
	for _, p := range c.People {
		all = append(all, p.Account())
	}
	err = accounts.New(pool).Try(ctx, all)
	var not gate.NotSeated
	if !errors.As(err, &not) {
		if err != nil {
			f.err = schema.OneLine(err)
		}
		return f
	}
	var told []string
	for _, p := range c.People {
		for _, refusal := range not {
			if refusal.Account == config.AccountOf(p.ID) {
				told = append(told, string(p.ID)+" cannot be seated: "+schema.OneLine(refusal.Why).Error())
			}
		}
	}
	f.err = errors.New(strings.Join(told, "; "))
	return f
}
