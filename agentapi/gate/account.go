package gate

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hotline/agentapi"
	"hotline/queues"
)

// AccountID identifies a person who may sign in: a UUIDv7.
type AccountID string

// NewAccountID makes one.
func NewAccountID() AccountID { return AccountID(uuid.Must(uuid.NewV7()).String()) }

// Role says what an account may see and do.
type Role string

const (
	RoleAgent         Role = "agent"
	RoleDepartment    Role = "department" // works on tickets, and takes no calls
	RoleSupervisor    Role = "supervisor"
	RoleAdministrator Role = "administrator"
)

// Valid says whether r is one of the roles.
func (r Role) Valid() bool {
	return r == RoleAgent || r == RoleDepartment || r == RoleSupervisor || r == RoleAdministrator
}

// Oversees says whether r may have all that a supervisor may. Who does not has what is theirs: their calls, their departments' tickets.
func (r Role) Oversees() bool {
	return r == RoleSupervisor || r == RoleAdministrator || r == RoleMachine
}

// Account is a person who may sign in, as it is shown to the pages: there is
// no secret in it.
type Account struct {
	ID       AccountID      `json:"id" doc:"UUIDv7"`
	Login    string         `json:"login" doc:"lower case, unique"`
	Name     string         `json:"name"`
	Role     Role           `json:"role" enum:"agent,department,supervisor,administrator"`
	Language string         `json:"language" enum:"ru,en" doc:"of the pages"`
	Person   string         `json:"person,omitempty" doc:"by which tickets know them; absent: nobody"`
	Agent    queues.AgentID `json:"agent,omitempty" doc:"the agent whose desk this account opens; absent: none"`
	Seat     bool           `json:"seat" doc:"the desk page carries a phone"`

	SecondFactor    bool `json:"second_factor" doc:"a code is asked for at signing in"`
	SecondFactorDue bool `json:"second_factor_due,omitempty" doc:"the role needs a second factor: until it is turned on nothing else is possible"` // the gate's, not the store's
}

// Check says what is wrong with an account, before a store takes it.
func (a Account) Check() error {
	if err := CheckLogin(a.Login); err != nil {
		return fmt.Errorf("account %s: %w", a.ID, err)
	}
	switch {
	case a.ID == "":
		return errors.New("an account needs an id")
	case !a.Role.Valid():
		return fmt.Errorf("account %s: role %q: expected agent, department, supervisor or administrator", a.ID, agentapi.Printable(string(a.Role)))
	case a.Language != "ru" && a.Language != "en":
		return fmt.Errorf("account %s: language %q: expected ru or en", a.ID, agentapi.Printable(a.Language))
	case a.Role == RoleAgent && a.Agent == "":
		return fmt.Errorf("account %s: the role agent needs an agent", a.ID)
	case a.Role == RoleDepartment && a.Person == "":
		return fmt.Errorf("account %s: the role department needs a person", a.ID)
	case a.Role == RoleDepartment && a.Agent != "":
		return fmt.Errorf("account %s: the role department takes no calls, and has no agent", a.ID)
	}
	return nil
}

// ErrNoAccount is the stores' answer where there is no such account or no such
// sign-in: unknown, disabled, expired and signed out are all the same to a visitor.
var ErrNoAccount = errors.New("no such account")

// TokenHash is SHA-256 of a sign-in's secret token. The token itself stays in
// the visitor's cookie: whoever reads the database cannot sign in with it.
type TokenHash [32]byte

// MarshalText is in hexadecimal digits.
func (t TokenHash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, t[:]), nil }

// UnmarshalText reads what MarshalText has written.
func (t *TokenHash) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(t) {
		return errors.New("this is no hash of a token")
	}
	copy(t[:], b)
	return nil
}

// SignIn is one person signed in on one browser.
type SignIn struct {
	Token   TokenHash
	Account AccountID
	Opened  time.Time
	Expires time.Time
	Second  bool // a code of the second factor was given
}

// Store is all that the gate keeps. agentapi/postgres and agentapi/memory pass the same conformance suite.
type Store interface {
	Accounts
	Keys
	Visits
	Passwords
	SecondFactors
}

// Accounts is where accounts and sign-ins are kept.
type Accounts interface {
	// ByLogin finds an enabled account and its argon2id hash, or ErrNoAccount.
	// The login is compared as it is: the caller makes it lower case.
	ByLogin(ctx context.Context, login string) (a Account, passwordHash string, err error)
	// Open remembers a sign-in that was made with the password of this hash, and may forget those that have expired. Where
	// the account is gone, or has another password by now, or a second factor of which no code was given, it is ErrNoAccount.
	Open(ctx context.Context, in SignIn, passwordHash string) error
	// BySignIn finds who signed in with this token, where the sign-in has not expired
	// at now and the account is enabled; else ErrNoAccount.
	BySignIn(ctx context.Context, token TokenHash, now time.Time) (a Account, expires time.Time, err error)
	// Close forgets a sign-in; one that is not there is no error.
	Close(ctx context.Context, token TokenHash) error
}
