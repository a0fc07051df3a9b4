// Package customers draws the pages about customers: one person across
// platforms.
package customers

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/customer"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
)

// ListView is the list of customers.
type ListView struct {
	views.Clock
	Rows   []customer.Row
	Total  int // identities; 0 in a search
	Q      string
	Sort   report.CustomerSort
	Page   int
	More   bool
	Errors order.FieldErrors
}

func (v ListView) at(sort report.CustomerSort, page int) templ.SafeURL {
	q := url.Values{}
	if v.Q != "" {
		q.Set("q", v.Q)
	}
	if sort != report.ByValue {
		q.Set("sort", string(sort))
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/customers"
	}
	return templ.URL("/customers?" + q.Encode())
}

func (v ListView) sorted(s report.CustomerSort) templ.Attributes {
	if v.Q == "" && v.Sort == s {
		return templ.Attributes{"aria-sort": "descending"}
	}
	return nil
}

// PersonView is the page of one customer.
type PersonView struct {
	views.Clock
	customer.Person
	Orders     []order.Row
	Channels   map[string]string // names by id
	Names      map[string]string // of users by id
	Candidates []customer.Row
	MayEdit    bool
	MayExport  bool
	MayErase   bool
	Text       string // of a note that was refused
	Errors     order.FieldErrors
}

func (v PersonView) list() templ.SafeURL {
	return templ.URL("/orders?" + url.Values{"q": {customer.Query(v.Keys)}}.Encode())
}

func (v PersonView) author(id string) string {
	if n := v.Names[id]; n != "" {
		return n
	}
	return "a former user"
}

// named is what to call somebody whom no platform names.
func named(name string) string {
	if name == "" {
		return "Name not known"
	}
	return name
}

func rupees(paise int64) string { return views.Money(order.INR(paise)) }

func percent(share float64) string { return fmt.Sprintf("%.0f %%", share*100) }

func personURL(key, rest string) templ.SafeURL { return templ.URL("/customers/" + key + rest) }

func itoa(n int) string { return strconv.Itoa(n) }
