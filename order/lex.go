package order

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one piece of a query text. At is its byte offset.
type token struct {
	kind  tokenKind
	at    int
	text  string // as typed; for a word or value without its quotes
	field string // of a kindTerm
	op    string // of a kindTerm: ":", ">", ">=", "<", "<="
	parts []string
}

type tokenKind int

const (
	kindEnd tokenKind = iota
	kindWord
	kindTerm // field, op and comma-separated parts
	kindMinus
	kindOr
	kindOpen
	kindClose
)

type lexer struct {
	text string
	at   int
}

func (l *lexer) next() (token, *FieldError) {
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		if !unicode.IsSpace(r) {
			break
		}
		l.at += n
	}
	t := token{at: l.at}
	if l.at == len(l.text) {
		return t, nil
	}
	switch rest := l.text[l.at:]; {
	case rest[0] == '(':
		t.kind = kindOpen
	case rest[0] == ')':
		t.kind = kindClose
	case rest[0] == '-' && len(rest) > 1 && !startsBlank(rest[1:]):
		t.kind = kindMinus
	case rest[0] == '"':
		t.kind = kindWord
		var err *FieldError
		t.text, err = l.quoted()
		return t, err
	default:
		return l.wordOrTerm()
	}
	t.text = l.text[l.at : l.at+1]
	l.at++
	return t, nil
}

func startsBlank(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// quoted reads from a quote to the next one; inside, \" and \\ stand for a
// quote and a backslash.
func (l *lexer) quoted() (string, *FieldError) {
	start := l.at
	var b strings.Builder
	for i := l.at + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '"':
			l.at = i + 1
			return b.String(), nil
		case c == '\\' && i+1 < len(l.text) && (l.text[i+1] == '"' || l.text[i+1] == '\\'):
			i++
			b.WriteByte(l.text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", placed(start, `the quote is never closed`)
}

// bare reads up to a blank, a parenthesis, a quote or one of the stops.
func (l *lexer) bare(stops string) string {
	start := l.at
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		if unicode.IsSpace(r) || strings.ContainsRune(`()"`+stops, r) {
			break
		}
		l.at += n
	}
	return l.text[start:l.at]
}

func (l *lexer) wordOrTerm() (token, *FieldError) {
	t := token{kind: kindWord, at: l.at}
	name := l.text[l.at:]
	end := strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) })
	if end > 0 {
		if op := operator(name[end:]); op != "" {
			t.kind, t.field, t.op = kindTerm, strings.ToLower(name[:end]), op
			l.at += end + len(op)
			err := l.parts(&t)
			t.text = l.text[t.at:l.at]
			return t, err
		}
	}
	t.text = l.bare("")
	if t.text == "OR" {
		t.kind = kindOr
	}
	return t, nil
}

func operator(s string) string {
	for _, op := range []string{">=", "<=", ">", "<", ":"} {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// parts reads the values of a term, separated by commas without blanks.
func (l *lexer) parts(t *token) *FieldError {
	for {
		part, at := "", l.at
		if l.at < len(l.text) && l.text[l.at] == '"' {
			var err *FieldError
			if part, err = l.quoted(); err != nil {
				return err
			}
		} else {
			part = l.bare(",")
		}
		if strings.TrimSpace(part) == "" {
			return placed(at, "%s%s needs a value", t.field, t.op)
		}
		t.parts = append(t.parts, part)
		if l.at >= len(l.text) || l.text[l.at] != ',' {
			return nil
		}
		l.at++
	}
}
