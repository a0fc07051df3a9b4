package static

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// tokens reads the colour tokens of app.css as {light, dark} pairs of #rrggbb.
func tokens(t *testing.T) map[string][2]string {
	t.Helper()
	css, err := files.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][2]string{}
	rule := regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
	for _, m := range rule.FindAllStringSubmatch(string(css), -1) {
		all[m[1]] = [2]string{m[2], m[3]}
	}
	if len(all) < 55 {
		t.Fatalf("only %d colour tokens were read", len(all))
	}
	return all
}

// luminance is the WCAG 2 relative luminance of #rrggbb.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// pairs lists what stands on what: text needs 4.5, controls and solid marks 3.
func pairs() map[string]float64 {
	all := map[string]float64{}
	add := func(least float64, fg string, grounds ...string) {
		for _, bg := range grounds {
			all[fg+" on "+bg] = least
		}
	}
	grounds := []string{"surface", "bg", "raised", "sunken", "row-hover", "row-selected"}
	add(4.5, "text", append(grounds, "here", "accent-soft")...)
	add(4.5, "muted", grounds...)
	add(4.5, "accent", "surface", "bg", "row-hover", "row-selected")
	add(4.5, "on-accent", "accent")
	add(4.5, "accent-ink", "accent-soft", "row-selected")
	add(3, "focus", grounds...)
	add(3, "accent", "sunken", "accent-soft")
	add(3, "control", "surface", "sunken", "raised", "bg")
	for _, tone := range []string{"neutral", "info", "warning", "progress", "success", "danger", "returned"} {
		add(4.5, tone+"-fg", tone+"-bg")
		add(3, tone+"-solid", "surface", "row-hover", tone+"-bg")
	}
	add(4.5, "danger-fg", "surface", "row-hover", "row-selected", "raised")
	for _, platform := range []string{"amazon", "flipkart", "blinkit", "swiggy", "organic"} {
		add(4.5, platform+"-fg", platform+"-bg")
		add(3, platform+"-solid", "surface")
	}
	return all
}

func TestContrast(t *testing.T) {
	t.Parallel()
	known := tokens(t)
	for pair, least := range pairs() {
		fg, bg, _ := strings.Cut(pair, " on ")
		for i, theme := range []string{"light", "dark"} {
			if known[fg][i] == "" || known[bg][i] == "" {
				t.Fatalf("%s: a token is missing", pair)
			}
			if got := contrast(t, known[fg][i], known[bg][i]); got < least {
				t.Errorf("%s, %s: %.2f, at least %.1f", theme, pair, got, least)
			}
		}
	}
}

// The formula itself, against the figures of its definition.
func TestContrastFormula(t *testing.T) {
	t.Parallel()
	for want, pair := range map[string][2]string{"21.00": {"#000000", "#ffffff"}, "1.00": {"#123456", "#123456"}, "4.48": {"#777777", "#ffffff"}} {
		if got := fmt.Sprintf("%.2f", contrast(t, pair[0], pair[1])); got != want {
			t.Errorf("%v: %s, want %s", pair, got, want)
		}
	}
}

// Colours are tokens: outside their block no rule names one.
func TestColoursAreTokens(t *testing.T) {
	t.Parallel()
	css, err := files.ReadFile("app.css")
	if err != nil {
		t.Fatal(err)
	}
	_, rules, ok := strings.Cut(string(css), "@layer base {")
	if !ok {
		t.Fatal("app.css has no base layer")
	}
	pages, err := files.ReadFile("pages.css")
	if err != nil {
		t.Fatal(err)
	}
	rules += string(pages)
	css = append(css, pages...)
	for _, colour := range regexp.MustCompile(`#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(`).FindAllString(rules, -1) {
		if colour != "#0000" { // transparent
			t.Errorf("%s is not a token", colour)
		}
	}
	for _, used := range regexp.MustCompile(`var\(--([a-z0-9-]+)`).FindAllStringSubmatch(string(css), -1) {
		if !strings.Contains(string(css), "--"+used[1]+":") && used[1] != "i" {
			t.Errorf("--%s is used and never set", used[1])
		}
	}
}
