package agentapi

import (
	"fmt"
	"strconv"
	"strings"
)

// ETag is a version as the header of that name writes it: "12", with its quotes.
func ETag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

// ReadIfMatch reads the header If-Match of somebody who changes what they have seen: the version, or 0 where any is meant ("" and "*").
func ReadIfMatch(header string) (int64, error) {
	text := strings.TrimSpace(header)
	if text == "" || text == "*" {
		return 0, nil
	}
	text = strings.Trim(strings.TrimPrefix(text, "W/"), `"`)
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil || version < 1 {
		return 0, fmt.Errorf("If-Match: %s is no version that was sent as an ETag", Printable(header))
	}
	return version, nil
}
