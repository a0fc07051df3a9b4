package order

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, currency string
		want           int64
		err            error
	}{
		{"1299", "INR", 129900, nil},
		{"1299.5", "INR", 129950, nil},
		{" 1,29,900.00 ", "INR", 12990000, nil},
		{"129,900", "INR", 12990000, nil},
		{"647.6200000", "INR", 64762, nil},
		{"-10.00", "INR", -1000, nil},
		{"+10", "INR", 1000, nil},
		{"7", "JPY", 7, nil},
		{"7.0", "JPY", 7, nil},
		{"1.234", "KWD", 1234, nil},
		{"92233720368547758.07", "INR", math.MaxInt64, nil},
		{"92233720368547758.08", "INR", 0, ErrOverflow},
		{"1299.005", "INR", 0, ErrAmount},
		{"12,50", "INR", 0, ErrAmount},
		{"1,2,3", "INR", 0, ErrAmount},
		{"1,234,5", "INR", 0, ErrAmount},
		{"12.5,0", "INR", 0, ErrAmount},
		{"", "INR", 0, ErrAmount},
		{".5", "INR", 0, ErrAmount},
		{"-", "INR", 0, ErrAmount},
		{"-+5", "INR", 0, ErrAmount},
		{"1e3", "INR", 0, ErrAmount},
		{"٣", "INR", 0, ErrAmount},
		{"10", "", 0, ErrAmount},
		{"10", "inr", 0, ErrAmount},
	}
	for _, tt := range tests {
		got, err := ParseMoney(tt.text, tt.currency)
		if !errors.Is(err, tt.err) || got.Minor != tt.want {
			t.Errorf("ParseMoney(%q, %q) = %v, %v, want %d, %v", tt.text, tt.currency, got, err, tt.want, tt.err)
		}
	}
}

func TestMoneyPrintParse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := Money{rapid.Int64Min(math.MinInt64+1).Draw(t, "minor"), rapid.SampledFrom([]string{"INR", "JPY", "KWD"}).Draw(t, "currency")}
		if got, err := ParseMoney(m.Decimal(), m.Currency); err != nil || got != m {
			t.Fatalf("%v prints %s, which reads %v, %v", m, m.Decimal(), got, err)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var back Money
		if err := json.Unmarshal(b, &back); err != nil || back != m {
			t.Fatalf("%s reads %v, %v", b, back, err)
		}
	})
}

func TestMoneyJSON(t *testing.T) {
	t.Parallel()
	if b, _ := json.Marshal(INR(129900)); string(b) != `{"amount":"1299.00","currency":"INR"}` {
		t.Errorf("%s", b)
	}
	if b, _ := json.Marshal(Money{}); string(b) != "null" {
		t.Errorf("unknown amount: %s", b)
	}
	var m Money
	for _, bad := range []string{`{"amount":12,"currency":"INR"}`, `{"amount":"12"}`, `"12"`} {
		if json.Unmarshal([]byte(bad), &m) == nil {
			t.Errorf("%s was read as %v", bad, m)
		}
	}
}

func TestMoneyArithmetic(t *testing.T) {
	t.Parallel()
	if m, err := INR(5).Add(Money{}); m != INR(5) || err != nil {
		t.Error("an unknown amount counts as nothing")
	}
	if m, err := (Money{}).Add(INR(5)); m != INR(5) || err != nil {
		t.Error("an unknown amount counts as nothing")
	}
	if _, err := INR(5).Add(Money{5, "USD"}); !errors.Is(err, ErrCurrency) {
		t.Errorf("two currencies: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		if m, err := INR(a).Add(INR(b)); (err == nil) != (b == 0 || (a+b > a) == (b > 0)) || err == nil && m.Minor != a+b {
			t.Fatalf("%d + %d = %v, %v", a, b, m, err)
		}
		n := rapid.Int64Range(-3, 3).Draw(t, "n")
		m, err := INR(a).Times(n)
		fits := n == 0 || math.Abs(float64(a)*float64(n)) < math.MaxInt64/2
		if fits && (err != nil || m.Minor != a*n) {
			t.Fatalf("%d * %d = %v, %v", a, n, m, err)
		}
	})
	for _, n := range []int64{2, -1, math.MaxInt64} {
		if _, err := INR(math.MinInt64).Times(n); !errors.Is(err, ErrOverflow) {
			t.Errorf("times %d: %v", n, err)
		}
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"1299.50", "1,29,900", "-0.01", "92233720368547758.08", "1..2", "₹5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s, "INR")
		if err != nil {
			return
		}
		if again, err := ParseMoney(m.Decimal(), "INR"); err != nil || again != m {
			t.Fatalf("%q reads %v, printed %s reads %v, %v", s, m, m.Decimal(), again, err)
		}
		if strings.Trim(strings.TrimSpace(s), "+-0123456789.,") != "" {
			t.Fatalf("%q was read as %v", s, m)
		}
	})
}
