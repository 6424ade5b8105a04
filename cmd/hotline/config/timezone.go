package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones by name also where the machine has no database of them
)

// Location is where the line's clock hangs: its queues open and close by it, and its days begin at its midnight. It is the machine's
// where the line has no timezone.
func (c Config) Location() *time.Location {
	if where, err := zone(c.Line.Timezone); err == nil {
		return where
	}
	return time.Local
}

// Clock says what time it is at the line, and how that is known.
func (c Config) Clock(now time.Time) string {
	if c.Line.Timezone == "" {
		name, _ := now.Local().Zone()
		return fmt.Sprintf("it is %s by this machine's clock (%s), for line.timezone is not set", now.Local().Format("15:04"), name)
	}
	return fmt.Sprintf("it is %s in %s, the line's timezone", now.In(c.Location()).Format("15:04"), c.Line.Timezone)
}

var errNoZone = errors.New("is not the name of a time zone, such as Europe/Moscow")

// zone finds a zone by its name in the IANA database. Go's own names for none and for the machine's are no such names.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errNoZone
	}
	where, err := time.LoadLocation(name)
	if err != nil {
		return nil, errNoZone
	}
	return where, nil
}

// machineZone looks at the variable TZ, which says where the machine's clock hangs. Where it names no zone Go takes UTC without a
// word, and the C library others than Go does: it reads "MSK-3", for one.
func (c *Config) machineZone(doc *document) {
	if c.Line.Timezone != "" {
		return // nothing of the line goes by the machine's clock
	}
	set := os.Getenv("TZ")
	name := strings.TrimPrefix(set, ":")
	var err error
	switch {
	case name == "", slices.Contains([]string{"UTC", "UTC0", "GMT", "GMT0"}, name): // what Go takes it for
	case strings.HasPrefix(name, "/"):
		var text []byte
		if text, err = os.ReadFile(name); err == nil {
			_, err = time.LoadLocationFromTZData(name, text)
		}
	default:
		_, err = zone(name)
	}
	if err != nil {
		doc.WrongBeside("the environment variable TZ is %q, which %s: this machine's clock would be taken for UTC", set, errNoZone)
	}
}
