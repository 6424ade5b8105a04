package main

import (
	"context"
	"errors"
	"fmt"

	"hotline/agentapi/gate"
	accounts "hotline/agentapi/postgres"
)

// factorCommand is for who has neither their phone nor a recovery code.
type factorCommand struct {
	Reset resetFactor `cmd:"" help:"Take somebody's second factor away, and end their sign-ins: then the password alone lets them in."`
}

type resetFactor struct {
	File  string `arg:"" help:"The configuration, such as hotline.yaml."`
	Login string `arg:"" help:"Whose."`
}

func (c resetFactor) Run(ctx context.Context) error {
	return withAccounts(c.File, func(s *accounts.Accounts) error {
		a, _, err := s.ByLogin(ctx, gate.CleanLogin(c.Login))
		switch {
		case errors.Is(err, gate.ErrNoAccount):
			return fmt.Errorf("nobody signs in as %q", c.Login)
		case err != nil:
			return err
		case !a.SecondFactor:
			return fmt.Errorf("%s has no second factor", a.Login)
		}
		if err := s.TurnOff(ctx, a.ID, gate.TokenHash{}); err != nil {
			return err
		}
		fmt.Printf("%s signs in by the password alone now, and is signed out everywhere within fifteen seconds\n", a.Login)
		return nil
	})
}
