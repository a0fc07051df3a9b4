package flipkart

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// span is a range of times, both ends included.
type span struct {
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

func (s *span) has(t time.Time) bool {
	return s == nil || !t.Before(s.From) && (s.To.IsZero() || !t.After(s.To))
}

// query is the body of a search. The page link carries it on.
type query struct {
	Filter struct {
		Type     string   `json:"type"`
		States   []string `json:"states,omitempty"`
		Modified *span    `json:"modifiedDate,omitempty"`
		Ordered  *span    `json:"orderDate,omitempty"`
		After    *span    `json:"dispatchAfterDate,omitempty"`
		By       *span    `json:"dispatchByDate,omitempty"`
		Gone     *span    `json:"cancellationDate,omitempty"`
		GoneBy   string   `json:"cancellationType,omitempty"`
		Location string   `json:"locationId,omitempty"`
		SKU      []string `json:"sku,omitempty"`
		Types    []string `json:"shipmentTypes,omitempty"`
		Profiles []string `json:"serviceProfiles,omitempty"`
		Tiers    []string `json:"dispatchServiceTiers,omitempty"`
	} `json:"filter"`
	Pagination struct {
		Size int `json:"pageSize,omitempty"`
	} `json:"pagination"`
	Sort struct {
		Field string `json:"field,omitempty"`
		Order string `json:"order,omitempty"`
	} `json:"sort"`
}

const defaultPage = 20

// check refuses what the API does not know.
func (q *query) check() error {
	oneOf := func(name, value string, known ...string) error {
		if !slices.Contains(known, value) {
			return fmt.Errorf("%s has an invalid value: %s", name, value)
		}
		return nil
	}
	f := &q.Filter
	if f.Type == "" {
		return errors.New("filter.type is required")
	}
	errs := []error{oneOf("filter.type", f.Type, preDispatch, postDispatch, cancelledOf)}
	for _, v := range f.Types {
		errs = append(errs, oneOf("filter.shipmentTypes", v, "EXPRESS", "NORMAL", "SELF"))
	}
	for _, v := range f.Profiles {
		errs = append(errs, oneOf("filter.serviceProfiles", v, "FBF", "NON_FBF", "FBF_LITE"))
	}
	for _, v := range f.Tiers {
		errs = append(errs, oneOf("filter.dispatchServiceTiers", v, "EXPRESS", "REGULAR"))
	}
	if f.GoneBy != "" {
		errs = append(errs, oneOf("filter.cancellationType", f.GoneBy, "sellerCancellation", "buyerCancellation", "marketplaceCancellation"))
	}
	q.Sort.Field, q.Sort.Order = cmp.Or(q.Sort.Field, "dispatchByDate"), cmp.Or(q.Sort.Order, "asc")
	errs = append(errs, oneOf("sort.field", q.Sort.Field, "dispatchByDate", "orderDate", "modifiedDate", "dispatchAfterDate"),
		oneOf("sort.order", q.Sort.Order, "asc", "desc"))
	if q.Pagination.Size < 0 {
		errs = append(errs, errors.New("pagination.pageSize must be positive"))
	}
	if q.Pagination.Size == 0 || q.Pagination.Size > defaultPage {
		q.Pagination.Size = defaultPage
	}
	return errors.Join(errs...)
}

// link is what a nextPageUrl carries.
type link struct {
	Query  query    `json:"q"`
	At     shop.Key `json:"k,omitzero"` // next order of a list by time of change,
	Part   int      `json:"p,omitempty"`
	Offset int      `json:"o,omitempty"` // or position in a list sorted otherwise
	Issued int64    `json:"i"`
}

// linkLife is ours: Flipkart says nothing about it.
const linkLife = time.Hour

// search begins a list.
func (se *Seller) search(w http.ResponseWriter, r *http.Request) {
	var q query
	if err := readJSON(w, r, &q); err != nil {
		refuse(w, http.StatusBadRequest, "BAD_REQUEST", err.Error())
		return
	}
	if err := q.check(); err != nil {
		refuse(w, http.StatusBadRequest, "INVALID_FILTER", err.Error())
		return
	}
	se.page(w, link{Query: q})
}

// more serves the links that search gave.
func (se *Seller) more(w http.ResponseWriter, r *http.Request) {
	var l link
	err := se.keys.seal.Open(r.URL.Query().Get("token"), &l)
	if err != nil || l.Issued == 0 || se.shop.Now().Sub(time.Unix(l.Issued, 0)) > linkLife || se.shop.Roll(se.shop.Faults().Expire) {
		refuse(w, http.StatusBadRequest, "INVALID_PAGE_TOKEN", "the page token is not valid or has expired")
		return
	}
	se.page(w, l)
}

// page answers with one page of shipments.
func (se *Seller) page(w http.ResponseWriter, l link) {
	var rows []shipment
	var next *link
	if q := l.Query; q.Sort.Field == "modifiedDate" && q.Sort.Order == "asc" {
		rows, next = se.byChange(l)
	} else {
		rows, next = se.sorted(l)
	}
	body := object{"hasMore": next != nil, "nextPageUrl": nil}
	if next != nil {
		if se.shop.Roll(se.shop.Faults().Repeat) {
			*next = l
		}
		next.Issued = se.shop.Now().Unix()
		v := url.Values{"nextPage": {"true"}, "token": {se.keys.seal.Seal(*next)}}
		body["nextPageUrl"] = "/v3/shipments/filter?" + v.Encode()
	}
	list := make([]object, 0, len(rows)+1)
	for _, s := range rows {
		list = append(list, se.wire(s))
	}
	if len(list) > 0 && se.shop.Roll(se.shop.Faults().Duplicate) {
		list = slices.Insert(list, 1, list[0])
	}
	body["shipments"] = list
	shop.Reply(w, http.StatusOK, body)
}

// byChange reads the list in the order of changes, from where the link says.
func (se *Seller) byChange(l link) (rows []shipment, next *link) {
	q := l.Query
	sp := shop.Span{By: shop.ByUpdated}
	if m := q.Filter.Modified; m != nil {
		if sp.From = m.From; !m.To.IsZero() {
			sp.To = m.To.Truncate(time.Second).Add(time.Second)
		}
	}
	size := q.Pagination.Size
	orders, at, more := se.shop.After(sp, l.At, size, func(o *shop.Order) bool { return len(q.of(*o)) > 0 })
	for i, o := range orders {
		parts := q.of(o)
		here, skip := shop.Key{At: o.Updated.Unix(), Seq: o.Seq}, 0
		if i == 0 && here == l.At { // else the order moved on since, and with it its place
			skip = min(l.Part, len(parts))
		}
		for n, s := range parts[skip:] {
			if len(rows) == size {
				return rows, &link{Query: q, At: here, Part: skip + n}
			}
			rows = append(rows, s)
		}
	}
	if !more {
		return rows, nil
	}
	if back := min(se.shop.Faults().Overlap, len(orders)/2); back > 0 {
		o := orders[len(orders)-back]
		at = shop.Key{At: o.Updated.Unix(), Seq: o.Seq}
	}
	return rows, &link{Query: q, At: at}
}

// sorted reads a list by one of the other times.
func (se *Seller) sorted(l link) (rows []shipment, next *link) {
	q := l.Query
	se.shop.Each(func(o shop.Order) { rows = append(rows, q.of(o)...) })
	by := map[string]func(shop.Order) time.Time{
		"modifiedDate": func(o shop.Order) time.Time { return o.Updated }, "orderDate": func(o shop.Order) time.Time { return o.Created },
		"dispatchAfterDate": workable, "dispatchByDate": dispatchBy,
	}[q.Sort.Field]
	slices.SortStableFunc(rows, func(a, b shipment) int {
		c := cmp.Or(by(a.order).Compare(by(b.order)), cmp.Compare(a.id(), b.id()))
		if q.Sort.Order == "desc" {
			return -c
		}
		return c
	})
	from := min(l.Offset, len(rows))
	to := min(from+q.Pagination.Size, len(rows))
	if to < len(rows) {
		next = &link{Query: q, Offset: to}
	}
	return rows[from:to], next
}

// of lists the shipments of an order that the search asks for.
func (q *query) of(o shop.Order) []shipment {
	f := &q.Filter
	if !f.Modified.has(o.Updated) || !f.Ordered.has(o.Created) || !f.After.has(workable(o)) || !f.By.has(dispatchBy(o)) {
		return nil
	}
	return slices.DeleteFunc(shipments(o), func(s shipment) bool { return !q.wants(s) })
}

func (q *query) wants(s shipment) bool {
	f, o := &q.Filter, s.order
	any := func(ok func(line int) bool) bool { return slices.ContainsFunc(s.lines, ok) }
	listed := func(values []string, v string) bool { return len(values) == 0 || slices.Contains(values, v) }
	profile, tier, kind := "NON_FBF", "REGULAR", "NORMAL"
	if o.ByPlatform {
		profile = "FBF"
	}
	if o.Express {
		tier, kind = "EXPRESS", "EXPRESS"
	}
	if selfShip(o) {
		kind = "SELF"
	}
	gone := func(line int) bool {
		reason, _ := cancelReason(o, o.Lines[line])
		return word(o, line) == cancelled && f.Gone.has(o.Updated) &&
			(f.GoneBy == "" || map[string]string{"sellerCancellation": "seller_cancellation", "buyerCancellation": "buyer_cancellation"}[f.GoneBy] == reason)
	}
	return s.in(f.Type) && (f.Location == "" || f.Location == s.location) &&
		listed(f.Types, kind) && listed(f.Profiles, profile) && listed(f.Tiers, tier) &&
		any(func(i int) bool { return listed(f.SKU, o.Lines[i].SKU) }) &&
		any(func(i int) bool { return listed(f.States, word(o, i)) }) &&
		(f.Gone == nil && f.GoneBy == "" || any(gone))
}

// readJSON reads a request of at most 1 MiB; members nobody knows are ignored.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		return errors.New("the request body could not be read")
	}
	if err := json.Unmarshal(b, v); err != nil {
		return errors.New("the request body is not valid JSON of this resource")
	}
	return nil
}
