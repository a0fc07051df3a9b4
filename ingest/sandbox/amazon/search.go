package amazon

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// search is a checked searchOrders request.
type search struct {
	span     shop.Span
	before   time.Time // effective upper bound, inclusive
	family   string    // lastUpdated or created
	statuses []string
	by       string
	none     bool // only marketplaces where the seller sells nothing
	limit    int
	include  included
	start    shop.Key
}

// cursor is what a pagination token carries.
type cursor struct {
	Params string `json:"p"` // digest of the parameters that must not change
	At     int64  `json:"a"`
	Seq    int    `json:"s"`
	Before int64  `json:"b"`
	Issued int64  `json:"i"`
}

const (
	maxPage   = 100
	tokenDays = 24 * time.Hour
	listYears = 2
)

func (a *Account) searchOrders(w http.ResponseWriter, r *http.Request) {
	q, fault := a.parseSearch(r.URL.Query())
	if fault != "" {
		invalid(w, "%s", fault)
		return
	}
	var page []shop.Order
	var next shop.Key
	var more bool
	if !q.none {
		oldest := a.oldest() // asked outside: After holds the shop's lock
		page, next, more = a.shop.After(q.span, q.start, q.limit, func(o *shop.Order) bool { return q.keep(o) && !o.Created.Before(oldest) })
	}
	body := map[string]any{q.family + "Before": stamp(q.before)}
	if more {
		body["pagination"] = map[string]string{"nextToken": a.nextToken(q, r.URL.Query(), page, next)}
	}
	page = a.shop.Double(page)
	orders := make([]any, len(page))
	for i, o := range page {
		orders[i] = a.wire(o, q.include)
	}
	body["orders"] = orders
	reply(w, http.StatusOK, body)
}

// nextToken points behind the page, or where the faults want it to.
func (a *Account) nextToken(q search, v url.Values, page []shop.Order, next shop.Key) string {
	f := a.shop.Faults()
	if back := min(f.Overlap, len(page)/2); back > 0 {
		o := page[len(page)-back]
		next = shop.Key{At: o.Updated.Unix(), Seq: o.Seq}
		if q.span.By == shop.ByCreated {
			next.At = o.Created.Unix()
		}
	}
	if a.shop.Roll(f.Repeat) {
		next = q.start
	}
	c := cursor{Params: paramDigest(v), At: next.At, Seq: next.Seq, Before: q.before.Unix(), Issued: a.shop.Now().Unix()}
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // plain struct
	}
	return a.seal(b)
}

// paramDigest identifies all parameters but those that may change between
// pages.
func paramDigest(v url.Values) string {
	rest := url.Values{}
	for k, values := range v {
		switch k {
		case "paginationToken", "maxResultsPerPage", "includedData":
		default:
			rest[k] = values
		}
	}
	sum := sha256.Sum256([]byte(rest.Encode()))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// list reads a comma list that may also be given as repeated parameters.
func list(v url.Values, name string) []string {
	var all []string
	for part := range strings.SplitSeq(strings.Join(v[name], ","), ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

func (a *Account) parseSearch(v url.Values) (q search, fault string) {
	q.limit = maxPage
	if text := v.Get("maxResultsPerPage"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			return q, "maxResultsPerPage must be between 1 and 100"
		}
		q.limit = n
	}
	var bad string
	if q.include, bad = parseIncluded(list(v, "includedData")); bad != "" {
		return q, "includedData has an invalid value: " + bad
	}
	q.statuses = list(v, "fulfillmentStatuses")
	for _, s := range q.statuses {
		if !slices.Contains(fulfillmentStatuses[:], s) {
			return q, "fulfillmentStatuses has an invalid value: " + s
		}
	}
	switch q.by = v.Get("fulfilledBy"); q.by {
	case "", "MERCHANT", "AMAZON", "MERCHANT,AMAZON", "AMAZON,MERCHANT":
	default:
		return q, "fulfilledBy has an invalid value: " + q.by
	}
	markets := list(v, "marketplaceIds")
	if len(markets) > 50 {
		return q, "marketplaceIds has more than 50 values"
	}
	q.none = len(markets) > 0 && !slices.Contains(markets, Marketplace)
	if fault = a.parseSpan(v, &q); fault != "" {
		return q, fault
	}
	if token := v.Get("paginationToken"); token != "" {
		return q, a.resume(token, v, &q)
	}
	return q, ""
}

// parseSpan reads the one family of times that a search must name.
func (a *Account) parseSpan(v url.Values, q *search) string {
	created, updated := v.Has("createdAfter"), v.Has("lastUpdatedAfter")
	switch {
	case created && (updated || v.Has("lastUpdatedBefore")), updated && v.Has("createdBefore"):
		return "createdAfter and createdBefore cannot be combined with lastUpdatedAfter and lastUpdatedBefore"
	case !created && !updated:
		return "Either createdAfter or lastUpdatedAfter is required"
	}
	q.family, q.span.By = "lastUpdated", shop.ByUpdated
	if created {
		q.family, q.span.By = "created", shop.ByCreated
	}
	now := a.shop.Now()
	newest := now.Add(-a.opt.Settle)
	after, err := time.Parse(time.RFC3339, v.Get(q.family+"After"))
	if err != nil {
		return q.family + "After is not an ISO 8601 date-time"
	}
	if after.After(now) {
		return q.family + "After is in the future"
	}
	q.before = newest.Truncate(time.Second)
	if text := v.Get(q.family + "Before"); text != "" {
		if q.before, err = time.Parse(time.RFC3339, text); err != nil {
			return q.family + "Before is not an ISO 8601 date-time"
		}
		if q.before.After(newest) {
			return fmt.Sprintf("%sBefore must be at least %s before the request", q.family, a.opt.Settle)
		}
		if q.before.Before(after) {
			return q.family + "Before must not be earlier than " + q.family + "After"
		}
	}
	q.span.From = after
	q.setBefore(q.before)
	return ""
}

// setBefore bounds the span; the bound itself is included.
func (q *search) setBefore(t time.Time) {
	q.before = t.UTC()
	q.span.To = t.Truncate(time.Second).Add(time.Second)
}

// resume continues where the page that gave the token ended.
func (a *Account) resume(token string, v url.Values, q *search) string {
	payload, ok := a.unseal(token)
	var c cursor
	if !ok || json.Unmarshal(payload, &c) != nil {
		return "paginationToken is invalid"
	}
	if c.Params != paramDigest(v) {
		return "paginationToken does not belong to these parameters"
	}
	if a.shop.Now().Sub(time.Unix(c.Issued, 0)) > tokenDays || a.shop.Roll(a.shop.Faults().Expire) {
		return "paginationToken has expired"
	}
	q.start = shop.Key{At: c.At, Seq: c.Seq}
	q.setBefore(time.Unix(c.Before, 0))
	return ""
}

// keep selects what the search asks for besides the time.
func (q *search) keep(o *shop.Order) bool {
	if q.by == "MERCHANT" && o.ByPlatform || q.by == "AMAZON" && !o.ByPlatform {
		return false
	}
	return len(q.statuses) == 0 || slices.Contains(q.statuses, fulfillmentStatus(*o))
}

func (a *Account) getOrder(w http.ResponseWriter, r *http.Request) {
	inc, bad := parseIncluded(list(r.URL.Query(), "includedData"))
	if bad != "" {
		invalid(w, "includedData has an invalid value: %s", bad)
		return
	}
	id := r.PathValue("orderId")
	o, err := a.shop.Get(id)
	if err != nil || o.Created.Before(a.oldest()) {
		refuse(w, http.StatusNotFound, "NotFound", "The order id you have requested does not exist.", id)
		return
	}
	reply(w, http.StatusOK, map[string]any{"order": a.wire(o, inc)})
}

// oldest is how far back the API still tells.
func (a *Account) oldest() time.Time {
	if a.opt.AllTime {
		return time.Time{}
	}
	return a.shop.Now().AddDate(-listYears, 0, 0)
}
