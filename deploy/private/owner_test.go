package private_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"hotline/deploy/private"
)

// sideBySide is how many tests run beside each other, unless -parallel says another number: they mostly wait for their servers.
const sideBySide = "4"

// TestMain makes this program an owner of servers when a test starts it again as one: to be killed.
func TestMain(m *testing.M) {
	if kind := os.Getenv("HOTLINE_TEST_OWNER"); kind != "" {
		own(kind)
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", sideBySide)
	}
	os.Exit(m.Run())
}

func own(kind string) {
	ctx := context.Background()
	var said string
	var err error
	switch kind {
	case "postgres":
		var p *private.Postgres
		if p, err = private.StartPostgres(ctx, os.Getenv("HOTLINE_TEST_DIR")); err == nil {
			said = p.URL()
		}
	case "asterisk":
		var a *private.Asterisk
		if a, err = private.StartAsterisk(ctx, private.AsteriskOptions{Number: number, MediaPorts: 1000}); err == nil {
			said = fmt.Sprint(a.PID(), " ", a.Dir)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(said)
	select {}
}

// startOwner starts a process that owns a server, and returns what it says when the server runs.
func startOwner(t *testing.T, kind, dir string) (*exec.Cmd, string) {
	t.Helper()
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), "HOTLINE_TEST_OWNER="+kind, "HOTLINE_TEST_DIR="+dir)
	owner.Stderr = os.Stderr
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the owner said nothing: %v", err)
	}
	return owner, strings.TrimSpace(line)
}
