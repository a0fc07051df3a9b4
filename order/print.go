package order

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// PrintExpr writes an expression as the canonical text that ParseExpr reads
// back to the same expression; nil is the empty text. An expression that the
// parser would not make (an empty Or, a range that holds nothing) is printed
// as an equivalent one. The text may be longer than ParseExpr accepts.
func PrintExpr(e Expr, loc *time.Location) string {
	text := printer{loc: loc}.print(e)
	return text
}

type printer struct{ loc *time.Location }

// never is a condition that no order meets: each has an order time.
const never = "-" + string(FieldOrdered) + ":.."

func (p printer) print(e Expr) string {
	switch e := e.(type) {
	case And:
		return p.list(e, " ")
	case Or:
		if len(e) == 0 {
			return never
		}
		return p.list(e, " OR ")
	case Not:
		inner := e.X
		if not, ok := inner.(Not); ok {
			return p.print(not.X)
		}
		text := p.print(inner)
		switch {
		case text == "":
			return never
		case isList(inner):
			return "-(" + text + ")"
		}
		if rest, ok := strings.CutPrefix(text, "-"); ok {
			return rest
		}
		return "-" + text
	case Term:
		return p.term(e)
	}
	return ""
}

func (p printer) list(items []Expr, sep string) string {
	var parts []string
	for _, x := range items {
		text := p.print(x)
		switch {
		case text == "" && sep == " ":
			continue
		case text == "":
			text = string(FieldOrdered) + ":.." // what holds for every order
		case isList(x) && len(items) > 1:
			text = "(" + text + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, sep)
}

// isList reports whether an expression prints as several conditions.
func isList(e Expr) bool {
	var items []Expr
	switch e := e.(type) {
	case And:
		items = e
	case Or:
		items = e
	case Not:
		if inner, ok := e.X.(Not); ok {
			return isList(inner.X)
		}
	}
	return len(items) > 1 || len(items) == 1 && isList(items[0])
}

func (p printer) term(t Term) string {
	switch {
	case t.Field.IsNumber():
		return p.number(t)
	case len(t.Text) == 0:
		return never
	case t.Field == Words:
		return t.Text[0]
	}
	values := make([]string, len(t.Text))
	for i, v := range t.Text {
		values[i] = quoteValue(v)
	}
	return string(t.Field) + ":" + strings.Join(values, ",")
}

func quoteValue(v string) string {
	plain := strings.IndexFunc(v, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`()",\`, r) }) < 0
	if v != "" && plain {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

func (p printer) number(t Term) string {
	if t.Lo >= t.Hi || t.Field.IsTime() && (t.Hi <= p.lowest(t.Field) || t.Lo >= p.highest(t.Field)) {
		return never
	}
	lo, hi := "", ""
	if t.Lo > p.lowest(t.Field) {
		lo = p.value(t.Field, t.Lo, false)
	}
	if t.Hi < p.highest(t.Field) {
		hi = p.value(t.Field, t.Hi, true)
	}
	name := string(t.Field)
	switch {
	case lo == "" && hi == "":
		return name + ":.."
	case hi == "":
		return name + ">=" + lo
	case lo == "":
		return name + "<=" + hi
	case lo == hi:
		return name + ":" + lo
	}
	return name + ":" + lo + ".." + hi
}

// Times beyond the years 1 to 9999 cannot be written; no order is there.
func (p printer) lowest(f Field) int64 {
	if f.IsTime() {
		return time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC).UnixMilli()
	}
	return Lowest + 1
}

func (p printer) highest(f Field) int64 {
	if f.IsTime() {
		return time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC).UnixMilli()
	}
	return Highest - 1
}

// value writes one end of a range; the upper end is written as the last value
// inside.
func (p printer) value(f Field, v int64, upper bool) string {
	switch {
	case f.IsTime():
		d := days{loc: p.loc}
		at := time.UnixMilli(v)
		if !d.start(at, 0).Equal(at) {
			break
		}
		y, m, day := at.In(p.loc).Date()
		if upper {
			day--
		}
		return time.Date(y, m, day, 12, 0, 0, 0, time.UTC).Format(dayFormat)
	case f == FieldTotal:
		if upper {
			v--
		}
		return INR(v).Decimal()
	}
	if upper {
		v--
	}
	if f.IsTime() {
		return time.UnixMilli(v).UTC().Format(instant)
	}
	return strconv.FormatInt(v, 10)
}
