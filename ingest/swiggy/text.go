package swiggy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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

// paise reads an amount in whole paise; none is not known.
func (t text) paise() (order.Money, error) {
	if t == "" {
		return order.Money{}, nil
	}
	n, err := strconv.ParseInt(string(t), 10, 64)
	if err != nil {
		return order.Money{}, fmt.Errorf("%w: %.40q is no number of paise", order.ErrAmount, string(t))
	}
	return order.INR(n), nil
}

var errNoTime = errors.New("not a time in milliseconds")

// time reads milliseconds since 1970.
func (t text) time() (time.Time, error) {
	n, err := strconv.ParseInt(string(t), 10, 64)
	at := time.UnixMilli(n).UTC()
	if err != nil || at.Year() < 2000 || at.Year() > 2100 {
		return time.Time{}, errNoTime
	}
	return at, nil
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
