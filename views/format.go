package views

import (
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Money is an amount as people in India write it, such as "₹12,34,567.50"; an
// unknown amount is a dash. Other currencies stand with their code and are
// grouped by thousands.
func Money(m order.Money) string {
	if !m.Known() {
		return "–"
	}
	whole, frac, _ := strings.Cut(m.Decimal(), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "−", whole[1:]
	}
	if frac != "" {
		frac = "." + frac
	}
	if m.Currency == "INR" {
		return sign + "₹" + groupIndian(whole) + frac
	}
	return sign + m.Currency + "\u00a0" + groupBy(whole, 3) + frac
}

// Number is a count in Indian grouping, such as "12,34,567".
func Number(n int) string {
	if n < 0 {
		return "−" + groupIndian(strconv.Itoa(n)[1:])
	}
	return groupIndian(strconv.Itoa(n))
}

// groupIndian puts the last three digits apart, then pairs.
func groupIndian(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	cut := len(digits) - 3
	return groupBy(digits[:cut], 2) + "," + digits[cut:]
}

func groupBy(digits string, size int) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%size == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Count is a number with its noun, such as "1 order" or "12,480 orders".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Phone sets an Indian number as it is read aloud, "+91 98765 43210"; anything
// else is left as it is.
func Phone(s string) string {
	n, ok := strings.CutPrefix(s, "+91")
	if !ok || len(n) != 10 || strings.Trim(n, "0123456789") != "" {
		return s
	}
	return "+91 " + n[:5] + " " + n[5:]
}

// Size is a number of bytes for people, such as "14.2 MB" (decimal units).
func Size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1_000_000:
		return tenth(n, 1e3) + " kB"
	case n < 1_000_000_000:
		return tenth(n, 1e6) + " MB"
	}
	return tenth(n, 1e9) + " GB"
}

func tenth(n int64, unit float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(n)/unit, 'f', 1, 64), ".0")
}

// Percent is done out of all, 0 to 100; 0 while all is not known.
func Percent(done, of int) int {
	if of <= 0 || done <= 0 {
		return 0
	}
	return min(100, int(int64(done)*100/int64(of)))
}

// The masks of package order, by the names pages use.

// MaskName is order.MaskName.
func MaskName(s string) string { return order.MaskName(s) }

// MaskPhone is order.MaskPhone.
func MaskPhone(s string) string { return order.MaskPhone(s) }

// MaskEmail is order.MaskEmail.
func MaskEmail(s string) string { return order.MaskEmail(s) }

// MaskPincode is order.MaskPincode.
func MaskPincode(s string) string { return order.MaskPincode(s) }
