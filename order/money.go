package order

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an exact amount in the minor unit of its currency (paise for INR).
// The zero Money has no currency and means "not known".
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// Errors of money arithmetic and parsing.
var (
	ErrCurrency = errors.New("different currencies")
	ErrAmount   = errors.New("not an amount")
	ErrOverflow = errors.New("amount too large")
)

// INR is an amount of Indian rupees given in paise.
func INR(paise int64) Money { return Money{Minor: paise, Currency: "INR"} }

// Known reports whether the amount was given at all.
func (m Money) Known() bool { return m.Currency != "" }

// exponents of currencies that do not have two decimals (ISO 4217).
func exponent(currency string) int {
	switch currency {
	case "JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// ParseMoney reads a decimal text such as "1299", "1,29,900.5" or "-10.00".
// Digits beyond the currency's decimals are accepted when they are zeros and
// refused otherwise: money is never rounded silently.
func ParseMoney(text, currency string) (Money, error) {
	s := strings.TrimSpace(text)
	neg := strings.HasPrefix(s, "-")
	if neg || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	whole, frac, _ := strings.Cut(s, ".")
	whole, ok := ungrouped(whole)
	if !ok {
		return Money{}, fmt.Errorf("%w: %q", ErrAmount, text)
	}
	if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return Money{}, fmt.Errorf("%w: currency %q", ErrAmount, currency)
	}
	exp := exponent(currency)
	if extra := len(frac) - exp; extra > 0 {
		if strings.Trim(frac[exp:], "0") != "" {
			return Money{}, fmt.Errorf("%w: %q has more than %d decimals", ErrAmount, text, exp)
		}
		frac = frac[:exp]
	}
	frac += strings.Repeat("0", exp-len(frac))
	digits := whole + frac
	if whole == "" || strings.Trim(digits, "0123456789") != "" {
		return Money{}, fmt.Errorf("%w: %q", ErrAmount, text)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return Money{}, fmt.Errorf("%w: %q", ErrOverflow, text)
	}
	if neg {
		n = -n
	}
	return Money{Minor: n, Currency: currency}, nil
}

// ungrouped takes the commas out of 1,29,900 or 129,900. It refuses a comma
// that does not group digits, since 12,50 may mean twelve and a half.
func ungrouped(whole string) (string, bool) {
	if !strings.Contains(whole, ",") {
		return whole, true
	}
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		last := i == len(groups)-1
		if last && len(g) != 3 || !last && i > 0 && len(g) != 2 && len(g) != 3 || i == 0 && (g == "" || len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// Add sums two amounts. An unknown amount counts as nothing; two currencies
// are ErrCurrency; a sum beyond int64 is ErrOverflow.
func (m Money) Add(o Money) (Money, error) {
	switch {
	case !o.Known():
		return m, nil
	case !m.Known():
		return o, nil
	case m.Currency != o.Currency:
		return Money{}, fmt.Errorf("%w: %s and %s", ErrCurrency, m.Currency, o.Currency)
	case o.Minor > 0 && m.Minor > math.MaxInt64-o.Minor, o.Minor < 0 && m.Minor < math.MinInt64-o.Minor:
		return Money{}, ErrOverflow
	}
	return Money{Minor: m.Minor + o.Minor, Currency: m.Currency}, nil
}

// Times multiplies by a count, with ErrOverflow beyond int64.
func (m Money) Times(n int64) (Money, error) {
	p := m.Minor * n
	if n != 0 && (p/n != m.Minor || (n == -1 && m.Minor == math.MinInt64)) {
		return Money{}, ErrOverflow
	}
	return Money{Minor: p, Currency: m.Currency}, nil
}

// Decimal prints the amount as plain decimal text, such as "1299.00".
func (m Money) Decimal() string {
	exp := exponent(m.Currency)
	sign, n := "", strconv.FormatInt(m.Minor, 10)
	if m.Minor < 0 {
		sign, n = "-", n[1:]
	}
	if exp == 0 {
		return sign + n
	}
	if pad := exp + 1 - len(n); pad > 0 {
		n = strings.Repeat("0", pad) + n
	}
	return sign + n[:len(n)-exp] + "." + n[len(n)-exp:]
}

type wireMoney struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// MarshalJSON writes {"amount":"1299.00","currency":"INR"}, or null when the
// amount is not known.
func (m Money) MarshalJSON() ([]byte, error) {
	if !m.Known() {
		return []byte("null"), nil
	}
	if strings.Trim(m.Currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return json.Marshal(wireMoney{Amount: m.Decimal(), Currency: m.Currency})
	}
	// The usual currencies need no escaping; an export of a million orders has
	// ten million amounts.
	b := make([]byte, 0, 48)
	b = append(append(b, `{"amount":"`...), m.Decimal()...)
	return append(append(append(b, `","currency":"`...), m.Currency...), `"}`...), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Money) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*m = Money{}
		return nil
	}
	var w wireMoney
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	parsed, err := ParseMoney(w.Amount, w.Currency)
	*m = parsed
	return err
}
