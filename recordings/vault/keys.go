package vault

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"hotline/recordings"
)

// Keys are those of a key file, each of which wraps the keys of many recordings. The file is read again when it has changed. It has a line for each,
//
//	NAME 32 bytes in base64
//
// the first of which is for new recordings, and the others open older ones. Empty lines, and those that begin with #, say nothing. It is safe for concurrent use.
type Keys struct {
	file string

	mu      sync.Mutex
	changed time.Time // guarded by mu, as all below
	size    int64
	first   key
	all     map[string]key
}

type key struct {
	name string
	aead cipher.AEAD
}

// keyName is what a key may be called: it stands in each recording.
var keyName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

const keyBytes = 32

// ReadKeys reads a key file. Nobody but its owner may read it, or write it.
func ReadKeys(file string) (*Keys, error) {
	k := &Keys{file: file}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k, k.read()
}

// read reads the file where it has changed.
func (k *Keys) read() error {
	info, err := os.Stat(k.file)
	if err != nil {
		return fmt.Errorf("keys of recordings: %w", err)
	}
	if info.ModTime().Equal(k.changed) && info.Size() == k.size {
		return nil
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("keys of recordings: others may read or write %s (%#o): chmod 600 it", k.file, mode)
	}
	content, err := os.ReadFile(k.file)
	if err != nil {
		return fmt.Errorf("keys of recordings: %w", err)
	}
	first, all, err := parseKeys(string(content))
	if err != nil {
		return fmt.Errorf("keys of recordings: %s: %w", k.file, err)
	}
	k.first, k.all, k.changed, k.size = first, all, info.ModTime(), info.Size()
	return nil
}

// parseKeys reads the lines of a key file. No error quotes what may be a key.
func parseKeys(content string) (first key, all map[string]key, err error) {
	all = make(map[string]key)
	lines := bufio.NewScanner(strings.NewReader(content))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 2 {
			return first, nil, fmt.Errorf("line %d: expected a name and a key", n)
		}
		if !keyName.MatchString(fields[0]) {
			return first, nil, fmt.Errorf("line %d: a name has 1 to 32 letters, digits, dots, dashes and underscores", n)
		}
		secret, err := base64.StdEncoding.DecodeString(fields[1])
		if err != nil || len(secret) != keyBytes {
			return first, nil, fmt.Errorf("line %d: the key %s is not %d bytes in base64", n, fields[0], keyBytes)
		}
		if _, twice := all[fields[0]]; twice {
			return first, nil, fmt.Errorf("line %d: there are two keys %s", n, fields[0])
		}
		one := key{fields[0], sealer(secret)}
		if all[one.name] = one; len(all) == 1 {
			first = one
		}
	}
	if len(all) == 0 {
		return first, nil, errors.New("there is no key in it")
	}
	return first, all, lines.Err()
}

// sealer is AES-256-GCM with a key.
func sealer(secret []byte) cipher.AEAD {
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err) // the length is known
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// current is the key of new recordings.
func (k *Keys) current() (key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.read()
	return k.first, err
}

// named is a key by its name. The error names it.
func (k *Keys) named(name string) (key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if one, is := k.all[name]; is {
		return one, nil
	}
	if err := k.read(); err != nil { // it may have come since
		return key{}, err
	}
	if one, is := k.all[name]; is {
		return one, nil
	}
	return key{}, fmt.Errorf("%w: %s is not in %s", recordings.ErrNoKey, name, k.file)
}

// NewKey puts a new key before all others of a key file, or begins one, and gives its name.
func NewKey(file string, now time.Time) (name string, err error) {
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	all := map[string]key{}
	if err == nil {
		k, err := ReadKeys(file)
		if err != nil {
			return "", err
		}
		all = k.all
	}
	secret := make([]byte, keyBytes)
	rand.Read(secret) // never fails (crypto/rand)
	name = now.UTC().Format("2006-01-02")
	for n := 2; all[name].aead != nil; n++ {
		name = fmt.Sprintf("%s.%d", now.UTC().Format("2006-01-02"), n)
	}
	return name, replace(file, fmt.Appendf(nil, "%s %s\n%s", name, base64.StdEncoding.EncodeToString(secret), before))
}

// replace gives a file a new content as a whole or not at all, for its owner alone, who stays the same.
func replace(file string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-*") // it is of mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close(), ownedAs(file, f.Name())); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncFolder(filepath.Dir(file))
}
