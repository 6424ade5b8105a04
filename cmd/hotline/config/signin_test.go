package config

import (
	"slices"
	"strings"
	"testing"

	"hotline/agentapi/gate"
	"hotline/deploy"
)

func TestRolesThatNeedASecondFactorAreProved(t *testing.T) {
	parse := func(setting string) (Config, error) {
		return Parse("hotline.yaml", []byte(string(deploy.Configuration)+"\nsign_in: {second_factor: "+setting+"}\n"))
	}
	for setting, want := range map[string]string{
		"[administrator, boss]":          `sign_in.second_factor.1: "boss" is no role`,
		"[machine]":                      `sign_in.second_factor.0: "machine" is no role`,
		"[administrator, administrator]": `sign_in.second_factor.1: "administrator" is there twice`,
		"true":                           "sign_in.second_factor",
		"[{a: b}]":                       "sign_in.second_factor",
	} {
		if _, err := parse(setting); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the mistakes are\n%v\nwant one: %s", setting, err, want)
		}
	}
	c, err := parse("[administrator, supervisor]")
	if err != nil || !slices.Equal(c.SignIn.SecondFactor, []gate.Role{gate.RoleAdministrator, gate.RoleSupervisor}) {
		t.Errorf("%v, %v", c.SignIn.SecondFactor, err)
	}
}
