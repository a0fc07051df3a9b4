package views

import (
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   order.Money
		want string
	}{
		{order.Money{}, "–"},
		{order.INR(0), "₹0.00"},
		{order.INR(5), "₹0.05"},
		{order.INR(99999), "₹999.99"},
		{order.INR(100000), "₹1,000.00"},
		{order.INR(12990000), "₹1,29,900.00"},
		{order.INR(123456750), "₹12,34,567.50"},
		{order.INR(9223372036854775807), "₹92,23,37,20,36,85,47,758.07"},
		{order.INR(-123456750), "−₹12,34,567.50"},
		{order.INR(-5), "−₹0.05"},
		{order.Money{Minor: 123456789, Currency: "USD"}, "USD\u00a01,234,567.89"},
		{order.Money{Minor: 1234567, Currency: "JPY"}, "JPY\u00a01,234,567"},
		{order.Money{Minor: -1234567, Currency: "KWD"}, "−KWD\u00a01,234.567"},
	}
	for _, tt := range tests {
		if got := Money(tt.in); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 12480: "12,480", 100000: "1,00,000", 10000000: "1,00,00,000", -1234567: "−12,34,567"} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0 orders", 1: "1 order", 2: "2 orders", 128976: "1,28,976 orders"} {
		if got := Count(n, "order", "orders"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1482133: "1.5 MB", 200_000_000: "200 MB", 5_400_000_000: "5.4 GB"} {
		if got := Size(n); got != want {
			t.Errorf("Size(%d) = %q, want %q", n, got, want)
		}
	}
	for _, tt := range [][3]int{{0, 0, 0}, {5, 0, 0}, {0, 10, 0}, {1, 3, 33}, {3, 3, 100}, {4, 3, 100}, {-1, 3, 0}} {
		if got := Percent(tt[0], tt[1]); got != tt[2] {
			t.Errorf("Percent(%d, %d) = %d, want %d", tt[0], tt[1], got, tt[2])
		}
	}
}

func TestMasks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		mask     func(string) string
		in, want string
	}{
		{"name", MaskName, "Asha Rao", "A••• R•••"},
		{"name of one letter", MaskName, "A", "A•••"},
		{"name in another script", MaskName, "आशा राव", "आ••• र•••"},
		{"no name", MaskName, "  ", ""},
		{"name masked already", MaskName, "A••• R•••", "A••• R•••"},
		{"phone", MaskPhone, "+919876543210", "••••••••10"},
		{"phone with blanks", MaskPhone, "98765 43210", "••••••••10"},
		{"short phone", MaskPhone, "12345", "••••••••••"},
		{"phone of words", MaskPhone, "call me", "••••••••••"},
		{"no phone", MaskPhone, "", ""},
		{"phone masked already", MaskPhone, "••••••••10", "••••••••10"},
		{"e-mail", MaskEmail, "asha@example.com", "a•••@example.com"},
		{"no e-mail", MaskEmail, "", ""},
		{"not an e-mail", MaskEmail, "asha", "•••••"},
		{"two at signs", MaskEmail, "a@b@c", "•••••"},
		{"nobody", MaskEmail, "@example.com", "•••••"},
		{"e-mail masked already", MaskEmail, "a•••@example.com", "a•••@example.com"},
		{"pincode", MaskPincode, "560034", "560•••"},
		{"foreign pincode", MaskPincode, "SW1A 1AA", "•••"},
		{"no pincode", MaskPincode, "", ""},
		{"pincode masked already", MaskPincode, "560•••", "560•••"},
		{"number as read aloud", Phone, "+919876543210", "+91 98765 43210"},
		{"foreign number", Phone, "+442071838750", "+442071838750"},
		{"number with blanks", Phone, "98765 43210", "98765 43210"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.mask(tt.in); got != tt.want {
				t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// Every word of the domain has a name, a tone and a colour of its own.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, p := range order.Platforms() {
		if platformName(p) == string(p) || platformClass(p) == "p-unknown" {
			t.Errorf("platform %s has no name or colour", p)
		}
	}
	for _, s := range order.Statuses() {
		if statusTone(s) == "neutral" || StatusName(s) == string(s) {
			t.Errorf("status %s has no name or tone", s)
		}
	}
	for _, s := range order.Sorts() {
		if sortName(s) == string(s) {
			t.Errorf("sort %s has no name", s)
		}
	}
	if got := platformClass(`x" onclick="`); got != "p-unknown" {
		t.Errorf("an unknown platform reached a class: %q", got)
	}
	if got := StatusName("lost_in_space"); got != "Lost in space" {
		t.Errorf("unknown status %q", got)
	}
	if got := flagName("odd_flag"); got != "Odd flag" {
		t.Errorf("unknown flag %q", got)
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"": "?", "  ": "?", "asha": "A", "Asha Rao": "AR", "Lakshmi V Iyer": "LI", "आशा राव": "आर"} {
		if got := initials(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestWeb(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://track.example.com/1": true, "http://track.example.com": true, "": false, "javascript:alert(1)": false,
		"//track.example.com": false, "/orders": false, "https://": false, "ftp://x.example.com": false, "https://%zz": false,
	} {
		if got := web(address); got != want {
			t.Errorf("web(%q) = %v", address, got)
		}
	}
}

func TestRejectsAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"/jobs/1/rejects.csv": true, "": false, "//evil.example": false, `/\evil.example`: false, "javascript:alert(1)": false, "https://x": false} {
		if _, got := (JobView{Rejects: address}).rejects(); got != want {
			t.Errorf("rejects %q linked: %v", address, got)
		}
	}
}

func TestErrorWords(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503} {
		title, text, icon := ErrorView{Status: status}.words()
		if title == "" || text == "" || icon == "" || seen[title] != 0 {
			t.Errorf("%d: %q repeats %d or lacks words", status, title, seen[title])
		}
		seen[title] = status
	}
	for seconds, want := range map[int]string{0: "", -1: "", 1: "Try again in 1 second.", 90: "Try again in 90 seconds.", 121: "Try again in 3 minutes.", 300: "Try again in 5 minutes."} {
		if got := (ErrorView{RetryAfter: seconds}).wait(); got != want {
			t.Errorf("wait %d: %q, want %q", seconds, got, want)
		}
	}
}
