package asterisk

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"hotline/telephony"
)

// tones that Asterisk repeats for ever, and how long an announcement of one lasts here. 425 Hz is what ITU-T E.180 has
// for most countries.
var tones = map[telephony.Tone]struct {
	media string
	lasts time.Duration
}{
	"ring": {"tone:425/1000,0/4000", 5 * time.Second},
	"busy": {"tone:425/400,0/400", 4 * time.Second},
}

// mediaOf puts an announcement into ARI's media addresses. One that does not end by itself is to be stopped when it has
// lasted; 0 is for those that do.
func mediaOf(a telephony.Announcement) (media []string, lasts time.Duration, err error) {
	if len(a.Parts) == 1 {
		if name, ok := a.Parts[0].(telephony.Tone); ok && tones[name].media != "" {
			return []string{tones[name].media}, tones[name].lasts, nil
		}
	}
	media, err = mediaOfParts(a.Parts)
	if err == nil && len(media) == 0 {
		err = errors.New("announcement has nothing to be heard")
	}
	return media, 0, err
}

func mediaOfParts(parts []telephony.Part) ([]string, error) {
	var media []string
	for i, part := range parts {
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
			switch {
			case p == "beep":
				media = append(media, "sound:beep")
			case tones[p].media != "":
				return nil, fmt.Errorf("part %d: tone %q does not end, so it must be alone", i+1, string(p))
			default:
				return nil, fmt.Errorf("part %d: unknown tone %q", i+1, string(p))
			}
		case telephony.Silence:
			// Asterisk's sounds have whole seconds, one to ten.
			for left := int((time.Duration(p) + time.Second/2) / time.Second); left > 0; left -= 10 {
				media = append(media, fmt.Sprintf("sound:silence/%d", min(left, 10)))
			}
		case telephony.Music:
			return nil, fmt.Errorf("part %d: music on hold cannot be a part among others", i+1)
		default:
			panic(fmt.Sprintf("asterisk: unknown part %T", part))
		}
	}
	return media, nil
}
