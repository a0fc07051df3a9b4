package shopify

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// filter is what a list selects. A page_info carries it on.
type filter struct {
	Status     string    `json:"s,omitempty"`
	Financial  string    `json:"f,omitempty"`
	Fulfilment string    `json:"u,omitempty"`
	IDs        []string  `json:"i,omitempty"`
	Name       string    `json:"m,omitempty"`
	SinceID    int       `json:"n,omitempty"`
	Updated    [2]int64  `json:"up,omitzero"` // Unix seconds, inclusive; 0: open
	Created    [2]int64  `json:"cr,omitzero"`
	By         shop.By   `json:"b"`
	Desc       bool      `json:"d,omitempty"`
	Oldest     time.Time `json:"o,omitzero"`
}

// place is where a page begins.
type place struct {
	Filter filter     `json:"q"`
	At     shop.Key   `json:"k,omitzero"`  // ascending lists go by key,
	Offset int        `json:"o,omitempty"` // descending ones by position
	Before []shop.Key `json:"p,omitempty"` // pages before this one, the last few
	Issued int64      `json:"t"`
}

// maxBefore bounds how many pages back a page_info leads.
const maxBefore = 8

// parseFilter reads the parameters of a list; bad names the faulty one.
func (st *Store) parseFilter(v url.Values) (f filter, bad string) {
	oneOf := func(name, fallback string, known ...string) string {
		value := v.Get(name)
		if value == "" {
			return fallback
		}
		if !slices.Contains(known, value) {
			bad = name
		}
		return value
	}
	f.Status = oneOf("status", "open", "open", "closed", "cancelled", "any")
	f.Name = v.Get("name")
	f.Financial = oneOf("financial_status", "any", "any", "authorized", "pending", "paid", "partially_paid", "refunded", "voided", "partially_refunded", "unpaid")
	f.Fulfilment = oneOf("fulfillment_status", "any", "any", "shipped", "partial", "unshipped", "unfulfilled")
	for _, b := range []struct {
		name string
		to   *int64
	}{
		{"updated_at_min", &f.Updated[0]}, {"updated_at_max", &f.Updated[1]}, {"created_at_min", &f.Created[0]}, {"created_at_max", &f.Created[1]},
		{"processed_at_min", &f.Created[0]}, {"processed_at_max", &f.Created[1]},
	} {
		text := v.Get(b.name)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			bad = b.name
		}
		*b.to = t.Unix()
	}
	if text := v.Get("ids"); text != "" {
		f.IDs = strings.Split(text, ",")
	}
	f.By, f.Desc = shop.ByCreated, true
	if text := v.Get("since_id"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			bad = "since_id"
		}
		f.SinceID, f.Desc = n, false
	}
	if text := v.Get("order"); text != "" {
		field, direction, _ := strings.Cut(strings.ToLower(text), " ")
		switch field {
		case "updated_at":
			f.By = shop.ByUpdated
		case "created_at", "processed_at", "id":
		default:
			bad = "order"
		}
		f.Desc = direction != "asc"
	}
	if !slices.Contains(st.scopes, "read_all_orders") {
		f.Oldest = st.shop.Now().Add(-oldOrders)
	}
	return f, bad
}

func within(t time.Time, bounds [2]int64) bool {
	return (bounds[0] == 0 || t.Unix() >= bounds[0]) && (bounds[1] == 0 || t.Unix() <= bounds[1])
}

// keep selects one order.
func (f *filter) keep(o *shop.Order) bool {
	if !within(o.Updated, f.Updated) || !within(o.Created, f.Created) || o.Created.Before(f.Oldest) ||
		f.SinceID > 0 && number(o.ID) <= f.SinceID || len(f.IDs) > 0 && !slices.Contains(f.IDs, o.ID) {
		return false
	}
	if f.Name != "" && strings.TrimPrefix(f.Name, "#") != strings.TrimPrefix(o.Number, "#") {
		return false
	}
	gone, closed := !cancelledAt(*o).IsZero(), !closedAt(*o).IsZero()
	switch f.Status {
	case "open":
		if gone || closed {
			return false
		}
	case "closed":
		if !closed {
			return false
		}
	case "cancelled":
		if !gone {
			return false
		}
	}
	sent := fulfilment(*o)
	switch f.Fulfilment {
	case "shipped":
		if sent != "fulfilled" {
			return false
		}
	case "partial":
		if sent != "partial" {
			return false
		}
	case "unshipped", "unfulfilled":
		if sent != nil && (f.Fulfilment == "unshipped" || sent != "partial") {
			return false
		}
	}
	money := financial(*o)
	return f.Financial == "any" || f.Financial == money || f.Financial == "unpaid" && (money == "pending" || money == "authorized")
}

// span bounds the search by the sorted time.
func (f *filter) span() shop.Span {
	sp, bounds := shop.Span{By: f.By}, f.Created
	if f.By == shop.ByUpdated {
		bounds = f.Updated
	}
	if bounds[0] > 0 {
		sp.From = time.Unix(bounds[0], 0)
	}
	if bounds[1] > 0 {
		sp.To = time.Unix(bounds[1]+1, 0)
	}
	return sp
}
