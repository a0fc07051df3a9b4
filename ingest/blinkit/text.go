package blinkit

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/palmonas/palmonas-crm/order"
)

// text is a JSON text, or the digits of a JSON number as they were written;
// null is empty. Ids and amounts never become floats.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
		return nil
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = text(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// money reads an amount in rupees; none is not known.
func (t text) money() (order.Money, error) {
	if strings.TrimSpace(string(t)) == "" {
		return order.Money{}, nil
	}
	return order.ParseMoney(string(t), "INR")
}

var errNoTime = errors.New("not a time")

func (t text) time() (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, string(t))
	if err != nil || at.IsZero() {
		return time.Time{}, errNoTime
	}
	return at.UTC(), nil
}

// clean is a text for people: composed, on one line, without control
// characters.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}
