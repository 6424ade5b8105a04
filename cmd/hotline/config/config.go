// Package config is the one YAML file that a Hotline is started with: what it says, the place of each mistake in it, and what of it a
// reload changes. Beside it stand two files of the same kind for days to come: who works (a rota) and who calls (callers).
//
//	config.go          the file's sections, and reading it; queues.go, people.go, hours.go, timezone.go the larger sections
//	secret.go          secrets, which stand elsewhere; environment.go the file in which all of them may; tls.go where a certificate is
//	written            a YAML file as people write it, and what is wrong in it: line, column, text
//	prove*.go          what makes a setting wrong; values.go for settings of one kind
//	check.go           the proof of all queues together, with who works (rota.go) and who calls (callers.go): see queues/proof
//	reload.go          what a reload changes, and what waits for a restart
//
// Invariants:
//   - a Config that Load returns without an error is sound: a Hotline starts with it, as far as the file is concerned;
//   - all mistakes are told at once, each once, and no mistake is told that only another one made;
//   - no secret stands in the file, in a mistake or in a log.
package config

import (
	"cmp"
	"path/filepath"
	"time"

	"hotline/cmd/hotline/config/written"
	"hotline/ivr/codes"
	"hotline/ivr/flow"
	"hotline/queues"
	"hotline/telephony/words"
)

// Config is the one YAML file. deploy/hotline.yaml is its commented example.
type Config struct {
	Line        Line         `yaml:"line"`
	Asterisk    Asterisk     `yaml:"asterisk"`
	Database    Database     `yaml:"database"`
	Listen      string       `yaml:"listen"`         // where the pages and the API are: "127.0.0.1:8080"
	Spool       string       `yaml:"spool"`          // folder of the facts on their way to the database
	TLS         TLS          `yaml:"tls,omitempty"`  // for browsers elsewhere than on this machine
	HTTP        HTTP         `yaml:"http,omitempty"` // how browsers reach the pages
	SignIn      SignIn       `yaml:"sign_in,omitempty"`
	Log         Log          `yaml:"log,omitempty"`          // how it is written what happens
	Queues      []Queue      `yaml:"queues"`                 // who waits where, and what an agent must be able to do
	People      []Person     `yaml:"people"`                 // who signs in
	Topics      []Topic      `yaml:"topics"`                 // what calls are about, and whose they are
	Departments []Department `yaml:"departments,omitempty"`  // who works on tickets
	Agreements  []Agreement  `yaml:"agreements,omitempty"`   // what customers are promised
	Agreement   string       `yaml:"agreement,omitempty"`    // which of them those have who have no contract; "" is none
	Vendors     []Vendor     `yaml:"vendors,omitempty"`      // who is asked to mend what we cannot
	Answers     []Answer     `yaml:"answers,omitempty"`      // to customers, that are prepared
	Alarms      []Alarm      `yaml:"alarms,omitempty"`       // what supervisors are told at once; nil is the usual ones
	Tickets     Tickets      `yaml:"tickets,omitempty"`      // how tickets live, and who else is told of them
	ShowReasons bool         `yaml:"show_reasons,omitempty"` // agents see why their colleagues are not ready
	Flow        flow.Flow    `yaml:"flow"`                   // the caller's way

	Shifts Shifts `yaml:"shifts,omitempty"` // who is to work when

	SkillWarning int `yaml:"skill_warning,omitempty"` // so many days before a skill expires that is told; 0 is 30

	Scorecards []Scorecard `yaml:"scorecards,omitempty"` // by which forms calls are reviewed

	Reasons map[queues.Reason]Reason `yaml:"reasons,omitempty"` // bounds on what agents do beside calls; nil is the usual ones, and a reason not among them has none

	CallReasons        []CallReason `yaml:"call_reasons,omitempty"`         // why agents call customers; nil is the usual ones, and an empty list none
	CallReasonRequired bool         `yaml:"call_reason_required,omitempty"` // they say so with each call

	Return time.Duration `yaml:"return_within,omitempty"` // who calls again so soon gets their old place back

	Extension time.Duration `yaml:"wrap_up_extension,omitempty"` // so much more an agent may ask for in one wrap-up, in all; 0 is 3 min

	Voicemail  Voicemail  `yaml:"voicemail,omitempty"`  // messages on the recorder
	Recordings Recordings `yaml:"recordings,omitempty"` // how recordings are kept

	Codes map[codes.Code]string `yaml:"codes,omitempty"` // that agents type on their phones in a talk; one left out is as usual, "" is none

	Hold        Hold          `yaml:"hold,omitempty"`         // callers on hold
	LongestCall time.Duration `yaml:"longest_call,omitempty"` // a call is ended then; 0 is 4 h

	ShowOverseers bool `yaml:"show_overseers,omitempty"` // agents see which supervisors are at their call

	Callers   Callers   `yaml:"callers,omitempty"`   // who is turned away
	Canary    Canary    `yaml:"canary,omitempty"`    // calls by which Hotline tries its own line
	Retention Retention `yaml:"retention,omitempty"` // how long what is over is kept
}

// Line is the hotline itself.
type Line struct {
	Name      words.Text `yaml:"name"`
	Number    string     `yaml:"number"`              // E.164
	Region    string     `yaml:"region"`              // how national numbers are read: "RU"
	Timezone  string     `yaml:"timezone,omitempty"`  // by whose clock it works: "Europe/Moscow"; "" is the machine's
	Languages []string   `yaml:"languages"`           // the first is the default
	CallBack  []string   `yaml:"call_back,omitempty"` // where customers are called back beside the line's own country: "+375"; see phonenumbers.Callable

	PocketNumber string `yaml:"pocket_number,omitempty"` // at which agents sign in by phone: an extension, or another number of the trunk's; "" is none

	CallHours   Hours    `yaml:"call_hours,omitempty"`    // when agents may call numbers outside; nil is always
	CallClock   string   `yaml:"call_clock,omitempty"`    // by whose clock that is: "line" or "theirs"; "" is line
	CallAnyTime []string `yaml:"call_any_time,omitempty"` // beginnings of numbers that may be called at any time

	PageAwaited time.Duration `yaml:"page_awaited,omitempty"` // how long a talk waits for its agent's page, which is their phone; 0 is 15 s

	ShortestTalk *time.Duration `yaml:"shortest_talk,omitempty"` // an agent's phone that lets go sooner has served nobody; nil is 1 s, 0 lets every talk be one
}

// Shortest is ShortestTalk as ivr.Options have it.
func (l Line) Shortest() time.Duration {
	switch {
	case l.ShortestTalk == nil:
		return time.Second
	case *l.ShortestTalk == 0:
		return -1
	default:
		return *l.ShortestTalk
	}
}

// Asterisk is where the switch is.
type Asterisk struct {
	Node      string        `yaml:"node"` // a short name, part of each call's identity
	URL       string        `yaml:"url"`  // "http://127.0.0.1:8088/ari"
	User      string        `yaml:"user"`
	Password  Secret        `yaml:"password"`
	App       string        `yaml:"app"`
	SIP       string        `yaml:"sip"`                        // where phones register: "127.0.0.1:5060"
	Websocket string        `yaml:"websocket"`                  // where browsers' phones register: "ws://127.0.0.1:8088/ws"
	Outbound  string        `yaml:"outbound,omitempty"`         // how numbers outside are dialled, %s is the number: "PJSIP/%s@trunk"; "" dials none
	AtMost    int           `yaml:"outbound_at_most,omitempty"` // calls sent to one number outside at once; 0 is 20
	Shows     string        `yaml:"outbound_shows,omitempty"`   // whose number a number outside is shown of a caller who is led there: "line" or "caller"; "" is line
	Beside    string        `yaml:"outbound_beside,omitempty"`  // how the other of the two is told: "diversion", "asserted" or "none"; "" is diversion
	LostAfter time.Duration `yaml:"lost_after,omitempty"`       // a phone in a talk of which nothing comes for so long is lost; 0 is 12 s
	// CallersLost is after how long a caller who was heard, and of whom nothing comes any more, is lost; 0 is 20 s.
	CallersLost time.Duration `yaml:"callers_lost_after,omitempty"`
	Reserve     string        `yaml:"reserve,omitempty"` // the file in which the dialplan notes the calls it took alone; "" reads none
	// ReserveRing are whom the dialplan rings in the reserve mode, one after the other, and ReserveMessage is how long a message of a caller may last whom
	// nobody has answered; 0 takes none. `hotline asterisk` writes both into the dialplan.
	ReserveRing    []ReserveRing `yaml:"reserve_ring,omitempty"`
	ReserveMessage time.Duration `yaml:"reserve_message,omitempty"`

	MediaAddress string `yaml:"-"` // where phones send their sound, for a private Asterisk; "" leaves it to Asterisk
}

// Database is where PostgreSQL is.
type Database struct {
	URL Secret `yaml:"url"` // "postgres://user:password@host/database" or key=value pairs
}

// Load reads and proves a configuration, with its secrets and the zone of the machine's clock. All that is wrong is in the error, each
// mistake with its place, in the order of the file; it is an errors.Join of written.Mistakes.
func Load(file string) (Config, error) {
	return read(file, around...)
}

// around is what whoever serves with a configuration needs of the places that it points at.
var around = []func(*Config, *document){(*Config).secrets, (*Config).placeTLS, (*Config).placeRecordings, (*Config).machineZone, (*Config).readShifts}

// LoadToServe is Load for whoever serves with the configuration, or looks after what serves with it. What versions before have taken
// is not in the error but overdue: an upgrade leaves no callers alone for it, and Check refuses it.
func LoadToServe(file string) (c Config, overdue []error, err error) {
	c, doc, err := written.Read[Config](file, commented)
	if err != nil {
		return Config{}, nil, err
	}
	prompts, err := flow.Prompts()
	if err != nil {
		return Config{}, nil, err
	}
	c.proveAll(doc, prompts, around...)
	overdue, err = doc.ErrToServe()
	return c, overdue, err
}

// Read is Load without what the environment has besides, for who needs no secrets: they need not be there.
func Read(file string) (Config, error) { return read(file) }

// Parse is Read for a text at hand, which mistakes call by the name of a file.
func Parse(file string, source []byte) (Config, error) {
	c, doc, err := written.Parse[Config](file, source, commented)
	return proved(c, doc, err)
}

// commented is a file in which one sees what a configuration holds.
const commented = "deploy/hotline.yaml"

// read reads a file, and lets others prove more of it.
func read(file string, besides ...func(*Config, *document)) (Config, error) {
	c, doc, err := written.Read[Config](file, commented)
	return proved(c, doc, err, besides...)
}

// proved is a configuration that was read, with all that is wrong in it. The error that it is given is about a text that is no YAML.
func proved(c Config, read *written.Document, err error, besides ...func(*Config, *document)) (Config, error) {
	if err != nil {
		return Config{}, err
	}
	prompts, err := flow.Prompts()
	if err != nil {
		return Config{}, err
	}
	c.proveAll(read, prompts, besides...)
	return c, read.Err()
}

// proveAll notes in the document what is wrong, as far as anything of it could be read.
func (c *Config) proveAll(read *written.Document, prompts map[string]map[string]string, besides ...func(*Config, *document)) {
	doc := &document{read}
	if !doc.Readable() {
		return
	}
	c.prove(doc)
	c.proveFlow(doc, prompts)
	if doc.Sound() {
		if _, err := queues.New(c.Router()); err != nil {
			doc.wrong("queues", "%v", err) // more than this proof knows of
		}
	}
	for _, prove := range besides {
		prove(c, doc)
	}
}

// Journal is the folder of the router's journal.
func (c Config) Journal() string { return filepath.Join(c.Spool, "journal") }

// proveFlow proves the flow, as far as it and what it refers to could be read.
func (c *Config) proveFlow(doc *document, prompts map[string]map[string]string) {
	catalogue := c.catalogue(prompts)
	if doc.Incomplete("queues") {
		catalogue.Queues = nil
	}
	if doc.Unread("line.languages") {
		catalogue.Languages = nil
	}
	catalogue.Torn = doc.Torn("flow")
	for _, problem := range c.Flow.Prove(catalogue) {
		doc.wrong("flow."+problem.Path, "%s", problem.Text)
	}
	c.provePrompts(doc, catalogue)
}

// catalogue is what a flow can refer to.
func (c Config) catalogue(prompts map[string]map[string]string) flow.Catalogue {
	catalogue := flow.Catalogue{Languages: c.Line.Languages, Prompts: prompts}
	for _, q := range c.Queues {
		catalogue.Queues = append(catalogue.Queues, q.ID)
	}
	return catalogue
}

// Canary is how Hotline tries its own line.
type Canary struct {
	Every  time.Duration `yaml:"every"`            // so often it is called; 0 is never
	Within time.Duration `yaml:"within,omitempty"` // the greeting is to be heard then; 0 is 5 s
}

// Greets is within which time the greeting is to be heard.
func (c Canary) Greets() time.Duration { return cmp.Or(c.Within, 5*time.Second) }

// Hold is how long callers are on hold.
type Hold struct {
	Remind  time.Duration `yaml:"remind,omitempty"`  // so often the agent is reminded; 0 is 2 min
	Longest time.Duration `yaml:"longest,omitempty"` // the caller is taken back then; 0 is 30 min
}

// Voicemail is how messages on the recorder end, and how long they are kept.
type Voicemail struct {
	Longest time.Duration `yaml:"longest,omitempty"` // 0 is 3 min
	Silence time.Duration `yaml:"silence,omitempty"` // after which a message is over; 0 is 10 s
	Keep    time.Duration `yaml:"keep,omitempty"`    // and then it is deleted; 0 is 60 days
}
