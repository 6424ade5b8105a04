package private

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// voices are espeak-ng's, by language, with the words a minute that are still easy to follow on the telephone.
var voices = map[string]struct {
	name string
	pace int
}{
	"ru": {"ru", 145},
	"en": {"en-us", 150},
}

// promptRecipe is part of each recording's name in the cache: raise it when the same text should sound otherwise.
const promptRecipe = "1"

var promptName = regexp.MustCompile(`^[a-z0-9_]+$`)

// Prompts are what the line says: language → name → text.
type Prompts map[string]map[string]string

// Speak speaks what a line says, and what Asterisk's dialplan says alone while Hotline is away. The recordings, by language and name, are in
// this user's cache, made where they were not: 8 kHz, 16 bit, one channel.
func Speak(ctx context.Context, prompts Prompts) (files map[string]map[string]string, err error) {
	return speak(ctx, withReserve(prompts))
}

// speak makes sure that each prompt is recorded in the cache, and returns language → name → file. A text is
// synthesised once on a machine, some at a time.
func speak(ctx context.Context, prompts Prompts) (map[string]map[string]string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	cache = filepath.Join(cache, "hotline", "prompts")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	files := make(map[string]map[string]string)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for language, texts := range prompts {
		files[language] = make(map[string]string)
		for name, text := range texts {
			if err := checkPrompt(language, name, text); err != nil {
				return nil, errors.Join(err, group.Wait())
			}
			file := filepath.Join(cache, recordingName(language, text))
			files[language][name] = file
			if _, err := os.Stat(file); err == nil {
				continue
			}
			group.Go(func() error {
				if err := record(ctx, language, text, file); err != nil {
					return fmt.Errorf("speak prompt %q in %q: %w", name, language, err)
				}
				return nil
			})
		}
	}
	return files, group.Wait()
}

func checkPrompt(language, name, text string) error {
	switch {
	case voices[language].name == "":
		return fmt.Errorf("prompt %q: no voice for language %q; there are ru and en", name, language)
	case !promptName.MatchString(name):
		return fmt.Errorf("prompt %q in %q: a name has small letters, digits and underscores only", name, language)
	case strings.TrimSpace(text) == "":
		return fmt.Errorf("prompt %q in %q has no text", name, language)
	}
	return nil
}

func recordingName(language, text string) string {
	v := voices[language]
	sum := sha256.Sum256([]byte(strings.Join([]string{promptRecipe, v.name, strconv.Itoa(v.pace), text}, "\x00")))
	return hex.EncodeToString(sum[:12]) + ".wav"
}

// record speaks a text into a file of Asterisk's kind: 8 kHz, 16 bit, one channel. The file appears
// complete or not at all.
func record(ctx context.Context, language, text, file string) error {
	v := voices[language]
	cmd := exec.CommandContext(ctx, "espeak-ng", "-v", v.name, "-s", strconv.Itoa(v.pace), "--stdin", "--stdout")
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("espeak-ng (deploy/setup.sh installs it): %w", err)
	}
	sound, rate, err := readWAV(out)
	if err != nil {
		return fmt.Errorf("espeak-ng's sound: %w", err)
	}
	sound = normalise(resample(trim(sound, rate), rate, telephoneRate))
	tmp, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // nothing left to remove when all went well
	_, err = tmp.Write(writeWAV(sound, telephoneRate))
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), file)
}
