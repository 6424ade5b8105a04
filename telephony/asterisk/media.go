package asterisk

import (
	"fmt"
	"strings"
	"time"

	"hotline/telephony"
)

// tones are finite, so that an announcement with one comes to its end. The exclamation mark means
// that Asterisk does not repeat a part; 425 Hz is what ITU-T E.180 has for most countries.
var tones = map[telephony.Tone]string{
	"ring": "tone:!425/1000,!0/4000",
	"busy": "tone:" + strings.Repeat("!425/400,!0/400,", 4) + "!425/400",
	"beep": "tone:!1000/200",
}

// mediaOf puts an announcement into ARI's media addresses.
func mediaOf(a telephony.Announcement) ([]string, error) {
	if len(a.Parts) == 0 {
		return nil, fmt.Errorf("announcement has no parts")
	}
	var media []string
	for i, part := range a.Parts {
		switch p := part.(type) {
		case telephony.Sound:
			if p == "" || strings.ContainsAny(string(p), ",&:") || strings.Contains(string(p), "..") {
				return nil, fmt.Errorf("part %d: %q is no name of a sound", i+1, string(p))
			}
			media = append(media, "sound:"+string(p))
		case telephony.Digits:
			// One by one: Debian's Russian sounds lack the hundreds that saying a number would need.
			if strings.Trim(string(p), "0123456789*#") != "" || p == "" {
				return nil, fmt.Errorf("part %d: not only digits", i+1)
			}
			media = append(media, "digits:"+string(p))
		case telephony.Tone:
			tone, ok := tones[p]
			if !ok {
				return nil, fmt.Errorf("part %d: unknown tone %q", i+1, string(p))
			}
			media = append(media, tone)
		case telephony.Silence:
			if d := time.Duration(p); d >= time.Millisecond {
				media = append(media, fmt.Sprintf("tone:!0/%d", d.Milliseconds()))
			}
		case telephony.Music:
			return nil, fmt.Errorf("part %d: %w", i+1, errNoMusic)
		default:
			panic(fmt.Sprintf("asterisk: unknown part %T", part))
		}
	}
	return media, nil
}
