package gate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pquerna/otp/totp"

	"hotline/agentapi"
	"hotline/agentapi/gate"
	"hotline/agentapi/memory"
)

const rightPassword = "correct horse 7"

// browser is one at which Anna sits: it keeps the cookies that it is given.
type browser struct {
	t       *testing.T
	g       *gate.Gate
	cookies map[string]http.Cookie
}

// ask sends a request to an address other than that of signing in.
func (b *browser) ask(do func(ctx context.Context)) { b.askAt("/api/v1/second-factor", do) }

func (b *browser) askAt(path string, do func(ctx context.Context)) {
	r := httptest.NewRequest(http.MethodPost, path, nil)
	for _, c := range b.cookies {
		if strings.HasPrefix(path, c.Path) {
			r.AddCookie(&c)
		}
	}
	b.g.Admit(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { do(r.Context()) })).ServeHTTP(httptest.NewRecorder(), r)
}

// signIn says what came of it: "" is that she is in.
func (b *browser) signIn(password, code string) (said agentapi.Code) {
	b.t.Helper()
	b.askAt("/api/v1/session", func(ctx context.Context) {
		_, cookies, err := b.g.SignIn(ctx, gate.Credentials{Login: "anna", Password: password, Code: code})
		said = codeOf(b.t, err)
		for _, c := range cookies {
			b.cookies[c.Name] = c
		}
	})
	return said
}

func codeOf(t *testing.T, err error) agentapi.Code {
	t.Helper()
	p, is := errors.AsType[*agentapi.Problem](err)
	switch {
	case err == nil:
		return ""
	case !is:
		t.Fatal(err)
	}
	return p.Code
}

// person is who is signed in here.
func (b *browser) person(ctx context.Context) gate.Person {
	b.t.Helper()
	p, err := b.g.Anybody(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// turnOn turns on the second factor of who is signed in here.
func (b *browser) turnOn() (secret string, recovery []string) {
	b.t.Helper()
	b.ask(func(ctx context.Context) {
		e, err := b.g.BeginSecondFactor(ctx, b.person(ctx), rightPassword)
		if err != nil {
			b.t.Fatal(err)
		}
		if secret = e.Secret; !strings.HasPrefix(e.URI, "otpauth://totp/Hotline:anna?") || !strings.Contains(e.URI, secret) {
			b.t.Errorf("the app is given %s", e.URI)
		}
		if recovery, err = b.g.TurnOnSecondFactor(ctx, b.person(ctx), e.Sealed, shown(b.t, secret, 0)); err != nil {
			b.t.Fatal(err)
		}
	})
	return secret, recovery
}

// shown is what the app shows, or showed and will show at another time.
func shown(t *testing.T, secret string, away time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(away))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// annaAt is a gate with Anna's account alone, and a browser.
func annaAt(t *testing.T, store *memory.Accounts, o gate.Options) *browser {
	t.Helper()
	a := gate.Account{ID: "a1", Login: "anna", Role: gate.RoleSupervisor, Language: "en"}
	if _, err := store.Seat(t.Context(), []gate.Seating{{Account: a, Password: rightPassword}}); err != nil {
		t.Fatal(err)
	}
	o.Accounts = store
	g, err := gate.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, g, map[string]http.Cookie{}}
}

// elsewhere is a browser that nobody has signed in on.
func (b *browser) elsewhere() *browser { return &browser{b.t, b.g, map[string]http.Cookie{}} }

// expect signs in, and compares what came of it.
func (b *browser) expect(what, password, code string, want agentapi.Code) {
	b.t.Helper()
	if got := b.signIn(password, code); got != want {
		b.t.Errorf("%s: %q, expected %q", what, got, want)
	}
}

// TestACodeOfTheSecondFactorCountsOnce: not again, not after a restart, and with a clock that is half a minute off, not more.
func TestACodeOfTheSecondFactorCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory.Accounts{}
		b := annaAt(t, store, gate.Options{})
		b.expect("before", rightPassword, "", "")
		b.expect("a code that is not needed", rightPassword, "123456", "")
		other := b.elsewhere()
		other.expect("elsewhere", rightPassword, "", "")
		secret, _ := b.turnOn()
		other.ask(func(ctx context.Context) {
			if _, err := other.g.Who(ctx); !errors.Is(err, gate.ErrNoAccount) {
				t.Errorf("who was signed in elsewhere: %v", err)
			}
		})
		b.ask(func(ctx context.Context) {
			if !b.person(ctx).Account.SecondFactor {
				t.Error("the page is not told")
			}
		})
		b.expect("the code that turned it on", rightPassword, shown(t, secret, 0), agentapi.CodeWrongCode)
		b.expect("no code", rightPassword, "", agentapi.CodeSecondFactor)
		time.Sleep(time.Minute)
		now := shown(t, secret, 0)
		b.expect("a wrong password with the right code", "wrong horse 7", now, agentapi.CodeWrongLogin)
		b.expect("a wrong password without", "wrong horse 7", "", agentapi.CodeWrongLogin)
		b.expect("the code that is shown", rightPassword, " "+now[:3]+" "+now[3:], "")
		b.expect("the same again", rightPassword, now, agentapi.CodeWrongCode)
		b.expect("one before it", rightPassword, shown(t, secret, -30*time.Second), agentapi.CodeWrongCode)
		again := annaAt(t, store, gate.Options{})
		again.expect("the same after a restart", rightPassword, now, agentapi.CodeWrongCode)
		time.Sleep(10 * time.Minute)
		again.expect("a clock a minute late", rightPassword, shown(t, secret, -time.Minute), agentapi.CodeWrongCode)
		again.expect("a clock a minute early", rightPassword, shown(t, secret, time.Minute), agentapi.CodeWrongCode)
		again.expect("a clock half a minute late", rightPassword, shown(t, secret, -30*time.Second), "")
		time.Sleep(10 * time.Minute)
		again.expect("a clock half a minute early", rightPassword, shown(t, secret, 30*time.Second), "")
		time.Sleep(30 * time.Second)
		again.expect("that one again when its time has come", rightPassword, shown(t, secret, 0), agentapi.CodeWrongCode)
	})
}

// TestARecoveryCodeCountsOnceInThePlaceOfTheApps, and none is of use for another account.
func TestARecoveryCodeCountsOnceInThePlaceOfTheApps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory.Accounts{}
		b := annaAt(t, store, gate.Options{})
		b.expect("before", rightPassword, "", "")
		_, recovery := b.turnOn()
		if len(recovery) != 10 || len(recovery[0]) != 19 {
			t.Fatalf("recovery codes are %q", recovery)
		}
		for i, code := range recovery {
			time.Sleep(time.Minute)
			if i%2 == 1 {
				code = strings.ToLower(strings.ReplaceAll(code, "-", " "))
			}
			b.expect(fmt.Sprint("recovery code ", i), rightPassword, code, "")
			b.expect("the same again", rightPassword, code, agentapi.CodeWrongCode)
		}
		f, err := store.SecondFactor(t.Context(), "a1")
		if err != nil || len(f.Recovery) != 0 {
			t.Errorf("%d are left, %v", len(f.Recovery), err)
		}
	})
}

// TestCodesAreNotGuessedByWhoHasThePassword, from wherever they try; Anna comes in all the same, on her browser and by a recovery code.
func TestCodesAreNotGuessedByWhoHasThePassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory.Accounts{}
		b := annaAt(t, store, gate.Options{})
		b.expect("before", rightPassword, "", "")
		secret, recovery := b.turnOn()
		begun, looked, asked := time.Now(), 0, 0
		for time.Since(begun) < 24*time.Hour {
			switch said := b.elsewhere().signIn(rightPassword, "12345a"); said {
			case agentapi.CodeWrongCode:
				looked++
			case agentapi.CodeTooManyCodes:
				time.Sleep(7 * time.Minute) // in less than the longest pause
			default:
				t.Fatalf("a guess: %q", said)
			}
			if asked++; asked%10 == 0 { // the password alone makes nothing good
				b.elsewhere().expect("no code", rightPassword, "", agentapi.CodeSecondFactor)
			}
		}
		if looked < 10 || looked > 120 {
			t.Errorf("%d guesses were looked at in a day, of %d", looked, asked)
		}
		b.elsewhere().signIn(rightPassword, "12345a")
		b.elsewhere().expect("the right code from elsewhere meanwhile", rightPassword, shown(t, secret, 0), agentapi.CodeTooManyCodes)
		b.expect("on her browser", rightPassword, shown(t, secret, 0), "")
		b.ask(func(ctx context.Context) {
			begun := time.Now()
			if err := b.g.TurnOffSecondFactor(ctx, b.person(ctx), rightPassword, shown(t, secret, 30*time.Second)); err != nil || time.Since(begun) > time.Second {
				t.Errorf("turned off where she is signed in: %v after %s", err, time.Since(begun))
			}
			e, err := b.g.BeginSecondFactor(ctx, b.person(ctx), rightPassword)
			if err != nil {
				t.Fatal(err)
			}
			secret = e.Secret
			if recovery, err = b.g.TurnOnSecondFactor(ctx, b.person(ctx), e.Sealed, shown(t, secret, 0)); err != nil {
				t.Fatal(err)
			}
		})
		b.elsewhere().expect("by a recovery code", rightPassword, recovery[3], "")
		time.Sleep(time.Minute)
		b.elsewhere().expect("the right code then", rightPassword, shown(t, secret, 0), "")
	})
}

// TestWhoseRoleNeedsASecondFactorReachesNothingBeforeIt.
func TestWhoseRoleNeedsASecondFactorReachesNothingBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := annaAt(t, &memory.Accounts{}, gate.Options{SecondFactor: []gate.Role{gate.RoleAdministrator, gate.RoleSupervisor}})
		who := func(want agentapi.Code) {
			t.Helper()
			b.ask(func(ctx context.Context) {
				_, err := b.g.Who(ctx)
				if got := codeOf(t, err); got != want {
					t.Errorf("who she is: %q, expected %q", got, want)
				}
				if due := b.person(ctx).Account.SecondFactorDue; due != (want != "") {
					t.Errorf("the page is told that it is due: %v", due)
				}
			})
		}
		b.expect("by the password", rightPassword, "", "")
		who(agentapi.CodeSecondFactorDue)
		secret, _ := b.turnOn()
		who("")
		time.Sleep(time.Minute)
		b.ask(func(ctx context.Context) {
			for _, c := range []struct{ password, code string }{{"wrong horse 7", shown(t, secret, 0)}, {rightPassword, "000000"}, {rightPassword, ""}} {
				if got := codeOf(t, b.g.TurnOffSecondFactor(ctx, b.person(ctx), c.password, c.code)); got != agentapi.CodeInvalid {
					t.Errorf("turned off by %+v: %q", c, got)
				}
			}
			if err := b.g.TurnOffSecondFactor(ctx, b.person(ctx), rightPassword, shown(t, secret, 0)); err != nil {
				t.Error(err)
			}
		})
		who(agentapi.CodeSecondFactorDue)
	})
}

// TestASecondFactorIsTurnedOnByThePasswordAndACodeOfIt, in time, by whom it was made for.
func TestASecondFactorIsTurnedOnByThePasswordAndACodeOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := annaAt(t, &memory.Accounts{}, gate.Options{})
		b.expect("by the password", rightPassword, "", "")
		b.ask(func(ctx context.Context) {
			p := b.person(ctx)
			if _, err := b.g.BeginSecondFactor(ctx, p, "wrong horse 7"); codeOf(t, err) != agentapi.CodeInvalid {
				t.Errorf("by a wrong password: %v", err)
			}
			e, err := b.g.BeginSecondFactor(ctx, p, rightPassword)
			if err != nil {
				t.Fatal(err)
			}
			another := p
			another.Account.ID = "a2"
			for what, try := range map[string]struct {
				by           gate.Person
				sealed, code string
			}{
				"a wrong code":    {p, e.Sealed, "00000a"},
				"no enrolment":    {p, "AAAA", shown(t, e.Secret, 0)},
				"somebody else's": {another, e.Sealed, shown(t, e.Secret, 0)},
			} {
				if _, err := b.g.TurnOnSecondFactor(ctx, try.by, try.sealed, try.code); codeOf(t, err) != agentapi.CodeInvalid {
					t.Errorf("%s: %v", what, err)
				}
			}
			time.Sleep(31 * time.Minute)
			if _, err := b.g.TurnOnSecondFactor(ctx, p, e.Sealed, shown(t, e.Secret, 0)); codeOf(t, err) != agentapi.CodeInvalid {
				t.Errorf("after 31 minutes: %v", err)
			}
		})
		b.turnOn()
		b.ask(func(ctx context.Context) {
			if _, err := b.g.BeginSecondFactor(ctx, b.person(ctx), rightPassword); codeOf(t, err) != agentapi.CodeConflict {
				t.Errorf("a second time: %v", err)
			}
		})
	})
}
