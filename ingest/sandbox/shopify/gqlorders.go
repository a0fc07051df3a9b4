package shopify

import (
	"regexp"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/graphql"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// orders lists orders by a search and a sort key.
func (st *Store) orders(a args) (any, error) {
	first, ok := a.Int("first")
	if !ok || first < 1 || first > maxPage {
		return nil, &graphql.Error{Message: "you must provide first, between 1 and 250", Path: []string{"orders"}, Extensions: object{"code": "BAD_REQUEST"}}
	}
	at := place{Filter: st.search(a.Text("query"))}
	at.Filter.By, at.Filter.Desc = shop.ByCreated, a.Bool("reverse")
	if a.Text("sortKey") == "UPDATED_AT" {
		at.Filter.By = shop.ByUpdated
	}
	if after := a.Text("after"); after != "" {
		var c place
		if st.keys.seal.Open(after, &c) != nil || c.Filter.By != at.Filter.By || c.Filter.Desc != at.Filter.Desc || st.shop.Roll(st.shop.Faults().Expire) {
			return nil, &graphql.Error{Message: "Invalid cursor for current pagination sort.", Path: []string{"orders"}, Extensions: object{"code": "BAD_REQUEST"}}
		}
		at.At, at.Offset = c.At, c.Offset
	}
	page, next, _ := st.page(at, first)
	nodes, cursors := []node{}, []string{}
	for i, o := range page {
		here := place{Filter: filter{By: at.Filter.By, Desc: at.Filter.Desc}, Offset: at.Offset + i + 1}
		if !at.Filter.Desc {
			here.At = keyOf(o, at.Filter.By)
			here.At.Seq++ // the next begins behind it
		}
		if i == len(page)-1 && next != nil { // where the faults want it to
			here.At, here.Offset = next.At, next.Offset
		}
		nodes, cursors = append(nodes, st.orderNode(o)), append(cursors, st.keys.seal.Seal(here))
	}
	return connection("Order", nodes, cursors, next != nil), nil
}

// term is one condition of a search such as updated_at:>='2026-03-10T00:00:00Z'.
var term = regexp.MustCompile(`([a-z_]+):\s*(>=|<=|>|<)?\s*(?:'([^']*)'|"([^"]*)"|(\S+))`)

// search reads the search of an order list. Conditions that the sandbox does
// not know select nothing away, as unknown filters do at Shopify's.
func (st *Store) search(text string) filter {
	f := filter{Status: "any", Financial: "any", Fulfilment: "any", By: shop.ByCreated}
	if st.denied("read_all_orders", "") != nil {
		f.Oldest = st.shop.Now().Add(-oldOrders)
	}
	for _, m := range term.FindAllStringSubmatch(text, -1) {
		value := m[3] + m[4] + m[5] // one of them is not empty
		switch m[1] {
		case "status":
			f.Status = strings.ToLower(value)
		case "financial_status":
			f.Financial = strings.ToLower(value)
		case "fulfillment_status":
			f.Fulfilment = strings.ToLower(value)
		case "name":
			f.Name = value
		case "id":
			f.IDs = append(f.IDs, bare(value, "Order"))
		case "updated_at":
			bound(&f.Updated, m[2], value)
		case "created_at", "processed_at":
			bound(&f.Created, m[2], value)
		}
	}
	return f
}

// bound narrows a range of whole seconds.
func bound(to *[2]int64, op, value string) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		if t, err = time.ParseInLocation(time.DateOnly, value, kolkata); err != nil {
			return
		}
	}
	switch at := t.Unix(); op {
	case ">=":
		to[0] = at
	case ">":
		to[0] = at + 1
	case "<=":
		to[1] = at
	case "<":
		to[1] = at - 1
	default:
		to[0], to[1] = at, at
	}
}
