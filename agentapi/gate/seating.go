package gate

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/alexedwards/argon2id"
)

// Seating is an account with its password, as a configuration gives them.
type Seating struct {
	Account  Account
	Password string
	Hash     string // of this password, where somebody has made one already, or of another; "": none
}

// NotSeated is the error of a store that has seated all but these accounts. They are out: nobody signs in to them, and what was open
// with them has ended.
type NotSeated []Refusal

// Refusal is an account that a store does not take, and why.
type Refusal struct {
	Account AccountID
	Why     error
}

func (n NotSeated) Error() string {
	var all []string
	for _, one := range n {
		all = append(all, one.Why.Error())
	}
	return strings.Join(all, "; ")
}

// Hashes are those of an account: of its password, and of the one that the configuration has given it. They differ where the person
// has changed theirs.
type Hashes struct {
	Password   string
	Configured string // "" is the same
}

// Over is how an account stands after the one that had its id before (the zero Account: none had): with which hashes, and
// whether its sign-ins go on. The password that a person has chosen stays until the configuration has a new one. They end with what they were made with, the login and the password, and with what
// they were made for, the role, the agent and the person (whom a version before did not write down). A password that is the same keeps its hash.
func (s Seating) Over(old Account, was Hashes) (is Hashes, goesOn bool, err error) {
	now := s.Account
	if err := now.Check(); err != nil {
		return Hashes{}, false, err
	}
	if old.ID == now.ID {
		// A hash that cannot be read is nobody's password.
		if same, err := argon2id.ComparePasswordAndHash(s.Password, cmp.Or(was.Configured, was.Password)); err == nil && same {
			return was, old.Login == now.Login && old.Role == now.Role && old.Agent == now.Agent && (old.Person == now.Person || old.Person == ""), nil
		}
	}
	if s.Hash != "" {
		if same, err := argon2id.ComparePasswordAndHash(s.Password, s.Hash); err == nil && same {
			return Hashes{Password: s.Hash}, false, nil
		}
	}
	if is.Password, err = HashPassword(s.Password); err != nil {
		return Hashes{}, false, fmt.Errorf("account %s: %w", now.ID, err)
	}
	return is, false, nil
}
