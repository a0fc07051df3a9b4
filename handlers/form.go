package handlers

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
)

// readForm reads a posted form that may have only the named fields, each once;
// anything else is refused, since it would be an attempt to set what the form
// does not offer. A name that ends in * may come more than once. The address is
// never mixed in.
func readForm(c echo.Context, fields ...string) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, errMediaType
	}
	if len(c.Request().URL.RawQuery) > 0 {
		return nil, order.FieldErrors{{Field: "address", Message: "A form's address takes no parameters."}}
	}
	if err := c.Request().ParseForm(); err != nil {
		if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
			return nil, err
		}
		return nil, errUnreadable
	}
	return c.Request().PostForm, onlyOnce(c.Request().PostForm, fields)
}

// readQuery is readForm for the parameters of an address.
func readQuery(c echo.Context, fields ...string) (url.Values, error) {
	v, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, errUnreadable
	}
	return v, onlyOnce(v, fields)
}

func onlyOnce(v url.Values, fields []string) error {
	var faults order.FieldErrors
	for name, values := range v {
		switch {
		case slices.Contains(fields, name+"*"):
		case !slices.Contains(fields, name):
			faults = append(faults, order.FieldError{Field: printable(name), Message: "There is no such field."})
		case len(values) > 1:
			faults = append(faults, order.FieldError{Field: name, Message: "This was given more than once."})
		}
	}
	if len(faults) == 0 {
		return nil
	}
	slices.SortFunc(faults, func(a, b order.FieldError) int {
		if a.Field < b.Field {
			return -1
		}
		return 1
	})
	return faults
}

// printable shortens a name from outside to what may stand in an answer.
func printable(s string) string {
	out := make([]byte, 0, 40)
	for _, c := range []byte(s) {
		if len(out) == cap(out) {
			break
		}
		if c < ' ' || c >= 0x7f {
			c = '?'
		}
		out = append(out, c)
	}
	return string(out)
}

// fieldFault is one fault at one field.
func fieldFault(field, message string) error {
	return order.FieldErrors{{Field: field, Message: message}}
}
