package invoice

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Words is an amount of rupees in words, as it stands on Indian invoices and
// cheques: "Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven
// and Fifty Paise Only". Another currency, or none, has no words here.
func Words(m order.Money) string {
	if m.Currency != "INR" {
		return ""
	}
	sign, n := "", uint64(m.Minor)
	if m.Minor < 0 {
		sign, n = "Minus ", -n
	}
	rupees, paise := n/100, n%100
	var said string
	switch {
	case rupees == 0 && paise > 0:
		return sign + below(paise) + " Paise Only"
	case rupees == 1:
		said = "Rupee One"
	default:
		said = "Rupees " + number(rupees)
	}
	if paise > 0 {
		said += " and " + below(paise) + " Paise"
	}
	return sign + said + " Only"
}

// number counts by crores, lakhs and thousands; beyond 99,99,999 crores of
// crores it repeats them.
func number(n uint64) string {
	if n == 0 {
		return "Zero"
	}
	var parts []string
	if c := n / 10_000_000; c > 0 {
		parts, n = append(parts, number(c)+" Crore"), n%10_000_000
	}
	for _, step := range []struct {
		size uint64
		name string
	}{{100_000, " Lakh"}, {1000, " Thousand"}, {100, " Hundred"}} {
		if k := n / step.size; k > 0 {
			parts, n = append(parts, below(k)+step.name), n%step.size
		}
	}
	if n > 0 {
		parts = append(parts, below(n))
	}
	return strings.Join(parts, " ")
}

// below is a number from 1 to 99.
func below(n uint64) string {
	ones := [...]string{"", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve", "Thirteen", "Fourteen",
		"Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"}
	tens := [...]string{"", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"}
	if n < 20 {
		return ones[n]
	}
	if n%10 == 0 {
		return tens[n/10]
	}
	return tens[n/10] + "-" + ones[n%10]
}
