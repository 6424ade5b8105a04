package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hotline/cmd/hotline/config"
	"hotline/recordings"
	"hotline/recordings/vault"
)

type recordingsCommand struct {
	NewKey     newKeyCommand     `cmd:"" help:"Put a new key before all others of a file of keys, or begin such a file. New recordings are kept by it."`
	RotateKeys rotateKeysCommand `cmd:"" help:"Have all recordings opened by the first key of the file alone: then the others may go."`
	Verify     verifyCommand     `cmd:"" help:"Read all recordings from end to end, and name those that are damaged."`
}

type newKeyCommand struct {
	Keys string `arg:"" help:"The file of keys. It is its owner's alone, who must be the user that Hotline runs as."`
}

func (c newKeyCommand) Run() error {
	name, err := vault.NewKey(c.Keys, time.Now())
	if err != nil {
		return err
	}
	fmt.Printf("%s has a new key, %s. Keep a copy of the file, elsewhere than those of the recordings: without it nobody can hear them.\n", c.Keys, name)
	return nil
}

// recordingsFolder is the folder of recordings that a configuration names.
func recordingsFolder(file string) (vault.Folder, error) {
	conf, _, err := config.LoadToServe(file)
	if err != nil {
		return vault.Folder{}, err
	}
	if conf.Recordings.Keys == "" {
		return vault.Folder{}, errors.New("recordings.keys: is missing: no recordings are kept")
	}
	keys, err := vault.ReadKeys(conf.Recordings.Keys)
	return vault.Folder{Path: conf.RecordingsFolder(), Keys: keys}, err
}

type rotateKeysCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c rotateKeysCommand) Run(ctx context.Context) error {
	f, err := recordingsFolder(c.File)
	if err != nil {
		return err
	}
	var all, done, failed int
	err = f.Each(ctx, func(id recordings.ID) error {
		all++
		changed, err := f.Rotate(id)
		switch {
		case errors.Is(err, recordings.ErrDamaged), errors.Is(err, recordings.ErrNoKey):
			failed++
			fmt.Printf("%s: %v\n", id, err)
			return nil
		case changed:
			done++
		}
		return err
	})
	fmt.Printf("%d recordings, %d of which have the first key only now\n", all, done)
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d recordings keep the key that they had: leave the others in the file", failed)
	}
	return err
}

type verifyCommand struct {
	File string `arg:"" help:"The configuration, such as hotline.yaml."`
}

func (c verifyCommand) Run(ctx context.Context) error {
	f, err := recordingsFolder(c.File)
	if err != nil {
		return err
	}
	var all, bad int
	err = f.Each(ctx, func(id recordings.ID) error {
		all++
		if err := f.Verify(ctx, id); err != nil && !errors.Is(err, recordings.ErrNone) {
			if ctx.Err() != nil {
				return err
			}
			bad++
			fmt.Println(err)
		}
		return nil
	})
	fmt.Printf("%d recordings were read, %d of them are not as they were kept\n", all, bad)
	if err == nil && bad > 0 {
		err = errors.New("there are damaged recordings: bring them back from a backup of the folder")
	}
	return err
}
