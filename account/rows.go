package account

import "strings"

// isRun reports whether each character follows from the one before in the
// alphabet, on the number row or by being the same.
func isRun(s string) bool {
	runes := []rune(s)
	for i := 1; i < len(runes); i++ {
		if d := runes[i] - runes[i-1]; d < -1 || d > 1 {
			return false
		}
	}
	return true
}

// oneTurn is what a text repeats, or the text.
func oneTurn(s string) string {
	runes := []rune(s)
	for n := 1; n <= len(runes)/2; n++ {
		repeats := true
		for i := n; i < len(runes) && repeats; i++ {
			repeats = runes[i] == runes[i-n]
		}
		if repeats {
			return string(runes[:n])
		}
	}
	return s
}

// withoutYears leaves the years out that people append.
func withoutYears(s string) string {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	for i := 0; i+4 <= len(s); {
		if y := s[i : i+4]; (y[:2] == "19" || y[:2] == "20") && digit(y[2]) && digit(y[3]) {
			s = s[:i] + s[i+4:]
			continue
		}
		i++
	}
	return s
}

// shortestRow of neighbours that counts as one.
const shortestRow = 4

// withoutRows leaves out what a finger draws: rows of keys that touch each
// other, of letters in the alphabet, of the same character.
func withoutRows(s string) string {
	runes, left := []rune(s), []rune(nil)
	for i := 0; i < len(runes); {
		end := i + 1
		for end < len(runes) && neighbours(runes[end-1], runes[end]) {
			end++
		}
		if end-i < shortestRow {
			left = append(left, runes[i:end]...)
		}
		i = end
	}
	return string(left)
}

func neighbours(a, b rune) bool {
	if d := a - b; d >= -1 && d <= 1 {
		return true
	}
	x1, y1 := key(a)
	x2, y2 := key(b)
	if y1 > y2 {
		x1, y1, x2, y2 = x2, y2, x1, y1
	}
	switch {
	case y1 < 0:
		return false
	case y1 == y2:
		return x1-x2 == 1 || x2-x1 == 1
	}
	return y2-y1 == 1 && (x1 == x2 || x1 == x2+1) // the lower row lies half a key to the right
}

// key is where a character lies on a keyboard; y is -1 for one that is not
// among letters and digits.
func key(r rune) (x, y int) {
	for y, row := range []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		if x := strings.IndexRune(row, r); x >= 0 {
			return x, y
		}
	}
	return 0, -1
}
