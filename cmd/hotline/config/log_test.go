package config

import (
	"log/slog"
	"strings"
	"testing"

	"hotline/deploy"
)

func TestALogThatNobodyCanWriteIsRefused(t *testing.T) {
	for setting, want := range map[string]string{
		`{format: xml}`:                `log.format: "xml" is no format: text, json`,
		`{level: trace}`:               `log.level: "trace" is no level: debug, info, warn, error`,
		`{format: JSON}`:               `log.format: "JSON" is no format: text, json`,
		`{file: hotline.log}`:          `log.file: unknown setting`,
		`{level: ["debug"]}`:           `log.level`,
		`{format: json, level: debug}`: "",
	} {
		c, err := Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\nlog: "+setting+"\n"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", setting, err, want)
		}
		if err == nil && (c.Log.Format != "json" || c.Log.LevelOf() != slog.LevelDebug) {
			t.Errorf("%s: %+v", setting, c.Log)
		}
	}
	if (Log{}).LevelOf() != slog.LevelInfo {
		t.Error("left out, the level is not info")
	}
}
