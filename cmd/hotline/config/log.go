package config

import (
	"log/slog"
	"slices"
	"strings"
)

// Log is how Hotline writes down what an operator may want to know.
type Log struct {
	Format string `yaml:"format,omitempty"` // text, or json: an object a line; "" is text
	Level  string `yaml:"level,omitempty"`  // debug, info, warn or error: what is less is not written; "" is info
}

var (
	logFormats = []string{"text", "json"}
	logLevels  = []string{"debug", "info", "warn", "error"}
)

// LevelOf is the least that is written.
func (l Log) LevelOf() slog.Level {
	var level slog.Level // info
	_ = level.UnmarshalText([]byte(l.Level))
	return level
}

func (c *Config) proveLog(doc *document) {
	if !slices.Contains(logFormats, c.Log.Format) && c.Log.Format != "" {
		doc.wrong("log.format", "%q is no format: %s", c.Log.Format, strings.Join(logFormats, ", "))
	}
	if !slices.Contains(logLevels, c.Log.Level) && c.Log.Level != "" {
		doc.wrong("log.level", "%q is no level: %s", c.Log.Level, strings.Join(logLevels, ", "))
	}
}
