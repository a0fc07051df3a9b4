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
