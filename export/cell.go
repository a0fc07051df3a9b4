package export

import "strings"

// SafeText is a text that no spreadsheet takes for a formula: one that begins
// with a sign that starts a formula, its full-width form or a control
// character gets an apostrophe in front.
func SafeText(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n\x00＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}
