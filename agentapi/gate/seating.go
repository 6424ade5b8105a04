package gate

import (
	"fmt"
	"strings"

	"github.com/alexedwards/argon2id"
)

// Seating is an account with its password, as a configuration gives them.
type Seating struct {
	Account  Account
	Password string
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

// Over is how an account stands after the one that had its id before (the zero Account: none had): with which hash, and
// whether its sign-ins go on. They end with what they were made with, the login and the password, and with what
// they were made for, the role and the agent. A password that is the same keeps its hash.
func (s Seating) Over(old Account, oldHash string) (hash string, goesOn bool, err error) {
	now := s.Account
	if err := now.Check(); err != nil {
		return "", false, err
	}
	if old.ID == now.ID {
		// A hash that cannot be read is nobody's password.
		if same, err := argon2id.ComparePasswordAndHash(s.Password, oldHash); err == nil && same {
			return oldHash, old.Login == now.Login && old.Role == now.Role && old.Agent == now.Agent, nil
		}
	}
	if hash, err = HashPassword(s.Password); err != nil {
		return "", false, fmt.Errorf("account %s: %w", now.ID, err)
	}
	return hash, false, nil
}
