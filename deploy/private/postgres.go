package private

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a private cluster, with one database named hotline. It listens on a unix socket alone, in a folder
// that only its user and root may enter; hence no password.
//
//	StartPostgres ──► running ──Stop, Kill──► ended ──Start──► running
//
// The folder survives it: the next StartPostgres there goes on with its data.
type Postgres struct {
	dir    string // ours, with all the rest in it
	bin    string // PostgreSQL's programs
	socket string // the folder of its socket: there while it runs
	as     *syscall.Credential
	free   func() // gives up the folder's lock, which is ours while it runs; nil when it does not
	child  *child // the postmaster: replaced by Start
}

// StateDir is where a private cluster of the current user may live for long: a folder of root's own, /root for
// example, is no place that PostgreSQL's user could enter.
func StateDir() (string, error) {
	if os.Getuid() == 0 {
		return "/var/lib/hotline", nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "hotline"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state", "hotline"), err
}

// StartPostgres starts the cluster in dir, which it makes where there is none, and returns when it answers. A
// server that a dead Hotline left there is stopped first. When we are root, it runs as the user postgres.
func StartPostgres(ctx context.Context, dir string) (*Postgres, error) {
	p, err := startPostgres(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL: %w", err)
	}
	return p, nil
}

func startPostgres(ctx context.Context, dir string) (_ *Postgres, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	// The kernel tells where a process works without links, and so must we.
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir, socket: socketDir(dir)}
	if p.bin, err = findPostgres(); err != nil {
		return nil, err
	}
	if p.as, err = serverUser(); err != nil {
		return nil, err
	}
	if p.as != nil {
		if err := openWay(dir); err != nil {
			return nil, err
		}
	}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	if err := p.createDatabase(ctx); err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return p, nil
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }
func (p *Postgres) log() string  { return filepath.Join(p.dir, "postgres.log") }

// command is one of PostgreSQL's programs, with nothing of our environment: no PGPORT, no language.
func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

// URL is the database's address for pgx. It stays the same over Stop and Start.
func (p *Postgres) URL() string { return p.url("hotline") }

func (p *Postgres) url(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {p.socket}, "user": {"hotline"}}.Encode()
}

// PID is the postmaster's id.
func (p *Postgres) PID() int { return p.child.pid() }

// Ended is closed when the server has ended, for whatever reason.
func (p *Postgres) Ended() <-chan struct{} { return p.child.done }

// Start starts the cluster again after Stop or Kill.
func (p *Postgres) Start(ctx context.Context) error {
	if err := p.moveIn(ctx); err != nil {
		return err
	}
	if err := p.launch(); err != nil {
		p.moveOut()
		return err
	}
	return p.await(ctx)
}

func (p *Postgres) launch() error {
	log, err := os.OpenFile(p.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := p.command(context.Background(), "postgres", "-D", p.data(),
		"-c", "listen_addresses=", "-c", "unix_socket_directories="+p.socket, "-c", "port=5432",
		"-c", "max_connections=200", "-c", "timezone=UTC", "-c", "log_timezone=UTC")
	cmd.Stdout, cmd.Stderr = log, log
	p.child, err = startChild(cmd, syscall.SIGINT) // a fast shutdown
	return err
}

func (p *Postgres) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, p.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-p.child.done:
			p.moveOut()
			return fmt.Errorf("postgres ended at once (%s); its log says:\n%s", p.child.ended(), tail(p.log()))
		case <-ctx.Done():
			p.Kill()
			return fmt.Errorf("postgres does not answer: %w; its log says:\n%s", err, tail(p.log()))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *Postgres) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'hotline')`).Scan(&there); err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, `CREATE DATABASE hotline`)
	return err
}

// Stop ends the server in order: connections are cut, all is on disk. When ctx ends first, it is killed.
func (p *Postgres) Stop(ctx context.Context) error {
	p.child.signal(syscall.SIGINT)
	select {
	case <-p.child.done:
		p.moveOut()
		return nil
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("private PostgreSQL had to be killed: %w", context.Cause(ctx))
	}
}

// Freeze stops the server and all that serve connections, as a machine or a disk does that hangs: nothing is closed, and nothing answered.
// Thaw lets them go on. Neither Stop nor Start is for a frozen one.
func (p *Postgres) Freeze() { p.signalAll(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (p *Postgres) Thaw() { p.signalAll(syscall.SIGCONT) }

func (p *Postgres) signalAll(sig syscall.Signal) {
	p.child.signal(sig) // first, so that it starts no more of them
	for _, pid := range processes(childOf(p.child.pid())) {
		_ = syscall.Kill(pid, sig)
	}
}

// Kill ends it as a power cut would: the postmaster and all that serve connections, at once.
func (p *Postgres) Kill() {
	// They are not in its process group: each has made a session of its own.
	children := processes(childOf(p.child.pid()))
	p.child.signal(syscall.SIGKILL)
	killAll(children)
	<-p.child.done
	p.moveOut()
}
