package asterisk

import (
	"net/url"
	"regexp"
	"strings"

	"hotline/telephony"
)

// A caller may withhold who they are while the network shows it to us, so that emergency services and complaints can be dealt with. Asterisk
// hands the number on all the same, and only marks its presentation, and not in each case. So the dialplan passes on what the network said of it:
// the presentation of number and name, and the headers Privacy (RFC 3323, RFC 3325) and Remote-Party-ID as they came,
// each URI-encoded, joined by "&" (the variable PRIVACY of deploy/asterisk/extensions.conf.tmpl).

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
