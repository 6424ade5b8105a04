package config

import (
	"strings"
	"testing"

	"hotline/agentapi/desk"
	"hotline/deploy"
	"hotline/ivr/codes"
)

func TestCodesAndExtensionsAreProved(t *testing.T) {
	const queue, person = `# extension: "602"`, `# extension: "101"`
	parse := func(codes, ofQueue, ofPerson string) (Config, error) {
		source := string(deploy.Configuration)
		for _, commented := range []string{queue, person} {
			if !strings.Contains(source, commented) {
				t.Fatalf("the example does not have %s", commented)
			}
		}
		source = strings.Replace(strings.Replace(source, queue, ofQueue, 1), person, ofPerson, 1)
		return Parse("hotline.yaml", []byte(source+"\n"+codes+"\n"))
	}
	for _, test := range []struct{ codes, ofQueue, ofPerson, want string }{
		{`codes: {consult: "1"}`, "", "", `codes.consult: "1" is no code: a star and one or two digits, as *1; "" for none`},
		{`codes: {consult: "*2"}`, "", "", `codes.consult: "*2" begins the code of transfer, "*2"`},
		{`codes: {consult: "*22"}`, "", "", `codes.consult: "*22" begins as the code of transfer, "*2", and cannot be typed`},
		{`codes: {recording: "*14"}`, "", "", `codes.recording: "*14" begins as the code of consult, "*1", and cannot be typed`},
		{`codes: {recording: "*1", consult: "*14"}`, "", "", `codes.recording: "*1" begins the code of consult, "*14"`},
		{`codes: {hold: "*7"}`, "", "", `codes.hold: "hold" is no code that there is: consult, transfer, conference, recording, record, back`},
		{"", `extension: "6"`, "", `queues.1.extension: "6" is not two to five digits, in quotes`},
		{"", "", `extension: "600001"`, `people.0.extension: "600001" is not two to five digits, in quotes`},
		{"", `extension: "101"`, `extension: "101"`, `people.0.extension: "101" is another's, too`},
	} {
		if _, err := parse(test.codes, test.ofQueue, test.ofPerson); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: the mistakes are\n%v", test, err)
		}
	}
	c, err := parse(`codes: {consult: "*11", conference: ""}`, `extension: "602"`, `extension: "101"`)
	if err != nil {
		t.Fatal(err)
	}
	if table := c.CodeTable(); table[codes.Consult] != "*11" || table[codes.Conference] != "" || table[codes.Transfer] != "*2" {
		t.Errorf("the codes are %v", table)
	}
	if c, err = parse(`codes: {back: "*5"}`, "", ""); err != nil || c.CodeTable()[codes.Back] != "*5" || c.CodeTable()[codes.Record] != "" {
		t.Errorf("where *5 was another's before the codes are %v, %v", c.CodeTable(), err)
	}
	if c, err = parse("", `extension: "602"`, `extension: "101"`); err != nil || c.CodeTable()[codes.Record] != "*5" {
		t.Errorf("the usual codes are %v, %v", c.CodeTable(), err)
	}
	known := c.Lineup().Extensions
	if len(known) != 2 || known["602"] != (desk.Extension{Queue: "subscribers"}) || known["101"] != (desk.Extension{Agent: "anna"}) {
		t.Errorf("the extensions are %v", known)
	}
}
