package woo

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

func (st *Store) listOrders(w http.ResponseWriter, r *http.Request) {
	q, f := parseQuery(r.URL.Query())
	if f != nil {
		f.write(w)
		return
	}
	keep := q.keep
	offset, size, stride := q.offset, q.size, q.size
	faults := st.shop.Faults()
	if back := min(faults.Overlap, size-1); back > 0 && !q.clientParams.Has("offset") {
		stride = size - back // later pages begin before the former ones end
		offset = (q.page - 1) * stride
	}
	if q.page > 1 && st.shop.Roll(faults.Repeat) {
		offset -= stride
	}
	var filter func(*shop.Order) bool
	if !q.plain() {
		filter = keep
	}
	page, total := st.shop.Slice(q.span, q.desc, offset, size, filter)
	pages := (total + size - 1) / size
	if stride < size && total > size {
		pages = 1 + (total-size+stride-1)/stride
	}
	page = st.shop.Double(page)
	body := make([]any, len(page))
	for i, o := range page {
		body[i] = pick(st.wire(o), q.fields)
	}
	st.listHeaders(w, r, q.page, total, pages)
	reply(w, http.StatusOK, body)
}

// listHeaders tell how many there are and where the neighbours are.
func (st *Store) listHeaders(w http.ResponseWriter, r *http.Request, page, total, pages int) {
	w.Header().Set("X-WP-Total", strconv.Itoa(total))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa(pages))
	link := func(n int, rel string) string {
		v := r.URL.Query()
		for name := range v {
			if !strings.HasSuffix(name, "[]") {
				v[name] = v[name][len(v[name])-1:] // PHP knows the last one only
			}
			if strings.HasPrefix(name, "consumer_") || strings.HasPrefix(name, "oauth_") {
				v.Del(name)
			}
		}
		v.Set("page", strconv.Itoa(n))
		return "<" + st.address(r) + r.URL.Path + "?" + v.Encode() + `>; rel="` + rel + `"`
	}
	var links []string
	if page > 1 {
		links = append(links, link(min(page-1, max(pages, 1)), "prev"))
	}
	if page < pages {
		links = append(links, link(page+1, "next"))
	}
	if len(links) > 0 {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
}
