package private_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"hotline/deploy/private"
)

func startPostgres(t *testing.T, dir string) *private.Postgres {
	t.Helper()
	p, err := private.StartPostgres(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

// ask runs statements, and returns the one value that the last returns.
func ask[T any](t *testing.T, url, sql string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var value T
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAClusterKeepsItsDataAndItsAddressOverStopAndKill(t *testing.T) {
	t.Parallel()
	p := startPostgres(t, t.TempDir())
	url := p.URL()
	ask[string](t, url, `WITH x AS (SELECT 1) SELECT set_config('x.y', 'z', false)`)
	if got := ask[string](t, url, `SELECT current_setting('server_encoding') || ' ' || lower('ЁЛКА')`); got != "UTF8 ёлка" {
		t.Errorf("encoding and Cyrillic: %q", got)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)`); err != nil {
		t.Fatal(err)
	}

	p.Kill()
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the connection outlived the server")
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, url, `SELECT n FROM kept`); n != 7 {
		t.Errorf("after Kill: %d, not 7", n)
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("it answers when it is stopped")
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, url, `SELECT n FROM kept`); n != 7 {
		t.Errorf("after Stop: %d, not 7", n)
	}
	if p.URL() != url {
		t.Errorf("address went from %s to %s", url, p.URL())
	}
}

func TestAClusterIsNotStartedTwice(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startPostgres(t, dir)
	_, err := private.StartPostgres(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "in use by another Hotline") || !strings.Contains(err.Error(), dir) {
		t.Errorf("second start in one folder: %v", err)
	}
}

func TestAClusterStartsInADeepFolderAfterAHalfInitialisation(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep", 25))
	half := filepath.Join(dir, "data.new", "base")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	p := startPostgres(t, dir)
	if n := ask[int](t, p.URL(), `SELECT 1`); n != 1 {
		t.Error(n)
	}
}

// The owner of the cluster is another process: this test's program again, see TestMain.
func TestAClusterOfADeadOwnerIsTakenOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner, said := startOwner(t, "postgres", dir)
	ask[int](t, said, `SELECT 1`)
	_ = owner.Process.Kill()
	_ = owner.Wait()

	p := startPostgres(t, dir)
	if n := ask[int](t, p.URL(), `SELECT 1`); n != 1 {
		t.Error(n)
	}
}

func TestASurvivorInTheDataFolderIsEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := startPostgres(t, dir)
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	survivor := exec.Command("sh", "-c", "trap '' INT; echo deaf; exec sleep 600")
	survivor.Dir = filepath.Join(dir, "data")
	out, err := survivor.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := survivor.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- survivor.Wait() }()
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-ended
	if status := survivor.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("it ended with %v", survivor.ProcessState)
	}
}
