package asterisk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"hotline/telephony"
)

// A caller may withhold who they are while the network shows it to us, so that emergency services and complaints can be dealt with. Asterisk
// hands the number on all the same, and only marks its presentation, and not in each case. So the dialplan passes on what the network said of it:
// the presentation of number and name, and the headers Privacy (RFC 3323, RFC 3325) and Remote-Party-ID as they came,
// each URI-encoded, joined by "&" (the variable PRIVACY of deploy/asterisk/extensions.conf.tmpl).

// heedPrivacy hides who calls where the arguments of Stasis() say that they want it so: the third is PRIVACY of the dialplan. It is false
// where the dialplan, which may be one of the operator's own, says nothing of it.
func heedPrivacy(a *telephony.Arrival, args []string) (said bool) {
	if len(args) < 3 || args[2] == "" {
		return false
	}
	if withholds(args[2]) {
		withhold(a)
	}
	return true
}

// showsAnything says whether there is something of a caller to be hidden.
func showsAnything(a telephony.Arrival) bool {
	return strings.ContainsAny(a.From.Raw+a.From.Key(), "0123456789") || a.Name != ""
}

// privacyWithin is how long a call waits for what its dialplan does not say. It is so short that identifying the caller after it is in time.
const privacyWithin = 500 * time.Millisecond

// privacyAsked is what the dialplan should have passed on, as a function of it that gives all in one reply; and what each Asterisk with func_callerid
// can say, where it does not have the others.
var privacyAsked = []string{
	"EVAL(number=${CALLERID(num-pres)}&name=${CALLERID(name-pres)}" +
		"&privacy=${URIENCODE(${PJSIP_HEADER(read,Privacy)})}&privacy=${URIENCODE(${PJSIP_HEADER(read,Privacy,2)})}" +
		"&party=${URIENCODE(${PJSIP_HEADER(read,Remote-Party-ID)})}&party=${URIENCODE(${PJSIP_HEADER(read,Remote-Party-ID,2)})})",
	"CALLERID(num-pres)",
}

// askPrivacy asks Asterisk whether a caller withholds who they are, for a dialplan that does not say it. Where Asterisk does not say it either,
// they do: a number that is hidden for nothing is a smaller fault than one that is shown.
func (r *requests) askPrivacy(ctx context.Context, log *slog.Logger, a *telephony.Arrival) {
	ctx, cancel := context.WithTimeout(ctx, privacyWithin)
	defer cancel()
	var err error
	for _, what := range privacyAsked {
		var said struct{ Value string }
		err = r.do(ctx, a.ID, "ask whether the caller withholds their number", func(c *client) error {
			return c.request(http.MethodGet, "/channels/"+string(a.Leg)+"/variable?variable="+url.QueryEscape(what), nil, &said)
		})
		if err != nil {
			continue
		}
		if !strings.Contains(said.Value, "=") {
			said.Value = "number=" + said.Value
		}
		if !strings.HasPrefix(said.Value, "number=&") && said.Value != "number=" {
			if withholds(said.Value) {
				withhold(a)
			}
			return
		}
	}
	if errors.Is(err, telephony.ErrGone) {
		return
	}
	log.Warn("it is not known whether a caller withholds their number, so it is not shown", "call", a.ID, "err", err)
	withhold(a)
}

// withholds says whether a caller withholds their number, by what the dialplan passed on. Whoever wants any privacy at all is
// taken at their word: "id", "user" and "header" ask that nobody learns who calls, and what else is asked for comes with it. Only
// "history" is about other people's numbers.
func withholds(privacy string) bool {
	for field := range strings.SplitSeq(privacy, "&") {
		name, value, _ := strings.Cut(field, "=")
		text, err := url.PathUnescape(value)
		if err != nil {
			text = value
		}
		switch name {
		case "number", "name":
			if strings.HasPrefix(text, "prohib") {
				return true
			}
		case "privacy":
			if wantsPrivacy(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(";, \t", r) })) {
				return true
			}
		case "party":
			if remotePartyWithholds(text) {
				return true
			}
		}
	}
	return false
}

func wantsPrivacy(values []string) bool {
	for _, v := range values {
		switch strings.ToLower(v) {
		case "none", "history", "off":
		default:
			return true
		}
	}
	return false
}

var (
	partyPrivacy = regexp.MustCompile(`(?i);\s*privacy\s*=\s*"?([a-z-]*)`)
	calledParty  = regexp.MustCompile(`(?i);\s*party\s*=\s*"?called`)
)

// remotePartyWithholds reads the header Remote-Party-ID, of which Asterisk heeds privacy=full alone.
func remotePartyWithholds(header string) bool {
	if calledParty.MatchString(header) {
		return false
	}
	for _, found := range partyPrivacy.FindAllStringSubmatch(header, -1) {
		if wantsPrivacy([]string{found[1]}) {
			return true
		}
	}
	return false
}

// withhold makes an arrival that of a caller who withholds who they are: nothing of it is to be seen, and what the network
// showed is kept apart. A text without digits, such as "anonymous", tells nothing, and stays.
func withhold(a *telephony.Arrival) {
	number, name := a.From.Raw, strings.TrimSpace(a.Name)
	a.Name = ""
	if strings.EqualFold(name, "anonymous") || name == number {
		name = ""
	}
	if !strings.ContainsAny(number, "0123456789") {
		a.Withheld = name
		return
	}
	a.Hidden = a.From
	a.From, a.Withheld = telephony.Number{}, strings.TrimSpace(name+" <"+number+">")
}
