package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"hotline/cmd/hotline/config"
	"hotline/deploy"
	"hotline/deploy/private"
)

// asteriskCommand sets up an Asterisk that serves Hotline alone: what hotline.yaml says of it becomes Asterisk's own configuration, and
// what the line says becomes sounds. It may be run again whenever hotline.yaml has changed: it writes what differs, and leaves the
// operator's own alone. That is the trunk, each recording that is there, and whatever file it has not written, which it moves aside.
type asteriskCommand struct {
	File   string `arg:"" help:"The configuration, such as hotline.yaml."`
	Into   string `default:"/etc/asterisk" help:"Asterisk's folder of configuration."`
	Sounds string `default:"/usr/share/asterisk/sounds" help:"Asterisk's folder of sounds: the line's prompts are spoken into it, where no recording is there."`
	Spool  string `default:"/var/spool/asterisk" help:"Asterisk's folder of what it keeps, callers' messages among it."`
	Music  string `default:"/usr/share/asterisk/moh" help:"A folder with music on hold."`
}

const (
	trunkFile       = "trunk.conf"
	usualReserve    = "/var/spool/hotline/reserve.csv"
	recordingFolder = "recording" // in Asterisk's spool
	mediaFrom       = 10000       // ports for media: where phones and firewalls expect them
	mediaTo         = 20000
	asideSuffix     = ".before-hotline"
	writtenBy       = "; Written by `hotline asterisk`, from "
)

// Run writes, and says what it wrote.
func (c asteriskCommand) Run(ctx context.Context) error {
	conf, _, err := config.LoadToServe(c.File)
	if err != nil {
		return err
	}
	files, err := c.files(conf)
	if err != nil {
		return err
	}
	folder, err := os.Stat(c.Into)
	if err != nil {
		return fmt.Errorf("asterisk's configuration: %w: install Asterisk, or name its folder with --into", err)
	}
	owner := folder.Sys().(*syscall.Stat_t)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := c.write(name, files[name], owner); err != nil {
			return err
		}
	}
	if err := c.makeRecordings(owner); err != nil {
		return err
	}
	if conf.Asterisk.Reserve != "" {
		if err := c.makeReserve(filepath.Dir(conf.Asterisk.Reserve), owner); err != nil {
			return err
		}
	}
	if err := c.bringSounds(ctx, conf); err != nil {
		return err
	}
	fmt.Println("Now: systemctl restart asterisk")
	return nil
}

// files are Asterisk's configuration as hotline.yaml has it.
func (c asteriskCommand) files(conf config.Config) (map[string][]byte, error) {
	a := deploy.Asterisk{
		RTPFirst: mediaFrom, RTPLast: mediaTo,
		ARIUser: conf.Asterisk.User, ARIPassword: conf.Asterisk.Password.Text(), App: conf.Asterisk.App,
		Number: strings.TrimPrefix(conf.Line.Number, "+"), Dialled: conf.Line.Dialled(), Patience: 10,
		Reserve: conf.Asterisk.Reserve, Music: c.Music, Trunk: trunkFile,
		Pocket: conf.Line.PocketNumber, Ring: conf.Asterisk.Ring(), Message: int(conf.Asterisk.ReserveMessage.Seconds()), Records: filepath.Join(c.Spool, recordingFolder),
	}
	if a.Reserve == "" {
		a.Reserve = usualReserve
	}
	ari, err := url.Parse(conf.Asterisk.URL)
	if err != nil {
		return nil, fmt.Errorf("asterisk.url: %w", err)
	}
	if a.WebHost, a.WebPort, err = listens("asterisk.url", ari.Host); err != nil {
		return nil, err
	}
	if a.SIPHost, a.SIPPort, err = listens("asterisk.sip", conf.Asterisk.SIP); err != nil {
		return nil, err
	}
	if a.Callers, err = ownCallers(a.SIPHost); err != nil {
		return nil, err
	}
	return a.Files()
}

// ownCallers are the addresses from which this machine itself calls the line, as `hotline call` does: never loopback, for from there come
// the phones in pages, by way of a proxy. Where SIP is on loopback alone, all is this machine's own, and nobody needs to be named.
func ownCallers(sip string) ([]string, error) {
	ip := net.ParseIP(sip)
	if ip.IsLoopback() {
		return nil, nil
	}
	if !ip.IsUnspecified() {
		return []string{sip}, nil
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var own []string
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			own = append(own, n.IP.String())
		}
	}
	if len(own) == 0 {
		return nil, errors.New("asterisk.sip: is at all addresses of this machine, and it has none but loopback")
	}
	return own, nil
}

// listens takes an address of hotline.yaml apart, at which Asterisk is to listen.
func listens(setting, address string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", setting, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || ip.To4() == nil {
		return "", 0, fmt.Errorf("%s: %q is no IPv4 address of this machine: Asterisk is to listen there", setting, host)
	}
	port, err = strconv.Atoi(number)
	return host, port, err
}

// write puts a file into Asterisk's folder, as that folder's owner's. One that is not of this command is moved aside first, once; the
// operator's own part of pjsip.conf is written once.
func (c asteriskCommand) write(name string, text []byte, owner *syscall.Stat_t) error {
	file := filepath.Join(c.Into, name)
	text = append([]byte(writtenBy+c.File+". What is changed here is lost when it is run again: "+trunkFile+" is yours.\n"), text...)
	there, err := os.ReadFile(file)
	switch {
	case err == nil && bytes.Equal(there, text):
		return nil
	case err == nil && !bytes.HasPrefix(there, []byte(writtenBy)):
		aside := file + asideSuffix
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(file, aside); err != nil {
				return err
			}
			fmt.Printf("moved   %s to %s\n", file, filepath.Base(aside))
		} else {
			return fmt.Errorf("%s was not written by this command, and %s is there already: move one of them away", file, filepath.Base(aside))
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := writeFor(owner, file, text); err != nil {
		return err
	}
	fmt.Println("written", file)
	if name == "pjsip.conf" {
		return c.writeTrunk(owner)
	}
	return nil
}

func (c asteriskCommand) writeTrunk(owner *syscall.Stat_t) error {
	file := filepath.Join(c.Into, trunkFile)
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	fmt.Println("written", file, "(an example: put your telephone company into it)")
	return writeFor(owner, file, deploy.Trunk)
}

// writeFor makes a file that appears whole or not at all, and that its owner and the owner's group alone may read: it may hold a secret.
func writeFor(owner *syscall.Stat_t, file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing left to remove when all went well
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chmod(0o640), f.Chown(int(owner.Uid), int(owner.Gid)), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.Rename(f.Name(), file)
}

// makeRecordings makes the folder of callers' messages, which Asterisk expects and does not make.
func (c asteriskCommand) makeRecordings(asterisk *syscall.Stat_t) error {
	dir := filepath.Join(c.Spool, recordingFolder)
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := errors.Join(os.Mkdir(dir, 0o750), os.Chown(dir, int(asterisk.Uid), int(asterisk.Gid))); err != nil {
		return fmt.Errorf("callers' messages: %w", err)
	}
	fmt.Println("made   ", dir)
	return nil
}

// makeReserve makes the folder in which the dialplan, as Asterisk's user, notes the calls that it took alone, and from which Hotline takes
// them: it belongs to Asterisk's user, and to the group that may read hotline.yaml. That group is what Hotline runs with.
func (c asteriskCommand) makeReserve(dir string, asterisk *syscall.Stat_t) error {
	if _, err := os.Stat(dir); err == nil {
		return nil // the operator's, or this command's
	}
	readers, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("asterisk.reserve: %w", err)
	}
	// The group's bit gives each new file the folder's group.
	if err := errors.Join(os.Chown(dir, int(asterisk.Uid), int(readers.Sys().(*syscall.Stat_t).Gid)), os.Chmod(dir, os.ModeSetgid|0o770)); err != nil {
		return fmt.Errorf("asterisk.reserve: %w", err)
	}
	fmt.Println("made   ", dir)
	return nil
}

// bringSounds speaks what the line says, in each language, where Asterisk has no recording of it.
func (c asteriskCommand) bringSounds(ctx context.Context, conf config.Config) error {
	languages := conf.Line.Languages
	all, err := conf.Spoken()
	if err != nil {
		return err
	}
	maps.DeleteFunc(all, func(language string, _ map[string]string) bool { return !slices.Contains(languages, language) })
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		return errors.New("the line's prompts cannot be spoken: install espeak-ng (its recordings may be replaced by yours later)")
	}
	spoken, err := private.Speak(ctx, all)
	if err != nil {
		return err
	}
	for _, language := range slices.Sorted(maps.Keys(spoken)) {
		folder := filepath.Join(c.Sounds, language)
		if err := c.linkLanguage(language); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(folder, "hotline"), 0o755); err != nil {
			return err
		}
		written := 0
		for name, recording := range spoken[language] {
			there, err := filepath.Glob(filepath.Join(folder, "hotline", name+".*"))
			if err != nil || len(there) > 0 {
				continue
			}
			sound, err := os.ReadFile(recording)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, "hotline", name+".wav"), sound, 0o644); err != nil {
				return err
			}
			written++
		}
		for name, sound := range deploy.Silences() {
			if err := os.WriteFile(filepath.Join(folder, "hotline", name), sound, 0o644); err != nil {
				return err
			}
		}
		fmt.Printf("spoken  %d prompts into %s\n", written, filepath.Join(folder, "hotline"))
	}
	return nil
}

// linkLanguage sees to it that Asterisk finds a language's sounds by the language's name: Debian's Russian ones stand under their speaker's.
func (c asteriskCommand) linkLanguage(language string) error {
	folder := filepath.Join(c.Sounds, language)
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	speakers, err := filepath.Glob(filepath.Join(c.Sounds, language+"_*"))
	if err != nil {
		return err
	}
	if len(speakers) == 0 {
		return os.Mkdir(folder, 0o755) // the reserve mode speaks languages, too, that the line does not; `doctor` tells what a line lacks
	}
	if err := os.Symlink(filepath.Base(speakers[0]), folder); err != nil {
		return err
	}
	fmt.Printf("linked  %s to %s\n", folder, filepath.Base(speakers[0]))
	return nil
}
