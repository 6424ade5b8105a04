package gate

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pquerna/otp/totp"

	"hotline/agentapi"
)

// issuer is whose codes they are, as apps show it beside the login.
const issuer = "Hotline"

// enrolmentTime is how long somebody may take between the first look at the secret and the first code.
const enrolmentTime = 30 * time.Minute

// Enrolment is a second factor that is to be turned on: what the person's app is given, and what they send back with a code of it.
type Enrolment struct {
	Secret string // in base32, for who types it
	URI    string // otpauth://, for who scans it
	Sealed string // for TurnOnSecondFactor
}

// pending is what an Enrolment has sealed: nothing is kept of it until the person has shown that their app makes the right codes.
type pending struct {
	Secret   []byte
	Password [32]byte // SHA-256 of the password's hash: it must be the same when the second factor is turned on
	Until    time.Time
}

// BeginSecondFactor makes a second factor for the person who sends a request, if this is their password. The errors are Problems, or
// the store's.
func (g *Gate) BeginSecondFactor(ctx context.Context, p Person, password string) (Enrolment, error) {
	hash, key, err := g.own(ctx, p, password, "body.password", nil)
	if err != nil {
		return Enrolment{}, err
	}
	if p.Account.SecondFactor {
		return Enrolment{}, alreadyOn()
	}
	made := pending{Secret: make([]byte, 20), Password: sha256.Sum256([]byte(hash)), Until: time.Now().Add(enrolmentTime)}
	_, _ = rand.Read(made.Secret) // never fails
	app, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: p.Account.Login, Secret: made.Secret})
	if err != nil {
		return Enrolment{}, fmt.Errorf("make a second factor: %w", err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		return Enrolment{}, err
	}
	sealed, err := key.seal(sealEnrolment, p.Account.ID, text)
	if err != nil {
		return Enrolment{}, fmt.Errorf("make a second factor: %w", err)
	}
	return Enrolment{Secret: app.Secret(), URI: app.URL(), Sealed: base64.RawURLEncoding.EncodeToString(sealed)}, nil
}

// TurnOnSecondFactor turns on what BeginSecondFactor has made, if this is a code of it, and ends what the person has open elsewhere. The
// recovery codes are shown this once. The errors are Problems, or the store's.
func (g *Gate) TurnOnSecondFactor(ctx context.Context, p Person, sealed, code string) (recovery []string, err error) {
	key, err := g.signer.ready(ctx)
	if err != nil {
		return nil, err
	}
	made, ok := openEnrolment(key, p.Account.ID, sealed)
	if !ok || time.Now().After(made.Until) {
		return nil, agentapi.RefuseField("body.enrolment", "is too old: begin again")
	}
	step, ok := stepOf(made.Secret, cleanCode(code), time.Now())
	if !ok {
		return nil, agentapi.RefuseField("body.code", "is not the one that the app shows now")
	}
	a, hash, err := g.accounts.ByLogin(ctx, p.Account.Login)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return nil, err
	}
	if a.ID != p.Account.ID || sha256.Sum256([]byte(hash)) != made.Password {
		return nil, agentapi.RefuseField("body.enrolment", "is of before the password was changed: begin again")
	}
	f := SecondFactor{Step: step}
	if f.Secret, err = key.seal(sealSecret, a.ID, made.Secret); err != nil {
		return nil, fmt.Errorf("keep a second factor: %w", err)
	}
	for range recoveryCodes {
		code := rand.Text()[:recoveryLength]
		f.Recovery = append(f.Recovery, hashRecovery(a.ID, code))
		recovery = append(recovery, code[:4]+"-"+code[4:8]+"-"+code[8:12]+"-"+code[12:])
	}
	switch err := g.accounts.TurnOn(ctx, a.ID, hash, f, p.Token); {
	case errors.Is(err, ErrNoAccount):
		return nil, alreadyOn() // or the password was changed in the same moment
	case err != nil:
		return nil, fmt.Errorf("turn on the second factor of account %s: %w", a.ID, err)
	}
	g.known.forgetAccounts([]AccountID{a.ID})
	g.log.Info("a second factor is turned on", "account", a.ID, "address", visitorOf(ctx).address)
	return recovery, nil
}

func openEnrolment(key Key, id AccountID, text string) (made pending, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return pending{}, false
	}
	plain, err := key.unseal(sealEnrolment, id, sealed)
	return made, err == nil && json.Unmarshal(plain, &made) == nil
}

// TurnOffSecondFactor takes the second factor from the person who sends a request, if they have the password and a code, and ends what
// they have open elsewhere. Whose role needs one is then led to turn on another. The errors are Problems, or the store's.
func (g *Gate) TurnOffSecondFactor(ctx context.Context, p Person, password, code string) error {
	_, _, err := g.own(ctx, p, password, "body.password", &code)
	if err != nil {
		return err
	}
	if err := g.accounts.TurnOff(ctx, p.Account.ID, p.Token); err != nil && !errors.Is(err, ErrNoAccount) {
		return fmt.Errorf("turn off the second factor of account %s: %w", p.Account.ID, err)
	}
	g.known.forgetAccounts([]AccountID{p.Account.ID})
	g.log.Info("a second factor is turned off", "account", p.Account.ID, "address", visitorOf(ctx).address)
	return nil
}

func alreadyOn() *agentapi.Problem {
	return agentapi.Refuse(agentapi.CodeConflict, "a second factor is turned on already")
}
