package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hotline/agentapi/client"
)

// The way of an operator, on a bare Debian under its own systemd: each command of README's section is typed as it stands there, and the
// agent is a real Chromium. After it come an upgrade and a purge of the package.
//
//	go test ──► TestReadmeInstallsOnABareDebian, outside: builds the package, makes the network namespace, reads the verdict
//	               └─► the same test, inside: loopback and a veth pair
//	                      ├─► Debian, in namespaces of its own but for the network: systemd, PostgreSQL, Asterisk, Hotline, nginx
//	                      └─► seat.mjs: node and Chromium
const (
	readmeSection = "## With your own Asterisk and PostgreSQL\n"
	packagesOf    = "HOTLINE_TEST_PACKAGES" // the folder of the packages, for who is inside
)

func TestReadmeInstallsOnABareDebian(t *testing.T) {
	if os.Getenv(insideNetwork) == namespace {
		setUpNetwork(t)
		installByReadme(t, os.Getenv(packagesOf))
		return
	}
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("an installation on a bare Debian: needs root, for namespaces and a machine's first process")
	}
	browserIsThere(t)
	said, err := goInside(t, namespace, packagesOf+"="+buildPackages(t))
	if errors.Is(err, os.ErrPermission) {
		t.Skip("an installation on a bare Debian: root has no right to namespaces here")
	}
	switch {
	case err != nil:
		t.Fatalf("inside: %v\n%s", err, said)
	case strings.Contains(said, "--- SKIP: "+t.Name()):
		t.Skipf("an installation on a bare Debian: not on this machine: %s", said)
	case !strings.Contains(said, "--- PASS: "+t.Name()):
		t.Fatalf("inside, nothing says that it passed:\n%s", said)
	}
}

// buildPackages builds two of them as `make deb` does. The first is in the folder, the other one, newer, in its folder "newer".
func buildPackages(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for _, p := range []struct{ version, into string }{{"1.0", folder}, {"1.1", filepath.Join(folder, "newer")}} {
		if err := os.MkdirAll(p.into, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("make", "deb", "VERSION="+p.version, "DEB="+p.into)
		cmd.Dir = root
		for _, variable := range os.Environ() { // those of a make that runs this test are none of this one's
			if !strings.HasPrefix(variable, "MAKE") && !strings.HasPrefix(variable, "MFLAGS=") {
				cmd.Env = append(cmd.Env, variable)
			}
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("make deb: %v\n%s", err, out)
		}
	}
	return folder
}

// readmeCommands are the commands of the section, those over several lines as one.
func readmeCommands(t *testing.T) (commands []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), readmeSection)
	if !found {
		t.Fatalf("README has no section %q", readmeSection)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, block := range regexp.MustCompile("(?ms)^ *```sh\n(.*?)^ *```$").FindAllStringSubmatch(section, -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", "")) {
			commands = append(commands, strings.TrimSpace(line))
		}
	}
	if len(commands) < 10 {
		t.Fatalf("README's section has only the commands %q", commands)
	}
	return commands
}

// installByReadme types the section, and looks after each step that matters.
func installByReadme(t *testing.T, packages string) {
	m := bootDebian(t, packages)
	password := ""
	for _, command := range readmeCommands(t) {
		switch {
		case strings.HasPrefix(command, "grep ANNA "):
			_, password, _ = strings.Cut(strings.TrimSpace(m.types(command)), "=")
		case strings.HasPrefix(command, "hotline call "):
			m.servedCall(command, "http://127.0.0.1:8080", password, nil)
			m.tookReserveCall()
			password = m.reloadsSecrets(password)
			m.isWatched()
		case strings.HasPrefix(command, "systemctl enable "):
			m.types(command)
			m.unitIsSound()
		default:
			m.types(command)
		}
	}
	m.servedCall("hotline call sip:+74950000100@127.0.0.1:5060 --digits ,,1,,,3 --tone 440 --for 60s", "https://hotline.example.com", password,
		map[string]string{"CHROMIUM_ARGS": "--ignore-certificate-errors --host-resolver-rules=MAP\u00a0hotline.example.com\u00a0127.0.0.1"})
	m.cookieIsSecure(password)
	m.opensToPhones(password)
	m.upgrades()
	m.purges()
}

// servedCall makes the call that a command says, which an agent serves in a real browser.
func (m *debian) servedCall(command, pages, password string, settings map[string]string) {
	m.t.Helper()
	const served = `runuser -u postgres -- psql -At hotline -c "select count(*) from contacts join tickets on number = ticket where outcome = 'served' and agent_id = 'anna' and caller = '+79160000000'"`
	before := m.types(served)
	with := map[string]string{"LOGIN": "anna", "PASSWORD": password, "LANGUAGE": "ru", "HANG_UP": "1", "TALK_S": "1", "AXE": "0"}
	for name, value := range settings {
		with[name] = value
	}
	desk := startScript(m.t, "seat", pages, with)
	desk.awaits("ready")
	m.types(command)
	desk.awaits("ok")
	eventually(m.t, atOnce, "the call is in the database", func() error {
		if after, err := m.run(served); err != nil || after == before {
			return fmt.Errorf("calls served %q, before %q: %v", after, before, err)
		}
		return nil
	})
}

// unitIsSound asks the machine's systemd about the installed unit, and looks at what it is as a process.
func (m *debian) unitIsSound() {
	m.t.Helper()
	m.types("systemd-analyze verify --man=no hotline.service; systemctl is-active hotline; systemctl show asterisk -p LimitNOFILE | grep -x LimitNOFILE=65536")
	owners := m.types("stat -c '%U:%G %a' /proc/$(systemctl show hotline -p MainPID --value) /etc/hotline/hotline.yaml /etc/hotline/environment /var/lib/hotline /var/spool/hotline")
	if want := "hotline:hotline 555\nroot:hotline 640\nroot:hotline 640\nhotline:hotline 750\nasterisk:hotline 2770\n"; owners != want {
		m.t.Errorf("process, configuration, secrets, state and reserve belong to\n%snot\n%s", owners, want)
	}
	if said, err := m.run("runuser -u nobody -- cat /etc/hotline/environment"); err == nil {
		m.t.Errorf("everybody can read the secrets: %s", said)
	}
}

// isWatched looks that systemd is told that Hotline runs, and stops it: systemd starts another.
func (m *debian) isWatched() {
	m.t.Helper()
	const pid = "systemctl show hotline -p MainPID --value"
	words := map[string]bool{}
	eventually(m.t, atOnce, "systemd is told, again and again", func() error {
		words[m.types("systemctl show hotline -p WatchdogTimestampMonotonic --value")] = true
		if len(words) < 3 {
			return fmt.Errorf("it was at %v", words)
		}
		return nil
	})
	before := m.types(pid)
	m.types("systemctl kill -s STOP --kill-whom=main hotline")
	eventually(m.t, 3*atOnce, "a Hotline that is stopped is ended, and another started", func() error {
		if is, err := m.run("systemctl is-active hotline; " + pid); err != nil || strings.Contains(is, strings.TrimSpace(before)) {
			return fmt.Errorf("%q, %v", is, err)
		}
		return nil
	})
	eventually(m.t, atOnce, "it serves", func() error {
		answer, err := http.Get("http://127.0.0.1:8080/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("/readyz answers %s", answer.Status)
		}
		return nil
	})
}

// tookReserveCall lets Asterisk's user note a call that the dialplan took alone. Hotline, as its own user, takes the file away.
func (m *debian) tookReserveCall() {
	m.t.Helper()
	m.types(`runuser -u asterisk -- sh -c 'echo "reserve,1700000000.1,$(date +%s),5,%2B79161112233,,%2B74950000100" >>/var/spool/hotline/reserve.csv'`)
	eventually(m.t, atOnce, "the reserve mode's call has its ticket", func() error {
		said, err := m.run(`runuser -u postgres -- psql -At hotline -c "select outcome from contacts where caller = '+79161112233'"; ls /var/spool/hotline`)
		if err != nil || said != "lost\n" {
			return fmt.Errorf("%q, %v", said, err)
		}
		return nil
	})
}

// reloadsSecrets gives Anna another password by a reload.
func (m *debian) reloadsSecrets(before string) (password string) {
	m.t.Helper()
	const pages = "http://127.0.0.1:8080"
	m.types("sed -i 's/^HOTLINE_ANNA_PASSWORD=.*/HOTLINE_ANNA_PASSWORD=another-password-of-anna/' /etc/hotline/environment; systemctl reload hotline")
	password = "another-password-of-anna"
	eventually(m.t, atOnce, "the new password holds", func() error {
		_, err := client.SignIn(m.t.Context(), pages, "anna", password)
		return err
	})
	if _, err := client.SignIn(m.t.Context(), pages, "anna", before); err == nil {
		m.t.Error("the old password holds, too")
	}
	m.types("sed -i 's/^HOTLINE_ARI_PASSWORD=/#&/' /etc/hotline/environment")
	if said, err := m.run("systemctl reload hotline"); err == nil {
		m.t.Errorf("a reload of a configuration that lacks a secret goes well: %s", said)
	}
	m.types("sed -i 's/^#HOTLINE_ARI_PASSWORD=/HOTLINE_ARI_PASSWORD=/' /etc/hotline/environment; systemctl reload hotline")
	return password
}

// cookieIsSecure signs in through the proxy, and looks at what the browser would be told. ARI must not be reached there.
func (m *debian) cookieIsSecure(password string) {
	m.t.Helper()
	browser := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // the machine's own certificate
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	const base = "https://127.0.0.1"
	request, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, base+"/api/v1/session", bytes.NewBufferString(`{"login":"anna","password":"`+password+`"}`))
	if err != nil {
		m.t.Fatal(err)
	}
	request.Host = "hotline.example.com"
	plain := request.Clone(m.t.Context())
	plain.URL.Scheme, plain.Method, plain.Body, plain.ContentLength = "http", http.MethodGet, nil, 0
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Origin", "https://hotline.example.com")
	answer, err := browser.Do(request)
	if err != nil {
		m.t.Fatal(err)
	}
	answer.Body.Close()
	cookies := answer.Cookies()
	if answer.StatusCode >= 300 || len(cookies) == 0 {
		m.t.Fatalf("the sign-in is answered %s, with cookies %v", answer.Status, cookies)
	}
	for _, c := range cookies {
		if !c.Secure || !c.HttpOnly {
			m.t.Errorf("the cookie %s is not Secure and HttpOnly", c.Name)
		}
	}
	if ari, err := browser.Get(base + "/ari/asterisk/info"); err != nil || ari.StatusCode != http.StatusNotFound {
		m.t.Errorf("ARI through the proxy: %v, %v", ari, err)
	}
	if answer, err := browser.Do(plain); err != nil || answer.StatusCode != http.StatusMovedPermanently {
		m.t.Errorf("without TLS: %v, %v", answer, err)
	}
}

// upgrades installs a newer package over the one that runs: the configuration that the operator has changed stays, and the new program serves.
// With a configuration that it cannot take, the one before runs on.
func (m *debian) upgrades() {
	m.t.Helper()
	const pid = "systemctl show hotline -p MainPID --value"
	before, settings := m.types(pid), m.types("cat /etc/hotline/hotline.yaml /etc/hotline/environment")
	m.types("cp /etc/hotline/hotline.yaml sound.yaml; echo 'nonsense: true' >>/etc/hotline/hotline.yaml")
	said := m.types("apt-get install ./newer/hotline_1.1_*.deb 2>&1")
	if !strings.Contains(said, "unknown setting") || m.types(pid) != before {
		m.t.Errorf("with an unsound configuration the version before does not run on:\n%s", said)
	}
	m.types("cat sound.yaml >/etc/hotline/hotline.yaml; apt-get install --reinstall ./newer/hotline_1.1_*.deb; systemctl is-active hotline")
	if m.types(pid) == before {
		m.t.Error("the new version does not take over")
	}
	if m.types("cat /etc/hotline/hotline.yaml /etc/hotline/environment") != settings {
		m.t.Error("the upgrade has changed the configuration")
	}
}

// purges removes the package, which keeps configuration and state, and purges it, which keeps the spool only where it may hold facts.
func (m *debian) purges() {
	m.t.Helper()
	const stopped = `test "$(systemctl is-active hotline)" != active`
	m.types("apt-get remove hotline; " + stopped + "; test -d /var/lib/hotline/spool; test -e /etc/hotline/hotline.yaml; test -e /etc/hotline/environment")
	m.types("apt-get install ./newer/hotline_1.1_*.deb; " + stopped + "; echo facts >>/var/lib/hotline/spool/facts/99999999999999999999")
	if said := m.types("apt-get purge hotline; test -d /var/lib/hotline/spool"); !strings.Contains(said, "its spool may hold facts") {
		m.t.Errorf("a purge says nothing of facts that are not in the database:\n%s", said)
	}
	m.types("find /var/lib/hotline/spool/facts -type f -delete; apt-get install ./newer/hotline_1.1_*.deb; apt-get purge hotline; test ! -e /var/lib/hotline; test ! -e /etc/hotline")
}
