package order

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Filter is the state of the order list as its address holds it. Its zero
// value is the plain list, newest first.
type Filter struct {
	Q         string // query language
	Platforms []Platform
	Channels  []string
	Statuses  []Status
	From, To  string // YYYY-MM-DD, inclusive business days
	Customer  string // a CustomerKey
	Tag       string
	Assignee  string
	Sort      Sort // empty: NewestFirst
	Limit     int  // 0: DefaultLimit
	Page      int  // 0: the first
	After     string
	Before    string
}

// DefaultLimit is the number of orders on a page when nobody says.
const DefaultLimit = 50

// Limits lists the page sizes.
func Limits() []int { return []int{20, 50, 100} }

// maxPage keeps offsets within reason; deeper pages are reached by cursor.
const maxPage = 1_000_000

// ParseFilter reads the parameters of the list. Empty parameters count as not
// given, since forms send them. Everything unknown, impossible or repeated
// without sense is FieldErrors, all faults together: the caller must not fall
// back to the whole list. Q is parsed here only to check it; Query parses it
// again for the shop's own days.
func ParseFilter(v url.Values) (Filter, error) {
	r := filterReader{values: v}
	f := Filter{
		Q: strings.TrimSpace(r.one("q")), Customer: r.one("customer"), Tag: r.one("tag"), Assignee: r.one("assignee"),
		Platforms: many(&r, "platform", Platforms()), Statuses: many(&r, "status", Statuses()), Channels: many[string](&r, "channel", nil),
		From: r.day("from"), To: r.day("to"),
		Limit: r.number("limit"), Page: r.number("page"), After: r.one("after"), Before: r.one("before"),
	}
	if f.From != "" && f.To != "" && f.From > f.To {
		r.fault("to", "the last day %s is before the first, %s", f.To, f.From)
	}
	if s := Sort(r.one("sort")); s == "" || slices.Contains(Sorts(), s) {
		f.Sort = s
	} else {
		r.fault("sort", "%q is unknown; use one of %s", s, strings.Join(texts(Sorts()), ", "))
	}
	if r.given("limit") && r.errs.For("limit") == "" && !slices.Contains(Limits(), f.Limit) {
		r.fault("limit", "use 20, 50 or 100")
	}
	if r.given("page") && r.errs.For("page") == "" && (f.Page < 1 || f.Page > maxPage) {
		r.fault("page", "pages are numbered from 1 to %d", maxPage)
	}
	switch {
	case f.After != "" && f.Before != "":
		r.fault("before", "give after or before, not both")
	case f.After+f.Before != "" && r.given("page"):
		r.fault("page", "give a page number or a cursor, not both")
	}
	if _, err := ParseExpr(f.Q, time.UTC); err != nil {
		var faults FieldErrors
		errors.As(err, &faults) // ParseExpr returns nothing else
		r.errs = append(r.errs, faults...)
	}
	r.unknown()
	if err := r.errs.or(); err != nil {
		return Filter{}, err
	}
	return f.canonical(), nil
}

// canonical sorts lists and leaves defaults out.
func (f Filter) canonical() Filter {
	f.Platforms = inOrder(f.Platforms, Platforms())
	f.Statuses = inOrder(f.Statuses, Statuses())
	f.Channels = inOrder(f.Channels, slices.Sorted(slices.Values(f.Channels)))
	if f.Sort == NewestFirst {
		f.Sort = ""
	}
	if f.Limit == DefaultLimit {
		f.Limit = 0
	}
	if f.Page == 1 {
		f.Page = 0
	}
	return f
}

// inOrder returns the distinct members of list in the order of all; nil when
// there are none.
func inOrder[T comparable](list, all []T) []T {
	var out []T
	for _, x := range all {
		if slices.Contains(list, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

type filterReader struct {
	values url.Values
	errs   FieldErrors
	read   []string
}

func (r *filterReader) fault(field, format string, a ...any) {
	r.errs = append(r.errs, FieldError{Field: field, Message: fmt.Sprintf(format, a...)})
}

// all returns the values of a parameter that are not empty.
func (r *filterReader) all(name string) []string {
	r.read = append(r.read, name)
	var out []string
	for _, v := range r.values[name] {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

func (r *filterReader) given(name string) bool { return len(r.all(name)) > 0 }

func (r *filterReader) one(name string) string {
	v := r.all(name)
	switch {
	case len(v) == 0:
		return ""
	case len(v) > 1:
		r.fault(name, "give it once")
	case len(v[0]) > maxQueryText:
		r.fault(name, "is longer than %d bytes", maxQueryText)
	}
	return v[0]
}

// many reads a parameter that may be repeated or hold several values with
// commas between them; known is nil when any value will do.
func many[T ~string](r *filterReader, name string, known []T) []T {
	var out []T
	for _, v := range r.all(name) {
		for part := range strings.SplitSeq(v, ",") {
			if known != nil && !slices.Contains(known, T(part)) {
				r.fault(name, "%q is unknown; use one of %s", part, strings.Join(texts(known), ", "))
				continue
			}
			out = append(out, T(part))
		}
	}
	return out
}

func (r *filterReader) day(name string) string {
	v := r.one(name)
	if v == "" {
		return ""
	}
	if t, err := time.Parse(dayFormat, v); err != nil || t.Year() < 1 {
		r.fault(name, "%q is not a day; write it as 2026-11-30", v)
	}
	return v
}

func (r *filterReader) number(name string) int {
	v := r.one(name)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		r.fault(name, "%q is not a whole number", v)
	}
	return n
}

func (r *filterReader) unknown() {
	var names []string
	for name := range r.values {
		if !slices.Contains(r.read, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		r.fault(name, "there is no such filter")
	}
}

// Values is the canonical form of the filter: nothing empty, no defaults,
// lists in a fixed order. ParseFilter reads it back to the same filter, and
// Encode of it is one text for all ways to write the same filter.
func (f Filter) Values() url.Values {
	f = f.canonical()
	v := url.Values{}
	set := func(name string, values ...string) {
		for _, x := range values {
			if x != "" {
				v.Add(name, x)
			}
		}
	}
	set("q", strings.TrimSpace(f.Q))
	set("platform", texts(f.Platforms)...)
	set("channel", f.Channels...)
	set("status", texts(f.Statuses)...)
	set("from", f.From)
	set("to", f.To)
	set("customer", f.Customer)
	set("tag", f.Tag)
	set("assignee", f.Assignee)
	set("sort", string(f.Sort))
	if f.Limit != 0 {
		set("limit", strconv.Itoa(f.Limit))
	}
	if f.Page != 0 {
		set("page", strconv.Itoa(f.Page))
	}
	set("after", f.After)
	set("before", f.Before)
	return v
}

// Query is what the store is asked, with the days of loc; the error is
// FieldErrors as ParseFilter gives them.
func (f Filter) Query(loc *time.Location) (Query, error) { return f.QueryAt(loc, time.Now()) }

// QueryAt is Query at a moment, which the words today and 7d count from.
func (f Filter) QueryAt(loc *time.Location, now time.Time) (Query, error) {
	return f.QueryWith(Reader{Loc: loc, Now: now})
}

// QueryWith is Query with everything that its words refer to: the assignee may
// then be given by name, or as "me".
func (f Filter) QueryWith(r Reader) (Query, error) {
	loc, now := r.Loc, r.Now
	q := Query{Sort: f.Sort, Limit: f.Limit, Page: max(f.Page, 1), After: f.After, Before: f.Before}
	if q.Sort == "" {
		q.Sort = NewestFirst
	}
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	var all And
	text := func(field Field, values []string) {
		if v := foldAll(values); len(v) > 0 {
			all = append(all, Term{Field: field, Text: v})
		}
	}
	text(FieldPlatform, texts(f.Platforms))
	text(FieldChannel, f.Channels)
	text(FieldStatus, texts(f.Statuses))
	text(FieldCustomer, []string{f.Customer})
	text(FieldTag, []string{f.Tag})
	assignees := []string{f.Assignee}
	if f.Assignee != "" && r.People != nil {
		if assignees = r.People(f.Assignee); len(assignees) == 0 {
			return Query{}, FieldErrors{{Field: "assignee", Message: fmt.Sprintf("there is nobody called %q", f.Assignee)}}
		}
	}
	text(FieldAssignee, assignees)
	if f.From != "" || f.To != "" {
		p := parser{days: days{loc: loc, now: now}}
		e, err := p.number(token{text: "from", op: ":", parts: []string{f.From + ".." + f.To}}, FieldOrdered)
		if err != nil {
			return Query{}, FieldErrors{{Field: "from", Message: fmt.Sprintf("%s to %s is not a range of days", f.From, f.To)}}
		}
		all = append(all, e)
	}
	e, err := r.Expr(f.Q)
	if err != nil {
		return Query{}, err
	}
	if e != nil {
		all = appendAnd(all, e)
	}
	switch len(all) {
	case 0:
	case 1:
		q.Where = all[0]
	default:
		q.Where = all
	}
	return q, nil
}
