package orderfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// clean is a cell without blanks around it and without the marks by which
// spreadsheets keep text text: an apostrophe in front, ="…" around.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 3 && strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) {
		s = s[2 : len(s)-1]
	}
	return strings.TrimSpace(strings.TrimPrefix(s, "'"))
}

// absent is a cell of a number or date column that says "nothing".
func absent(s string) bool {
	switch strings.ToLower(s) {
	case "", "-", "--", "na", "n/a", "nan", "nil", "null", "none":
		return true
	}
	return false
}

// cleanID is an id as text. Whole numbers that a program wrote as 1001.0 lose
// the tail; a number in scientific notation has lost its digits for good.
func cleanID(s string) (string, error) {
	s = clean(s)
	if head, ok := strings.CutSuffix(s, ".0"); ok && head != "" && strings.Trim(head, "0123456789") == "" {
		s = head
	}
	if head, tail, ok := strings.Cut(strings.ToUpper(s), "E+"); ok && strings.Trim(head, "0123456789.") == "" && strings.Trim(tail, "0123456789") == "" {
		return "", fmt.Errorf("%q was damaged by a spreadsheet: format the column as text before saving", s)
	}
	return s, nil
}

// quantity reads a whole number, also 1.0.
func quantity(s string) (int, error) {
	if s = clean(s); s == "" {
		return 0, errors.New("there is none")
	}
	if head, tail, ok := strings.Cut(s, "."); ok && tail != "" && strings.Trim(tail, "0") == "" {
		s = head
	}
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", s)
	}
	return n, nil
}

// money reads an amount; a cell that says nothing is the unknown amount. Signs
// of the rupee are left out, and the noise that binary fractions leave in
// spreadsheets (647.6199999999999) is rounded off; real fractions of a paisa
// are refused.
func money(s, currency string) (order.Money, error) {
	s = clean(s)
	if absent(s) {
		return order.Money{}, nil
	}
	for _, sign := range []string{"₹", "Rs.", "Rs", "INR"} {
		s = strings.TrimSpace(strings.TrimPrefix(s, sign))
	}
	if _, frac, ok := strings.Cut(s, "."); ok && len(frac) > 8 {
		if f, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64); err == nil && f < 1e9 && f > -1e9 {
			s = strconv.FormatFloat(f, 'f', 6, 64)
		}
	}
	return order.ParseMoney(s, currency)
}

// roundedMoney is money for amounts that platforms compute by percentages, as
// taxes are: fractions of a paisa are rounded, half away from zero.
func roundedMoney(s, currency string) (order.Money, error) {
	m, err := money(s, currency)
	if err == nil {
		return m, nil
	}
	whole, frac, ok := strings.Cut(clean(s), ".")
	if !ok || len(frac) < 3 || strings.Trim(frac, "0123456789") != "" {
		return order.Money{}, err
	}
	m, err = order.ParseMoney(whole+"."+frac[:2], currency)
	if err == nil && frac[2] >= '5' {
		if strings.HasPrefix(whole, "-") {
			m.Minor--
		} else {
			m.Minor++
		}
	}
	return m, err
}

// country is an ISO code; India's name is understood.
func country(s string) string {
	if strings.EqualFold(s, "india") || strings.EqualFold(s, "bharat") || strings.EqualFold(s, "IND") {
		return "IN"
	}
	return s
}
