package attachment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// kind is a kind of file that may be taken: what it is given out as, and what its content may look like.
type kind struct {
	served string   // the media type of the answer
	looks  []string // as what its first bytes may be detected, itself or what it descends from
}

const octets = "application/octet-stream"

var (
	zipped = []string{"application/zip"} // an office document of today is a ZIP, and not always known for more
	ole    = []string{"application/x-ole-storage"}
	text   = []string{"text/plain"}
	movie  = []string{"video/mp4", "video/quicktime", "audio/mp4", "video/3gpp", "audio/x-m4a"}
)

// kinds are those that are known, by extension. What runs on somebody's computer when it is opened (programs, scripts, documents with
// macros by name, pages, SVG) is not among them, and cannot be made so by a setting.
var kinds = map[string]kind{
	"png": {"image/png", []string{"image/png"}}, "jpg": {"image/jpeg", []string{"image/jpeg"}}, "jpeg": {"image/jpeg", []string{"image/jpeg"}},
	"gif": {"image/gif", []string{"image/gif"}}, "webp": {"image/webp", []string{"image/webp"}},
	"tif": {octets, []string{"image/tiff"}}, "tiff": {octets, []string{"image/tiff"}}, "bmp": {octets, []string{"image/bmp"}},
	"heic": {octets, []string{"image/heic", "image/heic-sequence", "image/heif"}},

	"pdf": {"application/pdf", []string{"application/pdf"}},
	"txt": {"text/plain", text}, "log": {"text/plain", text}, "csv": {"text/csv", text}, "eml": {octets, text},
	"rtf":  {octets, []string{"text/rtf"}},
	"docx": {octets, zipped}, "xlsx": {octets, zipped}, "pptx": {octets, zipped},
	"odt": {octets, zipped}, "ods": {octets, zipped}, "odp": {octets, zipped},
	"doc": {octets, ole}, "xls": {octets, ole}, "ppt": {octets, ole}, "msg": {octets, ole},

	"zip": {octets, zipped}, "7z": {octets, []string{"application/x-7z-compressed"}}, "rar": {octets, []string{"application/x-rar-compressed"}},

	"mp3": {octets, []string{"audio/mpeg"}}, "wav": {octets, []string{"audio/wav"}}, "ogg": {octets, []string{"application/ogg"}},
	"m4a": {octets, movie}, "mp4": {octets, movie}, "mov": {octets, movie},
}

// never are contents that no kind may have, although they descend from one that is taken: browsers run the ones, and systems the others.
var never = []string{
	"text/html", "image/svg+xml", "application/xhtml+xml",
	"application/java-archive", "application/jar", "application/vnd.android.package-archive", "application/x-ms-installer", "application/x-chrome-extension",
}

// Extensions are those of all known kinds, in order.
func Extensions() []string {
	var all []string
	for ext := range kinds {
		all = append(all, ext)
	}
	slices.Sort(all)
	return all
}

// headBytes is how much of a content is looked at, once, to see what it is.
const headBytes = 3072

// kindOf is the media type to give a file out as, by its cleaned name and its first bytes, where it is taken.
func (l Limits) kindOf(name string, head []byte) (string, error) {
	ext := Extension(name)
	k, known := kinds[ext]
	if !known || !slices.Contains(l.extensions(), ext) {
		return "", &Refusal{Field: "name", Code: KindRefused, Rule: fmt.Sprintf("files %s are not taken; expected one of %s", shown(ext), strings.Join(l.extensions(), ", "))}
	}
	looks := mimetype.Detect(head)
	fits := false
	for m := looks; m != nil; m = m.Parent() {
		if slices.ContainsFunc(never, m.Is) {
			fits = false
			break
		}
		fits = fits || slices.ContainsFunc(k.looks, m.Is)
	}
	if !fits {
		plain, _, _ := strings.Cut(looks.String(), ";")
		return "", &Refusal{Field: "content", Code: KindDiffers, Rule: fmt.Sprintf("expected what .%s stands for, and it is %s", ext, plain)}
	}
	return k.served, nil
}

func shown(ext string) string {
	if ext == "" {
		return "without an extension"
	}
	return "." + tail(ext)
}

// tail keeps a hostile extension from filling an error.
func tail(ext string) string {
	if r := []rune(ext); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return ext
}
