package woo

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// query is a checked list request.
type query struct {
	span         shop.Span
	also         shop.Span // the other family of dates
	desc         bool
	page, size   int
	offset       int
	statuses     []string // nil: any
	include      []string
	exclude      []string
	customer     int
	hasCustomer  bool
	product      int
	parent       bool // asks for children, and there are none
	search       string
	fields       []string
	clientParams url.Values
}

func parseQuery(v url.Values) (q query, f *fault) {
	q = query{page: 1, size: 10, desc: true, clientParams: v}
	if q.page, f = integer(v, "page", 1, 1, 0); f != nil {
		return q, f
	}
	if q.size, f = integer(v, "per_page", 10, 1, 100); f != nil {
		return q, f
	}
	if q.offset, f = integer(v, "offset", -1, 0, 0); f != nil {
		return q, f
	}
	if q.offset < 0 {
		q.offset = (q.page - 1) * q.size
	}
	for _, step := range []func(url.Values) *fault{q.parseOrder, q.parseDates, q.parseStatus, q.parseIDs} {
		if f = step(v); f != nil {
			return q, f
		}
	}
	q.search = strings.ToLower(strings.TrimSpace(v.Get("search")))
	if text := v.Get("_fields"); text != "" {
		q.fields = strings.Split(text, ",")
	}
	return q, nil
}

// integer reads a number with a least and, unless it is 0, a greatest value.
func integer(v url.Values, name string, fallback, least, most int) (int, *fault) {
	text := v.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		return 0, badParam(name, "rest_invalid_type", name+" is not of type integer.")
	case most > 0 && (n < least || n > most):
		return 0, badParam(name, "rest_out_of_bounds", fmt.Sprintf("%s must be between %d (inclusive) and %d (inclusive)", name, least, most))
	case n < least:
		return 0, badParam(name, "rest_out_of_bounds", fmt.Sprintf("%s must be greater than or equal to %d", name, least))
	}
	return n, nil
}

// words reads a list given as a comma text, as name[] or as name[0], name[1].
func words(v url.Values, name string) []string {
	var all []string
	for key, values := range v {
		if key != name && !strings.HasPrefix(key, name+"[") {
			continue
		}
		for _, text := range values {
			for part := range strings.SplitSeq(text, ",") {
				if part = strings.TrimSpace(part); part != "" {
					all = append(all, part)
				}
			}
		}
	}
	return all
}

func (q *query) parseOrder(v url.Values) *fault {
	switch v.Get("order") {
	case "", "desc":
	case "asc":
		q.desc = false
	default:
		return badParam("order", "rest_not_in_enum", "order is not one of asc and desc.")
	}
	switch v.Get("orderby") {
	case "", "date":
		q.span.By = shop.ByCreated
	case "modified":
		q.span.By = shop.ByUpdated
	case "id", "include", "title", "slug":
		q.span.By = shop.ByCreated // ids grow with the date of creation
	default:
		return badParam("orderby", "rest_not_in_enum", "orderby is not one of date, id, include, title, slug and modified.")
	}
	return nil
}

var dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?$`)

// moment reads a date filter the way WordPress does: the text becomes wall
// time of the site, a zone in it is converted away, and that wall time is then
// compared with the site's column or, with dates_are_gmt, with the GMT column.
// So a text with a zone and dates_are_gmt together are off by the site's
// offset.
func moment(name, text string, gmt bool) (time.Time, *fault) {
	if !dateTime.MatchString(text) {
		return time.Time{}, badParam(name, "rest_invalid_date", "Invalid date.")
	}
	text = strings.Replace(text, " ", "T", 1)
	var wall time.Time
	var err error
	for _, layout := range [...]string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05"} {
		if wall, err = time.ParseInLocation(layout, text, kolkata); err == nil {
			break
		}
	}
	if err != nil {
		return time.Time{}, badParam(name, "rest_invalid_date", "Invalid date.")
	}
	wall = wall.In(kolkata)
	zone := kolkata
	if gmt {
		zone = time.UTC
	}
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone), nil
}

func truth(text string) bool { return text == "true" || text == "1" }

// parseDates reads the four bounds, all of them exclusive.
func (q *query) parseDates(v url.Values) *fault {
	gmt := truth(v.Get("dates_are_gmt"))
	if q.also.By = shop.ByUpdated; q.span.By == shop.ByUpdated {
		q.also.By = shop.ByCreated
	}
	for _, bound := range []struct {
		name string
		by   shop.By
		to   bool
	}{{"after", shop.ByCreated, false}, {"before", shop.ByCreated, true}, {"modified_after", shop.ByUpdated, false}, {"modified_before", shop.ByUpdated, true}} {
		text := v.Get(bound.name)
		if text == "" {
			continue
		}
		t, f := moment(bound.name, text, gmt)
		if f != nil {
			return f
		}
		span := &q.span
		if bound.by != q.span.By {
			span = &q.also
		}
		if bound.to {
			span.To = t
		} else {
			span.From = t.Add(time.Second)
		}
	}
	return nil
}

func (q *query) parseStatus(v url.Values) *fault {
	for i, s := range words(v, "status") {
		if s == "any" {
			q.statuses = nil
			return nil
		}
		known := append([]string{"any", "trash", "auto-draft"}, slugs()...)
		if !slices.Contains(known, s) {
			f := badParam("status", "rest_not_in_enum", fmt.Sprintf("status[%d] is not one of %s.", i, strings.Join(known, ", ")))
			return f
		}
		q.statuses = append(q.statuses, s)
	}
	return nil
}

func (q *query) parseIDs(v url.Values) (f *fault) {
	q.include, q.exclude = words(v, "include"), words(v, "exclude")
	for _, name := range [...]string{"include", "exclude"} {
		for i, id := range words(v, name) {
			if _, err := strconv.Atoi(id); err != nil {
				return badParam(name, "rest_invalid_type", fmt.Sprintf("%s[%d] is not of type integer.", name, i))
			}
		}
	}
	if q.customer, f = integer(v, "customer", 0, 0, 0); f != nil {
		return f
	}
	q.hasCustomer = v.Get("customer") != ""
	if q.product, f = integer(v, "product", 0, 0, 0); f != nil {
		return f
	}
	q.parent = len(words(v, "parent")) > 0 && !slices.Contains(words(v, "parent"), "0")
	return nil
}

// plain reports whether the query selects by one family of dates only, which
// the sorted lists answer without looking at orders.
func (q *query) plain() bool {
	return q.statuses == nil && q.include == nil && q.exclude == nil && !q.hasCustomer && q.product == 0 && !q.parent && q.search == "" &&
		q.also.From.IsZero() && q.also.To.IsZero()
}

// keep selects what the dates of the sorted list do not.
func (q *query) keep(o *shop.Order) bool {
	t := o.Updated
	if q.also.By == shop.ByCreated {
		t = o.Created
	}
	switch {
	case q.parent,
		!q.also.From.IsZero() && t.Before(q.also.From),
		!q.also.To.IsZero() && !t.Before(q.also.To),
		q.statuses != nil && !slices.Contains(q.statuses, slug(*o)),
		q.include != nil && !slices.Contains(q.include, o.ID),
		slices.Contains(q.exclude, o.ID),
		q.hasCustomer && o.Customer.ID != q.customer,
		q.product > 0 && !slices.ContainsFunc(o.Lines, func(l shop.Line) bool { return l.Product+productBase == q.product }):
		return false
	}
	return q.search == "" || q.found(o)
}

// found is WooCommerce's order search: the id and the addresses.
func (q *query) found(o *shop.Order) bool {
	c := o.Customer
	for _, text := range [...]string{o.ID, o.Number, c.Name(), c.Email, c.Phone, c.Line1, c.City, c.Pincode} {
		if strings.Contains(strings.ToLower(text), q.search) {
			return true
		}
	}
	return false
}
