package shopify

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

const (
	defaultPage = 50
	maxPage     = 250
	pageLife    = time.Hour // page_info is short-lived; how short is not said
	oldOrders   = 60 * 24 * time.Hour
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

func (st *Store) listOrders(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	limit := defaultPage
	if text := v.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			refuse(w, http.StatusBadRequest, map[string][]string{"limit": {"must be a number from 1 to 250"}})
			return
		}
		limit = min(n, maxPage)
	}
	var at place
	if info := v.Get("page_info"); info != "" {
		for name := range v {
			if name != "page_info" && name != "limit" && name != "fields" {
				refuse(w, http.StatusBadRequest, map[string]string{name: name + " cannot be passed when page_info is present."})
				return
			}
		}
		err := st.keys.seal.Open(info, &at)
		if err != nil || st.shop.Now().Sub(time.Unix(at.Issued, 0)) > pageLife || st.shop.Roll(st.shop.Faults().Expire) {
			refuse(w, http.StatusBadRequest, map[string]string{"page_info": "Invalid value."})
			return
		}
	} else {
		var bad string
		if at.Filter, bad = st.parseFilter(v); bad != "" {
			refuse(w, http.StatusBadRequest, map[string][]string{bad: {"is invalid"}})
			return
		}
	}
	page, next, back := st.page(at, limit)
	st.link(w, r, limit, next, back)
	orders := []object{}
	for _, o := range st.shop.Double(page) {
		orders = append(orders, pick(st.wire(o), v.Get("fields")))
	}
	shop.Reply(w, http.StatusOK, object{"orders": orders})
}

// page reads one page and says where its neighbours are.
func (st *Store) page(at place, limit int) (page []shop.Order, next, back *place) {
	f, faults := at.Filter, st.shop.Faults()
	if f.Desc {
		var total int
		page, total = st.shop.Slice(f.span(), true, at.Offset, limit, f.keep)
		if at.Offset+limit < total {
			next = &place{Filter: f, Offset: at.Offset + max(1, limit-min(faults.Overlap, limit/2))}
		}
		if at.Offset > 0 {
			back = &place{Filter: f, Offset: max(0, at.Offset-limit)}
		}
		return page, next, back
	}
	page, key, more := st.shop.After(f.span(), at.At, limit, f.keep)
	if more {
		if n := min(faults.Overlap, len(page)/2); n > 0 {
			key = keyOf(page[len(page)-n], f.By)
		}
		if st.shop.Roll(faults.Repeat) {
			key = at.At
		}
		before := append(slices.Clip(at.Before), at.At)
		next = &place{Filter: f, At: key, Before: before[max(0, len(before)-maxBefore):]}
	}
	if n := len(at.Before); n > 0 {
		back = &place{Filter: f, At: at.Before[n-1], Before: at.Before[:n-1]}
	}
	return page, next, back
}

func keyOf(o shop.Order, by shop.By) shop.Key {
	if by == shop.ByUpdated {
		return shop.Key{At: o.Updated.Unix(), Seq: o.Seq}
	}
	return shop.Key{At: o.Created.Unix(), Seq: o.Seq}
}

// link sets the header with the neighbours of a page.
func (st *Store) link(w http.ResponseWriter, r *http.Request, limit int, next, back *place) {
	var links []string
	for _, l := range []struct {
		to  *place
		rel string
	}{{back, "previous"}, {next, "next"}} {
		if l.to == nil {
			continue
		}
		l.to.Issued = st.shop.Now().Unix()
		v := url.Values{"limit": {strconv.Itoa(limit)}, "page_info": {st.keys.seal.Seal(*l.to)}}
		if fields := r.URL.Query().Get("fields"); fields != "" {
			v.Set("fields", fields)
		}
		links = append(links, "<"+address(r)+"?"+v.Encode()+`>; rel="`+l.rel+`"`)
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
}

// address is where the client of a request sees it. A client that insists on
// the store's own name comes through something that rewrites the address and
// says so.
func address(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	scheme := "http://"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https://"
	}
	if host := r.Header.Get("X-Forwarded-Host"); host != "" {
		if i := strings.Index(path, "/admin/"); i > 0 {
			path = path[i:] // the prefix belongs to the sandbox
		}
		return scheme + host + path
	}
	return scheme + r.Host + path
}

func (st *Store) countOrders(w http.ResponseWriter, r *http.Request) {
	f, bad := st.parseFilter(r.URL.Query())
	if bad != "" {
		refuse(w, http.StatusBadRequest, map[string][]string{bad: {"is invalid"}})
		return
	}
	_, total := st.shop.Slice(f.span(), false, 0, 0, f.keep)
	shop.Reply(w, http.StatusOK, object{"count": total})
}

// visible is an order of the store that the app may see.
func (st *Store) visible(id string) (shop.Order, bool) {
	o, err := st.shop.Get(id)
	if err != nil {
		return shop.Order{}, false
	}
	old := o.Created.Before(st.shop.Now().Add(-oldOrders))
	return o, !old || slices.Contains(st.scopes, "read_all_orders")
}
