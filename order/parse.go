package order

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of one query text, so that nobody can ask for hours of work.
const (
	maxQueryText  = 2000 // bytes
	maxQueryTerms = 100
	maxQueryDepth = 20
)

// placed is an error in the query text, at a byte offset.
func placed(at int, format string, a ...any) *FieldError {
	return &FieldError{Field: "q", Message: fmt.Sprintf("at character %d: ", at+1) + fmt.Sprintf(format, a...), At: at}
}

// located completes an error with the end of the word it is about: up to the
// next blank or parenthesis, at least one character where there is one.
func located(text string, err *FieldError) FieldErrors {
	f := *err
	f.At = min(f.At, len(text))
	rest := text[f.At:]
	n := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' })
	switch {
	case n < 0:
		n = len(rest)
	case n == 0:
		_, n = utf8.DecodeRuneInString(rest)
	}
	f.End = f.At + n
	return FieldErrors{f}
}

// Reader is what the words of a query mean beside the text: whose days, which
// moment, and who is who.
type Reader struct {
	Loc *time.Location
	Now time.Time
	// People turns what a query says of a person, such as "me" or the
	// beginning of a name, into user ids; none means that there is nobody like
	// that, which is an error. nil leaves the text as it is.
	People func(text string) []string
}

// ParseExpr reads a query text: free words, field:value, comparisons and
// ranges, -negation, OR and parentheses (see the package's query language in
// query.go). Days are those of loc, and "today" is that of the clock; use
// ParseExprAt to give another moment. Blank text is nil, which selects every
// order. The error is FieldErrors at the field "q" and names the place as a
// byte position counted from 1.
func ParseExpr(text string, loc *time.Location) (Expr, error) {
	return ParseExprAt(text, loc, time.Now())
}

// ParseExprAt is ParseExpr at a moment, which today, yesterday and 7d are
// counted from.
func ParseExprAt(text string, loc *time.Location, now time.Time) (Expr, error) {
	return Reader{Loc: loc, Now: now}.Expr(text)
}

// Expr is ParseExpr with everything the words of a query refer to.
func (r Reader) Expr(text string) (Expr, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if len(text) > maxQueryText {
		return nil, located(text, placed(maxQueryText, "the query is longer than %d bytes", maxQueryText))
	}
	p := &parser{lex: lexer{text: text}, days: days{loc: r.Loc, now: r.Now}, people: r.People}
	if err := p.advance(); err != nil {
		return nil, located(text, err)
	}
	e, err := p.or(0)
	if err == nil && p.tok.kind == kindClose {
		err = placed(p.tok.at, "this ) has no ( before it")
	}
	if err == nil && e == nil {
		err = placed(0, "there is no word or condition here")
	}
	if err != nil {
		return nil, located(text, err)
	}
	return e, nil
}

type parser struct {
	lex    lexer
	tok    token
	days   days
	people func(string) []string
	terms  int
}

func (p *parser) advance() (err *FieldError) {
	p.tok, err = p.lex.next()
	return err
}

// or reads alternatives up to a closing parenthesis or the end.
func (p *parser) or(depth int) (Expr, *FieldError) {
	var list Or
	for {
		at := p.tok.at
		e, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		isOr := p.tok.kind == kindOr
		if e == nil && (isOr || len(list) > 0) {
			return nil, placed(at, "OR needs a condition on both sides")
		}
		if e != nil {
			list = appendOr(list, e)
		}
		if !isOr {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return list, nil
}

// and reads conditions that must all hold; nil when there is none.
func (p *parser) and(depth int) (Expr, *FieldError) {
	var all And
	for p.tok.kind != kindEnd && p.tok.kind != kindOr && p.tok.kind != kindClose {
		e, err := p.factor(depth)
		if err != nil {
			return nil, err
		}
		if e != nil {
			all = appendAnd(all, e)
		}
	}
	switch len(all) {
	case 0:
		return nil, nil
	case 1:
		return all[0], nil
	}
	return all, nil
}

func appendOr(list Or, e Expr) Or {
	if inner, ok := e.(Or); ok {
		return append(list, inner...)
	}
	return append(list, e)
}

func appendAnd(list And, e Expr) And {
	if inner, ok := e.(And); ok {
		return append(list, inner...)
	}
	return append(list, e)
}

// factor reads one condition; nil for a free word without letters or digits.
func (p *parser) factor(depth int) (Expr, *FieldError) {
	t := p.tok
	if depth > maxQueryDepth {
		return nil, placed(t.at, "more than %d levels of parentheses and minus signs", maxQueryDepth)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch t.kind {
	case kindMinus:
		e, err := p.negated(t, depth)
		return e, err
	case kindOpen:
		e, err := p.or(depth + 1)
		switch {
		case err != nil:
			return nil, err
		case p.tok.kind != kindClose:
			return nil, placed(t.at, "this ( is never closed")
		case e == nil:
			return nil, placed(t.at, "these parentheses hold no condition")
		}
		return e, p.advance()
	}
	if p.terms++; p.terms > maxQueryTerms {
		return nil, placed(t.at, "more than %d conditions", maxQueryTerms)
	}
	if t.kind == kindWord {
		return words(t.text), nil
	}
	return p.term(t)
}

func (p *parser) negated(minus token, depth int) (Expr, *FieldError) {
	switch p.tok.kind {
	case kindEnd, kindOr, kindClose:
		return nil, placed(minus.at, "the minus sign needs a condition after it")
	}
	e, err := p.factor(depth + 1)
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, placed(minus.at, "the minus sign needs a word or condition after it")
	}
	if not, ok := e.(Not); ok {
		return not.X, nil
	}
	return Not{X: e}, nil
}

// words makes one condition of each blank-separated run of a free text.
func words(text string) Expr {
	var all And
	for _, run := range strings.Fields(text) {
		if w := joinedWord(run); w != "" {
			all = append(all, Term{Field: Words, Text: []string{w}})
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

// term reads field:value.
func (p *parser) term(t token) (Expr, *FieldError) {
	f := Field(t.field)
	switch {
	case f.IsNumber():
		return p.number(t, f)
	case !slices.Contains(textFields(), f):
		return nil, placed(t.at, "there is no field %q; put the text in quotes to search for it as words", t.field)
	case t.op != ":":
		return nil, placed(t.at, "%s can be compared with : only", f)
	}
	var values []string
	for _, part := range t.parts {
		if f == FieldAssignee && p.people != nil {
			ids := p.people(part)
			if len(ids) == 0 {
				return nil, placed(t.at, "there is nobody called %q; use me, or the beginning of a name", part)
			}
			values = append(values, ids...)
			continue
		}
		v := canonicalValue(f, part)
		if v == "" {
			return nil, placed(t.at, "%s needs a value", f)
		}
		if known := knownValues(f); known != nil && !slices.Contains(known, v) {
			return nil, placed(t.at, "%s %q is unknown; use one of %s", f, part, strings.Join(known, ", "))
		}
		values = append(values, v)
	}
	return Term{Field: f, Text: foldAll(values)}, nil
}

// canonicalValue brings a value to the form in which TextValues gives it.
func canonicalValue(f Field, v string) string {
	switch f {
	case FieldState:
		v = NormaliseState(v)
	case FieldPincode:
		v = NormalisePincode(v)
	}
	return foldText(v)
}

// knownValues lists the values of a field that has a fixed set, or nil.
func knownValues(f Field) []string {
	switch f {
	case FieldPlatform:
		return texts(Platforms())
	case FieldStatus:
		return texts(Statuses())
	case FieldPayment:
		return texts([]PaymentMethod{Prepaid, COD})
	case FieldFlag:
		return texts(queryFlags())
	case FieldKind:
		return []string{string(Purchase)}
	}
	return nil
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
