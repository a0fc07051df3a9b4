package order

import "strings"

// FieldError says what is wrong with one input field, in words for the person
// who filled it in. For the query language Field is "q" and Message names the
// place.
type FieldError struct{ Field, Message string }

// FieldErrors is every fault of one input, an error.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	parts := make([]string, len(e))
	for i, f := range e {
		parts[i] = f.Field + ": " + f.Message
	}
	return strings.Join(parts, "; ")
}

// For is the message at a field, empty when there is none.
func (e FieldErrors) For(field string) string {
	for _, f := range e {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}

// or is e as an error, nil when it is empty.
func (e FieldErrors) or() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
