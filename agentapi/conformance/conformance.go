// Package conformance is what every store of accounts must do, as one suite: run by
// agentapi/memory and by agentapi/postgres on a real database.
package conformance

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"hotline/agentapi/gate"
)

// Store is an gate.Accounts that can be filled.
type Store interface {
	gate.Store
	Seat(ctx context.Context, all []gate.Seating) (ended []gate.AccountID, err error)
	Disable(ctx context.Context, id gate.AccountID) error
}

// Run runs the suite. Each part gets a store that is empty.
func Run(t *testing.T, empty func(t *testing.T) Store) {
	parts := map[string]func(*testing.T, Store){
		"AnAccountIsFoundByItsLoginAsItWasSeated":           foundByLogin,
		"AnUnknownLoginIsNoAccount":                         unknownLogin,
		"SeatedAgainWithAnotherNameItKeepsItsSignIns":       seatedAgain,
		"ANewPasswordEndsTheSignInsOfTheOldOne":             newPassword,
		"ARoleOrALoginThatIsTakenAwayEndsTheSignIns":        lessThanBefore,
		"WhoIsGoneIsSignedOutAndFreesTheLogin":              removed,
		"TwoWhoSwapTheirLoginsAreSeated":                    swapped,
		"ASignInByThePasswordOfBeforeComesTooLate":          tooLate,
		"ALoginBelongsToOneAccount":                         loginTaken,
		"AnAgentHasOneAccount":                              agentTaken,
		"AWrongAccountIsOutAndKeepsNobodyElseOut":           wrongAccount,
		"ASignInIsFoundUntilItExpires":                      expires,
		"AClosedSignInIsGoneAndTheOthersStay":               closed,
		"ADisabledAccountIsOutAtOnce":                       disabled,
		"ASignInOfNobodyIsRefused":                          ofNobody,
		"AUsedSignInLastsLongerUpToItsBound":                extended,
		"AnOwnPasswordStaysUntilTheConfigurationHasANewOne": ownPassword,
		"ASecondFactorStaysUntilItIsTurnedOff":              secondFactor,
		"WhoHasASecondFactorSignsInWithACodeOnly":           secondNeeded,
		"ACodeCountsOnce":                                   codesOnce,
		"TheKeyIsMadeOnceAndStays":                          oneKey,
	}
	for name, part := range parts {
		t.Run(name, func(t *testing.T) { part(t, empty(t)) })
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func anna() gate.Account {
	return gate.Account{
		ID: gate.NewAccountID(), Login: "anna", Name: "Анна О’Нил <b>",
		Role: gate.RoleAgent, Language: "ru", Person: "7", Agent: "7", Seat: true,
	}
}

func boris() gate.Account {
	return gate.Account{
		ID: gate.NewAccountID(), Login: "boris", Name: "Boris",
		Role: gate.RoleSupervisor, Language: "en",
	}
}

// dasha takes no calls.
func dasha() gate.Account {
	return gate.Account{ID: gate.NewAccountID(), Login: "dasha", Name: "Даша", Role: gate.RoleDepartment, Language: "ru", Person: "dasha"}
}

// seat makes these the accounts, each with a password of their own.
func seat(t *testing.T, s Store, all ...gate.Account) {
	t.Helper()
	var seatings []gate.Seating
	for _, a := range all {
		seatings = append(seatings, gate.Seating{Account: a, Password: "password of " + string(a.ID)})
	}
	if _, err := s.Seat(t.Context(), seatings); err != nil {
		t.Fatalf("seat %+v: %v", all, err)
	}
}

func open(t *testing.T, s Store, a gate.Account, token byte, lasts time.Duration) gate.TokenHash {
	t.Helper()
	in := gate.SignIn{Token: gate.TokenHash{token}, Account: a.ID, Opened: noon, Expires: noon.Add(lasts)}
	_, hash, err := s.ByLogin(t.Context(), a.Login)
	if err == nil {
		err = s.Open(t.Context(), in, hash)
	}
	if err != nil {
		t.Fatalf("open a sign-in of %s: %v", a.Login, err)
	}
	return in.Token
}

// opens says whether a password is the one of a login.
func opens(t *testing.T, s Store, login, password string) bool {
	t.Helper()
	_, hash, err := s.ByLogin(t.Context(), login)
	if err != nil {
		t.Fatalf("the account of %s: %v", login, err)
	}
	right, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		t.Fatal(err)
	}
	return right
}

// mustBe expects a sign-in to lead to an account as it is; the zero Account expects none.
func mustBe(t *testing.T, s Store, token gate.TokenHash, at time.Time, want gate.Account) {
	t.Helper()
	got, _, err := s.BySignIn(t.Context(), token, at)
	if want.ID == "" {
		if !errors.Is(err, gate.ErrNoAccount) {
			t.Fatalf("sign-in %x at %s: got %+v, %v; expected ErrNoAccount", token[:1], at, got, err)
		}
		return
	}
	if err != nil || got != want {
		t.Fatalf("sign-in %x at %s: got %+v, %v; expected %+v", token[:1], at, got, err, want)
	}
}

func foundByLogin(t *testing.T, s Store) {
	a, b, d := anna(), boris(), dasha()
	seat(t, s, a, b, d)
	for _, want := range []gate.Account{a, b, d} {
		got, _, err := s.ByLogin(t.Context(), want.Login)
		if err != nil || got != want || !opens(t, s, want.Login, "password of "+string(want.ID)) {
			t.Errorf("got %+v, %v; expected %+v with its password", got, err, want)
		}
	}
}

func unknownLogin(t *testing.T, s Store) {
	seat(t, s, anna())
	for _, login := range []string{"", "Anna", "anna ", "a", "' OR 1=1 --"} {
		if _, _, err := s.ByLogin(t.Context(), login); !errors.Is(err, gate.ErrNoAccount) {
			t.Errorf("login %q: %v; expected ErrNoAccount", login, err)
		}
	}
}

func seatedAgain(t *testing.T, s Store) {
	a := anna()
	seat(t, s, a)
	token := open(t, s, a, 1, time.Hour)
	a.Name, a.Language, a.Seat = "Анна К.", "en", false
	seat(t, s, a)
	mustBe(t, s, token, noon, a)
	b := boris() // as a version before wrote him, which knew no persons
	seat(t, s, b)
	token = open(t, s, b, 2, time.Hour)
	b.Person = "boris"
	seat(t, s, b)
	mustBe(t, s, token, noon, b)
}

func newPassword(t *testing.T, s Store) {
	a, b := anna(), boris()
	seat(t, s, a, b)
	one, two := open(t, s, a, 1, time.Hour), open(t, s, b, 2, time.Hour)
	c := gate.Account{ID: "00000000-0000-4000-8000-00000000000c", Login: "new", Name: "New", Role: gate.RoleSupervisor, Language: "en"}
	ended, err := s.Seat(t.Context(), []gate.Seating{{Account: a, Password: "another password"}, {Account: b, Password: "password of " + string(b.ID)}, {Account: c, Password: "password of c"}})
	if err != nil || !slices.Equal(ended, []gate.AccountID{a.ID}) {
		t.Fatalf("the sign-ins of %v ended, %v; who is new had none", ended, err)
	}
	mustBe(t, s, one, noon, gate.Account{})
	mustBe(t, s, two, noon, b)
	if !opens(t, s, "anna", "another password") || opens(t, s, "anna", "password of "+string(a.ID)) {
		t.Error("the password is not the new one")
	}
}

func lessThanBefore(t *testing.T, s Store) {
	b := boris()
	for i, change := range []func(){
		func() { b.Role, b.Agent = gate.RoleAgent, "8" },
		func() { b.Agent = "9" },
		func() { b.Login = "boris.k" },
		func() { b.Role, b.Person, b.Agent = gate.RoleDepartment, "boris", "" },
		func() { b.Person = "b" },
	} {
		seat(t, s, b)
		token := open(t, s, b, byte(i), time.Hour)
		change()
		seat(t, s, b)
		mustBe(t, s, token, noon, gate.Account{})
		mustBe(t, s, open(t, s, b, 100+byte(i), time.Hour), noon, b)
	}
	if _, _, err := s.ByLogin(t.Context(), "boris"); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("the old login: %v; expected ErrNoAccount", err)
	}
}

func removed(t *testing.T, s Store) {
	a, b := anna(), boris()
	seat(t, s, a, b)
	one, two := open(t, s, a, 1, time.Hour), open(t, s, b, 2, time.Hour)
	seat(t, s, b)
	mustBe(t, s, one, noon, gate.Account{})
	mustBe(t, s, two, noon, b)
	again := anna() // with another id
	seat(t, s, b, again)
	mustBe(t, s, one, noon, gate.Account{})
	mustBe(t, s, open(t, s, again, 3, time.Hour), noon, again)
}

func swapped(t *testing.T, s Store) {
	a, b := anna(), boris()
	b.Role, b.Agent = gate.RoleAgent, "8"
	seat(t, s, a, b)
	one, two := open(t, s, a, 1, time.Hour), open(t, s, b, 2, time.Hour)
	a.Login, b.Login = b.Login, a.Login
	a.Agent, b.Agent = b.Agent, a.Agent
	seat(t, s, a, b)
	for _, want := range []gate.Account{a, b} {
		if got, _, err := s.ByLogin(t.Context(), want.Login); err != nil || got != want {
			t.Errorf("got %+v, %v; expected %+v", got, err, want)
		}
	}
	mustBe(t, s, one, noon, gate.Account{})
	mustBe(t, s, two, noon, gate.Account{})
}

func tooLate(t *testing.T, s Store) {
	a := anna()
	seat(t, s, a)
	_, hash, err := s.ByLogin(t.Context(), a.Login)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seat(t.Context(), []gate.Seating{{Account: a, Password: "another password"}}); err != nil {
		t.Fatal(err)
	}
	in := gate.SignIn{Token: gate.TokenHash{1}, Account: a.ID, Opened: noon, Expires: noon.Add(time.Hour)}
	if err := s.Open(t.Context(), in, hash); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("got %v; expected ErrNoAccount", err)
	}
}

func loginTaken(t *testing.T, s Store) {
	a, b := anna(), boris()
	b.Login = "anna"
	refused(t, s, b, a)
}

func agentTaken(t *testing.T, s Store) {
	a, b := anna(), boris()
	b.Agent = a.Agent
	refused(t, s, b, a)
}

// refused expects that an account is not taken, and that the others beside it are. Who had it before is signed out.
func refused(t *testing.T, s Store, wrong gate.Account, others ...gate.Account) {
	t.Helper()
	before := anna()
	before.ID, before.Login, before.Agent = wrong.ID, "before", "before"
	seat(t, s, before)
	token := open(t, s, before, 1, time.Hour)
	beside := boris()
	beside.Login = "beside"
	var seatings []gate.Seating
	for _, a := range append(others, wrong, beside) {
		seatings = append(seatings, gate.Seating{Account: a, Password: "a password"})
	}
	var not gate.NotSeated
	if _, err := s.Seat(t.Context(), seatings); !errors.As(err, &not) || len(not) != 1 || not[0].Account != wrong.ID || not[0].Why == nil {
		t.Errorf("%+v: %v", wrong, err)
	}
	for _, a := range append(others, beside) {
		if got, _, err := s.ByLogin(t.Context(), a.Login); err != nil || got != a {
			t.Errorf("who is beside the wrong one is %+v, %v", got, err)
		}
	}
	mustBe(t, s, token, noon, gate.Account{})
	if _, _, err := s.ByLogin(t.Context(), "before"); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("the account of before is still there: %v", err)
	}
}

func wrongAccount(t *testing.T, s Store) {
	for name, spoil := range map[string]func(*gate.Account){
		"no person": func(a *gate.Account) { a.Person = "" },
		"an agent":  func(a *gate.Account) { a.Agent = "8" },
	} {
		t.Run("department with "+name, func(t *testing.T) {
			d := dasha()
			spoil(&d)
			refused(t, s, d)
		})
	}
	wrong := map[string]func(*gate.Account){
		"no login":         func(a *gate.Account) { a.Login = "" },
		"upper case":       func(a *gate.Account) { a.Login = "Anna" },
		"unknown role":     func(a *gate.Account) { a.Role = "owner" },
		"unknown language": func(a *gate.Account) { a.Language = "de" },
		"agent without":    func(a *gate.Account) { a.Agent = "" },
	}
	for name, spoil := range wrong {
		t.Run(name, func(t *testing.T) {
			a := anna()
			spoil(&a)
			refused(t, s, a)
		})
	}
	for name, password := range map[string]string{"short": "swordfi", "long": strings.Repeat("swordfish", 29)} {
		a, b := anna(), boris()
		var not gate.NotSeated
		_, err := s.Seat(t.Context(), []gate.Seating{{Account: a, Password: password}, {Account: b, Password: "a password"}})
		if !errors.As(err, &not) || len(not) != 1 || not[0].Account != a.ID {
			t.Errorf("a %s password: %v", name, err)
		}
		if got, _, err := s.ByLogin(t.Context(), b.Login); err != nil || got != b {
			t.Errorf("who is beside a %s password is %+v, %v", name, got, err)
		}
	}
}

func expires(t *testing.T, s Store) {
	a := anna()
	seat(t, s, a)
	token := open(t, s, a, 1, time.Hour)
	mustBe(t, s, token, noon, a)
	mustBe(t, s, token, noon.Add(time.Hour-time.Second), a)
	mustBe(t, s, token, noon.Add(time.Hour), gate.Account{})
	mustBe(t, s, gate.TokenHash{9}, noon, gate.Account{})
	if _, until, err := s.BySignIn(t.Context(), token, noon); err != nil || !until.Equal(noon.Add(time.Hour)) {
		t.Errorf("expires %s, %v; expected %s", until, err, noon.Add(time.Hour))
	}
}

func closed(t *testing.T, s Store) {
	a := anna()
	seat(t, s, a)
	one, two := open(t, s, a, 1, time.Hour), open(t, s, a, 2, time.Hour)
	for range 2 { // the second time it is not there, and no error
		if err := s.Close(t.Context(), one); err != nil {
			t.Fatal(err)
		}
	}
	mustBe(t, s, one, noon, gate.Account{})
	mustBe(t, s, two, noon, a)
}

func disabled(t *testing.T, s Store) {
	a, b := anna(), boris()
	seat(t, s, a, b)
	one, two := open(t, s, a, 1, time.Hour), open(t, s, b, 2, time.Hour)
	_, hash, err := s.ByLogin(t.Context(), a.Login)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Disable(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	mustBe(t, s, one, noon, gate.Account{})
	mustBe(t, s, two, noon, b)
	if _, _, err := s.ByLogin(t.Context(), a.Login); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("sign in to a disabled account: %v", err)
	}
	in := gate.SignIn{Token: gate.TokenHash{3}, Account: a.ID, Opened: noon, Expires: noon.Add(time.Hour)}
	if err := s.Open(t.Context(), in, hash); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("open a sign-in of a disabled account: %v", err)
	}
}

func ofNobody(t *testing.T, s Store) {
	in := gate.SignIn{Token: gate.TokenHash{1}, Account: boris().ID, Opened: noon, Expires: noon.Add(time.Hour)}
	if err := s.Open(t.Context(), in, "hash"); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("got %v; expected ErrNoAccount", err)
	}
}

func oneKey(t *testing.T, s Store) {
	first, err := s.Key(t.Context())
	if err != nil || len(first.Secret) != 32 || !first.UnsignedUntil.IsZero() {
		t.Fatalf("a key of %d bytes, unsigned until %s, %v", len(first.Secret), first.UnsignedUntil, err)
	}
	a := anna()
	seat(t, s, a)
	open(t, s, a, 1, time.Hour)
	if again, err := s.Key(t.Context()); err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("the second time it is another, %v", err)
	}
}

func extended(t *testing.T, s Store) {
	a := anna()
	seat(t, s, a)
	token := open(t, s, a, 1, time.Hour)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, c := range []struct{ now, until, want int }{
		{30, 90, 90}, {40, 80, 90}, {50, 500, 120}, // no shorter, and two hours at most
	} {
		got, err := s.Extend(t.Context(), token, at(c.now), at(c.until), 2*time.Hour)
		if err != nil || !got.Equal(at(c.want)) {
			t.Errorf("at %d until %d: %s, %v; expected %s", c.now, c.until, got, err, at(c.want))
		}
	}
	if left, err := s.Left(t.Context(), []gate.TokenHash{{9}, token}); err != nil || len(left) != 1 || left[0] != token {
		t.Errorf("left are %v, %v", left, err)
	}
	mustBe(t, s, token, at(119), a)
	mustBe(t, s, token, at(120), gate.Account{})
	for _, token := range []gate.TokenHash{token, {9}} {
		if _, err := s.Extend(t.Context(), token, at(120), at(200), 24*time.Hour); !errors.Is(err, gate.ErrNoAccount) {
			t.Errorf("one that is over, or never was: %v", err)
		}
	}
}

func ownPassword(t *testing.T, s Store) {
	a, b := anna(), boris()
	configured := gate.Seating{Account: a, Password: "the configured one"}
	others := gate.Seating{Account: b, Password: "password of " + string(b.ID)}
	if _, err := s.Seat(t.Context(), []gate.Seating{configured, others}); err != nil {
		t.Fatal(err)
	}
	here, elsewhere, beside := open(t, s, a, 1, time.Hour), open(t, s, a, 2, time.Hour), open(t, s, b, 3, time.Hour)
	_, hash, err := s.ByLogin(t.Context(), a.Login)
	if err != nil {
		t.Fatal(err)
	}
	own, err := gate.HashPassword("chosen by anna herself")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ChangePassword(t.Context(), a.ID, "another hash", own, here); !errors.Is(err, gate.ErrNoAccount) {
		t.Errorf("by another password: %v", err)
	}
	if err := s.ChangePassword(t.Context(), a.ID, hash, own, here); err != nil {
		t.Fatal(err)
	}
	mustBe(t, s, here, noon, a)
	mustBe(t, s, elsewhere, noon, gate.Account{})
	mustBe(t, s, beside, noon, b)
	for range 2 { // a restart, and another: the configuration is as it was
		if ended, err := s.Seat(t.Context(), []gate.Seating{configured, others}); err != nil || len(ended) > 0 {
			t.Errorf("the sign-ins of %v ended, %v", ended, err)
		}
		if !opens(t, s, "anna", "chosen by anna herself") || opens(t, s, "anna", configured.Password) {
			t.Error("the password is not the one that Anna has chosen")
		}
	}
	mustBe(t, s, here, noon, a)
	configured.Password = "a new configured one"
	if _, err := s.Seat(t.Context(), []gate.Seating{configured, others}); err != nil {
		t.Fatal(err)
	}
	if !opens(t, s, "anna", configured.Password) || opens(t, s, "anna", "chosen by anna herself") {
		t.Error("the configuration's new password does not count")
	}
	mustBe(t, s, here, noon, gate.Account{})
}
