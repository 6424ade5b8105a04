package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hotline/cmd/hotline/config/sample"
)

func TestATimezoneThatIsNoneIsNamedWithItsPlace(t *testing.T) {
	sample.SetSecrets(t)
	for _, wrong := range []string{"Europe/Moskow", "MSK", "MSK-3", "Local", "local time", "../Europe/Moscow", "/usr/share/zoneinfo/Europe/Moscow", "3"} {
		file := sample.Changed(t, "# timezone: Europe/Moscow", "timezone: "+wrong)
		_, err := Load(file)
		want := sample.Where(t, file, wrong+" ") + `: line.timezone: "` + wrong + `" is not the name of a time zone, such as Europe/Moscow`
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, not %s", wrong, err, want)
		}
	}
	for _, right := range []string{"Europe/Moscow", "UTC", "Etc/GMT-3", "America/Argentina/Buenos_Aires", `""`} {
		if _, err := Load(sample.Changed(t, "# timezone: Europe/Moscow", "timezone: "+right)); err != nil {
			t.Errorf("%s: %v", right, err)
		}
	}
}

func TestTheLinesClockIsTheMachinesWhereNoTimezoneIsSet(t *testing.T) {
	var c Config
	now := time.Date(2026, 7, 1, 11, 5, 0, 0, time.UTC)
	name, _ := now.Local().Zone()
	want := "it is " + now.Local().Format("15:04") + " by this machine's clock (" + name + "), for line.timezone is not set"
	if got := c.Clock(now); got != want || c.Location() != time.Local {
		t.Errorf("%q, not %q; it hangs in %s", got, want, c.Location())
	}
	c.Line.Timezone = "Europe/Moscow"
	if got := c.Clock(now); got != "it is 14:05 in Europe/Moscow, the line's timezone" || c.Location().String() != "Europe/Moscow" {
		t.Errorf("%q; it hangs in %s", got, c.Location())
	}
}

// Go takes a TZ that it cannot read for UTC, and says nothing.
func TestATZThatNamesNoZoneIsAMistake(t *testing.T) {
	sample.SetSecrets(t)
	file := sample.Changed(t)
	noZone := filepath.Join(t.TempDir(), "zone")
	if err := os.WriteFile(noZone, []byte("no zone"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"Europe/Moskow", ":Europe/Moskow", "MSK-3", "Local", "/no/such/zone", noZone} {
		t.Setenv("TZ", wrong)
		want := file + `: the environment variable TZ is "` + wrong + `", which is not the name of a time zone, such as Europe/Moscow: this machine's clock would be taken for UTC`
		if _, err := Load(file); err == nil || err.Error() != want {
			t.Errorf("%s: %v, not %s", wrong, err, want)
		}
		if _, _, err := Check(file, "", "", 20); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check of %s: %v, not %s", wrong, err, want)
		}
		if _, err := Read(file); err != nil {
			t.Errorf("days to come have no clock: %v", err)
		}
	}
	for _, right := range []string{"", ":", "UTC", "UTC0", ":Europe/Moscow", "Europe/Moscow"} {
		t.Setenv("TZ", right)
		if _, err := Load(file); err != nil {
			t.Errorf("%q: %v", right, err)
		}
	}
	t.Setenv("TZ", "MSK-3") // nothing of the line goes by it where the line has a timezone
	if _, err := Load(sample.Changed(t, "  region: RU", "  timezone: Europe/Moscow\n  region: RU")); err != nil {
		t.Errorf("the line has a timezone: %v", err)
	}
}
