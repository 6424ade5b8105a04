package config

import (
	"strings"
	"testing"

	"hotline/deploy"
)

func TestWhoseNumberIsShownOutsideIsOneOfTheTwo(t *testing.T) {
	for _, test := range []struct{ setting, want string }{
		{"outbound_shows: customer", `asterisk.outbound_shows: is "customer": it is one of line, caller`},
		{"outbound_beside: pai", `asterisk.outbound_beside: is "pai": it is one of diversion, asserted, none`},
		{"outbound_shows: caller", ""},
		{"outbound_beside: none", ""},
	} {
		name, _, _ := strings.Cut(test.setting, ":")
		source := string(deploy.Configuration)
		i := strings.Index(source, "# "+name+":")
		if i < 0 {
			t.Fatalf("the example does not have %s", name)
		}
		_, err := Parse("hotline.yaml", []byte(source[:i]+test.setting+"\n  "+source[i:]))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.setting, err, test.want)
		}
	}
}
