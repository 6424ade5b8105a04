package config

import (
	"strings"
	"testing"

	"hotline/deploy"
	"hotline/ivr"
)

func TestWhoWorksByPhoneAloneIsProved(t *testing.T) {
	parse := func(line, person string) (Config, error) {
		const beforeLine, beforePerson = "\n  # pocket_number:", "\n    # pocket:"
		source := strings.Replace(string(deploy.Configuration), beforeLine, "\n  "+line+beforeLine, 1)
		source = strings.Replace(source, beforePerson, "\n    "+person+beforePerson, 1)
		return Parse("hotline.yaml", []byte(source))
	}
	const number, pocket = `pocket_number: "600"`, `pocket: {pin: {env: HOTLINE_ANNA_PIN}, numbers: ["+79160000112"]}`
	for _, test := range []struct{ line, person, want string }{
		{`pocket_number: "6"`, "", `line.pocket_number: "6" is not what is dialled`},
		{`pocket_number: "+74950000100"`, "", `line.pocket_number: is the line's own number`},
		{"", `extension: "101"` + "\n    " + pocket, "people.0.pocket: says nothing without line.pocket_number"},
		{number, pocket, "people.0.pocket: needs an extension"},
		{number, `extension: "101"` + "\n    " + strings.Replace(pocket, "+7", "8", 1), `people.0.pocket.numbers.0: "89160000112" is not a number in E.164`},
	} {
		if _, err := parse(test.line, test.person); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s, %s: %v, want %s", test.line, test.person, err, test.want)
		}
	}
	c, err := parse(number, `extension: "101"`+"\n    "+pocket)
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Spoken()
	if err != nil || all["ru"][ivr.TopicPrompt+"fault"] != "Неисправность" || all["en"][ivr.TopicPrompt+"fault"] != "Fault" || all["en"]["pocket_pin"] == "" {
		t.Errorf("spoken are %v, %v", all["en"], err)
	}
}
