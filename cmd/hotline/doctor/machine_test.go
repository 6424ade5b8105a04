package doctor

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/cmd/hotline/config/sample"
	"hotline/cmd/hotline/schema"
	"hotline/deploy/private"
	"hotline/queues"
	"hotline/telephony/asterisk"
)

// healthy are premises on which nothing is wrong.
func healthy(t *testing.T) premises {
	t.Helper()
	return premises{file: filepath.Join(t.TempDir(), "hotline.yaml"), openFiles: 65536, recordings: "/no/such/folder", synced: func() error { return nil }}
}

func putFile(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorFindsAClockThatNobodyKeepsAndHoursByAForeignClock(t *testing.T) {
	c, m := ailing(t), healthy(t)
	all := examineOn(t.Context(), c, m)
	found(t, all, "clock of this machine").well(t)
	found(t, all, "time zone").well(t)
	m.synced = func() error { return errors.New("nothing keeps this machine's clock right") }
	c.Queues[0].Hours = config.Hours{"mon-fri": {"09:00-18:00"}}
	all = examineOn(t.Context(), c, m)
	found(t, all, "clock of this machine").says(t, "nothing keeps")
	zone := found(t, all, "time zone")
	zone.says(t, "queue information opens and closes by this machine's clock", "line.timezone is not set")
	if !zone.warns {
		t.Error("a machine's zone may be meant")
	}
	c.Line.Timezone = "Europe/Moscow"
	found(t, examineOn(t.Context(), c, m), "time zone").well(t)
}

func TestDoctorFindsFactsSetAsideAndFewTicketNumbers(t *testing.T) {
	c, m := ailing(t), healthy(t)
	c.Asterisk.Reserve = filepath.Join(t.TempDir(), "reserve.csv")
	all := m.keeps(c)
	found(t, all, "facts set aside").well(t)
	found(t, all, "ticket numbers").well(t) // a first start has none yet
	found(t, all, "calls of the reserve mode").well(t)
	putFile(t, c.Asterisk.Reserve+".unread", "spoilt\n", 0o600)
	putFile(t, filepath.Join(c.Spool, "set-aside.jsonl"), "{}\n{}\n{}\n", 0o600)
	putFile(t, filepath.Join(c.Spool, "numbers.json"), `[{"first": 100, "count": 20}, {"first": 400, "count": 7}]`, 0o600)
	all = m.keeps(c)
	found(t, all, "facts set aside").says(t, "3 facts were refused", filepath.Join(c.Spool, "set-aside.jsonl"))
	found(t, all, "calls of the reserve mode").says(t, c.Asterisk.Reserve+".unread")
	found(t, all, "ticket numbers").says(t, "27 are left")
	putFile(t, filepath.Join(c.Spool, "numbers.json"), `[{"first": 100, "count": 5000}]`, 0o600)
	found(t, m.keeps(c), "ticket numbers").well(t)
}

func TestDoctorFindsTooFewOpenFilesAndAFullDisk(t *testing.T) {
	c, m := ailing(t), healthy(t)
	found(t, m.keeps(c), "open files").well(t)
	found(t, m.keeps(c), "disk of the spool").well(t)
	m.openFiles = 256
	found(t, m.keeps(c), "open files").says(t, "a process may have 256, and 2 people need about 524")
	m.units = []string{t.TempDir()}
	putFile(t, filepath.Join(m.units[0], "hotline.service"), "[Service]\nLimitNOFILE=65536\n", 0o644)
	found(t, m.keeps(c), "open files").well(t) // the unit's counts, and not this shell's
	if _, err := os.Stat("/dev/full"); err == nil {
		// A file system without room: the kernel's own, which holds no bytes at all.
		m.recordings = "/proc"
		found(t, m.keeps(c), "disk of the recordings").says(t, "0 MB of 0 MB are free")
	}
}

func TestDoctorFindsWeakPasswordsOfARI(t *testing.T) {
	c, m := ailing(t), healthy(t)
	found(t, m.exposure(t.Context(), c, nil, errors.New("away")), "password of ARI").well(t)
	for password, says := range map[string]string{"hotline": "it is the user's name", "swordfish": "it has 9 characters", "swooooooooooooooordfish": "it is not made by chance"} {
		c.Asterisk.Password = config.SecretOf(password)
		found(t, m.exposure(t.Context(), c, nil, errors.New("away")), "password of ARI").says(t, says)
	}
}

func TestDoctorFindsARIThatOthersReach(t *testing.T) {
	c, m := ailing(t), healthy(t)
	everywhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	defer everywhere.Close()
	c.Asterisk.URL = everywhere.URL + "/ari"
	found(t, []finding{m.exposedARI(t.Context(), c)}, "reach of ARI").well(t)
	m.addresses = []netip.Addr{netip.MustParseAddr("127.0.0.1")} // stands for another address at which the same answers
	f := m.exposedARI(t.Context(), c)
	f.says(t, "it answers at 127.0.0.1:", "where others than this machine may ask it")
	for url, wrong := range map[string]string{
		"http://203.0.113.7:8088/ari": "ill", "http://10.1.2.3:8088/ari": "warned of", "http://asterisk.example:8088/ari": "ill",
		"https://203.0.113.7:8089/ari": "well", "http://127.0.0.1:1/ari": "well",
	} {
		c.Asterisk.URL = url
		f, is := m.exposedARI(t.Context(), c), "ill"
		switch {
		case f.err == nil:
			is = "well"
		case f.warns:
			is = "warned of"
		}
		if is != wrong {
			t.Errorf("%s is %s: %v", url, is, f.err)
		}
	}
}

// The private Asterisk of the tests takes anybody on its loopback for a carrier, which is well, and nowhere else would be.
func TestDoctorFindsAnEndpointForEverybodyOnRealAsterisk(t *testing.T) {
	c, m := ailing(t), healthy(t)
	a, err := private.StartAsterisk(t.Context(), private.AsteriskOptions{Number: c.Line.Number, MediaPorts: 1000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Stop(t.Context()) })
	c.Asterisk.URL, c.Asterisk.SIP, c.Asterisk.User, c.Asterisk.Password = a.ARIURL, a.SIPAddr, a.ARIUser, config.SecretOf(a.ARIPassword)
	there := asterisk.Examine(asterisk.Options{URL: a.ARIURL, User: a.ARIUser, Password: a.ARIPassword})
	defer there.Close()
	found(t, m.time(t.Context(), c, there, nil), "clock of Asterisk").well(t)
	found(t, []finding{m.exposedSIP(t.Context(), c, there)}, "reach of SIP").well(t)
	m.addresses = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	m.exposedSIP(t.Context(), c, there).says(t, "whoever reaches 127.0.0.1 calls as line, for that endpoint takes a caller from any address, without a password")
	c.Asterisk.SIP = "203.0.113.7:5060"
	if f := m.exposedSIP(t.Context(), c, there); f.err == nil || f.warns {
		t.Errorf("on a public address: %v", f.err)
	}
}

func TestDoctorFindsWhatTheUnitForbids(t *testing.T) {
	c, m := ailing(t), healthy(t)
	if all := m.unit(c); all != nil {
		t.Errorf("without systemd: %v", all)
	}
	m.systemd, m.units = true, []string{filepath.Join(t.TempDir(), "etc"), filepath.Join(t.TempDir(), "lib")}
	found(t, m.unit(c), "unit hotline.service").says(t, "no unit hotline.service is installed")
	putFile(t, m.file, "line:", 0o600)
	if err := os.Chmod(filepath.Dir(m.file), 0o700); err != nil {
		t.Fatal(err)
	}
	service := filepath.Join(m.units[1], "hotline.service")
	putFile(t, service, "[Service]\nExecStart=/usr/bin/hotline serve /elsewhere.yaml\nDynamicUser=yes\nProtectSystem=strict\nStateDirectory=hotline\n", 0o644)
	c.Asterisk.Reserve = filepath.Join(t.TempDir(), "reserve.csv")
	c.Recordings.Keys, c.Recordings.Folder = filepath.Join(t.TempDir(), "recordings.keys"), t.TempDir()
	found(t, m.unit(c), "keys of recordings").says(t, "no such file")
	putFile(t, c.Recordings.Keys, "", 0o600)
	all := m.unit(c)
	found(t, all, "keys of recordings").says(t, "the unit's DynamicUser may not read "+c.Recordings.Keys)
	found(t, all, "unit and folder of recordings").says(t, "the unit forbids to write in "+c.Recordings.Folder)
	found(t, all, "unit "+service).says(t, `"/usr/bin/hotline serve /elsewhere.yaml", which does not name `+m.file)
	found(t, all, "unit's user").says(t, "the unit's DynamicUser may not read "+m.file)
	found(t, all, "unit and spool").says(t, "the unit forbids to write in "+c.Spool)
	found(t, all, "unit and folder of asterisk.reserve").says(t, "the unit forbids to write in "+filepath.Dir(c.Asterisk.Reserve))

	// The same, mended by a file that adds to the unit.
	putFile(t, filepath.Join(m.units[0], "hotline.service.d", "local.conf"),
		"[Service]\nExecStart=/usr/bin/hotline serve "+m.file+"\nDynamicUser=no\nUser=root\nReadWritePaths=-"+filepath.Dir(c.Spool)+" "+filepath.Dir(c.Asterisk.Reserve)+" "+c.Recordings.Folder+"\n", 0o644)
	for _, f := range m.unit(c) {
		f.well(t)
	}
	if err := os.Chmod(c.Recordings.Keys, 0o640); err != nil {
		t.Fatal(err)
	}
	found(t, m.unit(c), "keys of recordings").says(t, "others may read or write")
	putFile(t, service, "[Service]\nUser=no-such-user-here\n", 0o644)
	putFile(t, filepath.Join(m.units[0], "hotline.service.d", "local.conf"), "", 0o644)
	found(t, m.unit(c), "unit's user").says(t, "the unit runs Hotline as no-such-user-here, and there is no such user")
}

func TestDoctorFindsPeopleWhoCannotBeSeated(t *testing.T) {
	c := ailing(t)
	p, err := private.StartPostgres(t.Context(), filepath.Join(t.TempDir(), "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopPostgres(t, p) })
	c.Database.URL = config.SecretOf(p.URL())
	if _, _, err := schema.Migrate(t.Context(), p.URL()); err != nil {
		t.Fatal(err)
	}
	tryPeople(t.Context(), c).well(t)
	twice := c.People[1]
	twice.ID, twice.Login = "boris", "ANNA"
	c.People = append(c.People, twice)
	tryPeople(t.Context(), c).says(t, "boris cannot be seated", "accounts_login_key")
	c.People = c.People[:2]
	c.People[0].Role, c.People[0].ID = "agent", queues.AgentID("anna")
	tryPeople(t.Context(), c).well(t)
}

func TestDoctorFindsACertificateThatEnds(t *testing.T) {
	c := ailing(t)
	dir := t.TempDir()
	c.TLS = config.TLS{Certificate: filepath.Join(dir, "crt"), Key: filepath.Join(dir, "key")}
	certificate, key := sample.Certificate(t)
	putFile(t, c.TLS.Certificate, string(certificate), 0o600)
	putFile(t, c.TLS.Key, string(key), 0o600)
	if err := tryCertificate(c, time.Now()); err != nil {
		t.Error(err)
	}
	block, _ := pem.Decode(certificate)
	if block == nil {
		t.Fatal("no certificate")
	}
	for at, says := range map[time.Time]string{
		time.Date(2084, 1, 24, 0, 0, 0, 0, time.UTC): "it ends on 2084-01-29, in 5 days",
		time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC):  "it ended on 2084-01-29",
		time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC):  "it begins on 1970-01-01",
	} {
		if err := tryCertificate(c, at); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", at, err)
		}
	}
}
