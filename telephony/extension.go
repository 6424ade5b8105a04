package telephony

import (
	"net/url"
	"regexp"
)

// inside is how the text of a number names somebody inside a company, whom the network does not reach: "+74950000100 ext. 12", "…;ext=12".
var inside = regexp.MustCompile(`(?i)[0-9](?:[\s\-.)]*(?:x|ext\.?|доб\.?|,|#)[\s:]*[0-9]{1,7}|;(?:[^;]*;)*ext=[0-9]{1,7}.*)$`)

// NamesExtension says that the number is a company's, and the text that it came as names one of the people there: the number alone is not theirs.
func (n Number) NamesExtension() bool {
	text := n.Raw
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	return n.Kind == Full && inside.MatchString(text)
}
