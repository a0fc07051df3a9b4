package order

import "strings"

// FieldError says what is wrong with one input field, in words for the person
// who filled it in. For the query language Field is "q" and Message names the
// place.
type FieldError struct {
	Field, Message string
	// At and End are the bytes of the text that the message is about; both are
	// 0 where it is about all of it.
	At, End int
}

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

// Place is the part of a field's text that its message is about; ok is false
// when there is no message or it is about all of it.
func (e FieldErrors) Place(field string) (at, end int, ok bool) {
	for _, f := range e {
		if f.Field == field {
			return f.At, f.End, f.End > f.At
		}
	}
	return 0, 0, false
}

// or is e as an error, nil when it is empty.
func (e FieldErrors) or() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
