package report

import (
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Part narrows a filter to what one number counts. Zero fields narrow nothing.
type Part struct {
	Range    Range
	Platform order.Platform
	Channel  string
	Statuses []order.Status
	Payment  order.PaymentMethod
	State    string
	SKU      string
	Customer string
}

// Earning lists the statuses of orders that count as revenue.
func Earning() []order.Status {
	var all []order.Status
	for _, s := range order.Statuses() {
		if s.CountsAsRevenue() {
			all = append(all, s)
		}
	}
	return all
}

// SentBack lists the statuses counted as returns.
func SentBack() []order.Status { return []order.Status{order.Returned, order.Refunded} }

// List is the list of the orders that a part of the filter counts, so that a
// number leads to exactly them.
func (f Filter) List(p Part) order.Filter {
	r := p.Range
	if r == (Range{}) {
		r = f.Range
	}
	l := order.Filter{From: r.From.String(), To: r.To.String(), Platforms: f.Platforms, Channels: f.Channels, Statuses: p.Statuses, Customer: p.Customer}
	if p.Platform != "" {
		l.Platforms = []order.Platform{p.Platform}
	}
	if p.Channel != "" {
		l.Channels = []string{p.Channel}
	}
	var terms []string
	states := f.States
	if p.State != "" {
		states = []string{p.State}
	}
	if len(states) > 0 {
		quoted := make([]string, len(states))
		for i, s := range states {
			quoted[i] = quote(s)
		}
		terms = append(terms, "state:"+strings.Join(quoted, ","))
	}
	payment := f.Payment
	if p.Payment != "" {
		payment = p.Payment
	}
	if payment != "" {
		terms = append(terms, "payment:"+string(payment))
	}
	if p.SKU != "" {
		terms = append(terms, "sku:"+quote(p.SKU))
	}
	l.Q = strings.Join(terms, " ")
	return l
}

// quote writes a value so that the query language reads it as one.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
