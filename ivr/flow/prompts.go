package flow

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed prompts/*.yaml
var promptFiles embed.FS

// Prompts gives the texts of the built-in prompts by language and name. They are
// spoken into sound files when the line is set up, never during a call.
func Prompts() (map[string]map[string]string, error) {
	files, err := promptFiles.ReadDir("prompts")
	if err != nil {
		return nil, err
	}
	prompts := make(map[string]map[string]string, len(files))
	for _, f := range files {
		text, err := promptFiles.ReadFile(path.Join("prompts", f.Name()))
		if err != nil {
			return nil, err
		}
		byName := make(map[string]string)
		if err := yaml.Unmarshal(text, &byName); err != nil {
			return nil, fmt.Errorf("prompts/%s: %w", f.Name(), err)
		}
		prompts[strings.TrimSuffix(f.Name(), ".yaml")] = byName
	}
	return prompts, nil
}
