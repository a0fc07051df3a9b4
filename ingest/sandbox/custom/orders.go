package custom

import (
	"net/http"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

const (
	defaultPage = 50
	maxPage     = 200
	cursorLife  = time.Hour // ours: the contract says opaque and no more
)

// position is what a cursor carries.
type position struct {
	At     shop.Key `json:"k"`
	Issued int64    `json:"i"`
}

// list serves the orders changed since a time, oldest change first.
func (st *Site) list(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	invalid := func(name, message string) {
		refuse(w, http.StatusUnprocessableEntity, "invalid", message, object{"field": name})
	}
	limit, sp, at := defaultPage, shop.Span{By: shop.ByUpdated}, position{}
	var err error
	if text := v.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxPage {
			invalid("limit", "limit must be between 1 and 200")
			return
		}
	}
	if text := v.Get("updated_since"); text != "" {
		if sp.From, err = time.Parse(time.RFC3339, text); err != nil {
			invalid("updated_since", "updated_since must be an RFC 3339 time")
			return
		}
	}
	if text := v.Get("cursor"); text != "" {
		err := st.keys.seal.Open(text, &at)
		if err != nil || st.shop.Now().Sub(time.Unix(at.Issued, 0)) > cursorLife || st.shop.Roll(st.shop.Faults().Expire) {
			refuse(w, http.StatusBadRequest, "invalid_cursor", "the cursor is not valid or has expired", nil)
			return
		}
	}
	page, next, more := st.shop.After(sp, at.At, limit, nil)
	body := object{"next_cursor": nil}
	if more {
		body["next_cursor"] = st.cursor(page, at.At, next)
	}
	data := []object{}
	for _, o := range st.shop.Double(page) {
		data = append(data, st.wire(o))
	}
	body["data"] = data
	shop.Reply(w, http.StatusOK, body)
}

// cursor points behind the page, or where the faults want it to.
func (st *Site) cursor(page []shop.Order, start, next shop.Key) string {
	f := st.shop.Faults()
	if back := min(f.Overlap, len(page)/2); back > 0 {
		o := page[len(page)-back]
		next = shop.Key{At: o.Updated.Unix(), Seq: o.Seq}
	}
	if st.shop.Roll(f.Repeat) {
		next = start
	}
	return st.keys.seal.Seal(position{next, st.shop.Now().Unix()})
}

func (st *Site) get(w http.ResponseWriter, r *http.Request) {
	o, err := st.shop.Get(r.PathValue("id"))
	if err != nil {
		notFound(w)
		return
	}
	shop.Reply(w, http.StatusOK, object{"data": st.wire(o)})
}

func notFound(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "not_found", "no such order", nil)
}
