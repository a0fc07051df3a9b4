package flipkart

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

const (
	pageSize = 20  // the largest seen in use; the limit is not published
	batch    = 100 // ids in one read
)

type listBody struct {
	Filter     listFilter `json:"filter"`
	Pagination pagination `json:"pagination"`
	Sort       *sorting   `json:"sort,omitempty"`
}

type listFilter struct {
	Type     string   `json:"type"`
	Modified *between `json:"modifiedDate"`
}

type between struct {
	From string `json:"from"`
	To   string `json:"to"`
}

type pagination struct {
	Size int `json:"pageSize"`
}

type sorting struct {
	Field string `json:"field"`
	Order string `json:"order"`
}

type listAnswer struct {
	HasMore   bool              `json:"hasMore"`
	Next      string            `json:"nextPageUrl"`
	Shipments []json.RawMessage `json:"shipments"`
}

// Fetch reads one page of one list and then, since a shipment is but a part,
// all shipments of the orders on it. A page link that Flipkart no longer
// accepts yields an empty page whose cursor begins the list again.
func (p *Platform) Fetch(ctx context.Context, text string) (ingest.Page, error) {
	c, err := p.parseCursor(text)
	if err != nil {
		return ingest.Page{}, fmt.Errorf("flipkart: %w", err)
	}
	now := p.now()
	if c = c.begin(now); c.Done {
		return ingest.Page{Next: c.String()}, nil
	}
	answer, served, err := p.list(ctx, c)
	if status := refusedStatus(err); c.Next != "" && slices.Contains([]int{400, 404, 410, 422}, status) {
		if c.worn(now) {
			return ingest.Page{}, fmt.Errorf("flipkart: list orders: %w: it keeps rejecting its own page links", ingest.ErrTemporary)
		}
		return ingest.Page{Next: c.restart(now).String(), More: true}, nil
	}
	if err != nil {
		return ingest.Page{}, fmt.Errorf("flipkart: list orders: %w", err)
	}
	found := newFindings()
	for _, raw := range answer.Shipments {
		found.add(raw)
	}
	page, err := p.complete(ctx, found)
	if err != nil {
		return ingest.Page{}, fmt.Errorf("flipkart: read listed orders: %w", err)
	}
	next, more := c.next(answer.Next, served, now)
	page.Next, page.More = next.String(), more
	return page, nil
}

// list reads one page and tells when Flipkart served it by its own clock, zero
// when it does not say.
func (p *Platform) list(ctx context.Context, c cursor) (answer listAnswer, served time.Time, err error) {
	var h http.Header
	if c.Next != "" {
		h, err = p.get(ctx, opList, c.Next, &answer)
	} else {
		h, err = p.send(ingest.Repeatable(ctx), opList, listPath, listBody{
			Filter:     listFilter{Type: lists()[c.List], Modified: &between{stamp(c.From), stamp(c.To)}},
			Pagination: pagination{pageSize},
			Sort:       &sorting{"modifiedDate", "asc"},
		}, &answer)
	}
	if err != nil {
		return listAnswer{}, time.Time{}, err
	}
	if answer.Shipments == nil {
		// Taking it for an empty page would move the cursor past orders.
		return listAnswer{}, time.Time{}, fmt.Errorf("%w: it sent a page without a list of shipments", ingest.ErrTemporary)
	}
	if !answer.HasMore {
		answer.Next = ""
	} else if !pageLink(answer.Next) || answer.Next == c.Next {
		return listAnswer{}, time.Time{}, fmt.Errorf("%w: it announced another page without a link to it", ingest.ErrTemporary)
	}
	served, _ = http.ParseTime(h.Get("Date"))
	return answer, served, nil
}

// pageLink reports whether a link stays within the API. The link is Flipkart's
// own and opaque, but the token goes with it.
func pageLink(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "" && u.Host == "" && u.Fragment == "" && strings.HasPrefix(link, readPath) && !strings.Contains(u.Path, "..")
}

// findings are shipments by order, in the order of their appearance.
type findings struct {
	ids     []string
	raw     map[string][]json.RawMessage
	strange []json.RawMessage // no order to be found in them
}

func newFindings() *findings { return &findings{raw: map[string][]json.RawMessage{}} }

func (f *findings) add(raw json.RawMessage) {
	id := orderIDOf(raw)
	if id == "" {
		f.strange = append(f.strange, raw)
		return
	}
	if _, ok := f.raw[id]; !ok {
		f.ids = append(f.ids, id)
	}
	f.raw[id] = append(f.raw[id], raw)
}

// complete reads all shipments of the orders that were found. An order that
// the read leaves out is taken as it was listed.
func (p *Platform) complete(ctx context.Context, listed *findings) (ingest.Page, error) {
	var page ingest.Page
	for _, raw := range listed.strange {
		page.Rejects = append(page.Rejects, ingest.Reject{Reason: "a shipment without an order id", Payload: raw})
	}
	whole := newFindings()
	for ids := range slices.Chunk(listed.ids, batch) {
		raws, err := p.read(ctx, "orderIds", ids...)
		if err != nil {
			return page, err
		}
		for _, raw := range raws {
			whole.add(raw)
		}
	}
	rest := maps.Clone(listed.raw)
	maps.Copy(rest, whole.raw)
	var orders []parsed
	for _, id := range listed.ids {
		o, bad, err := parse(id, rest[id])
		if err != nil {
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: id, Reason: err.Error(), Payload: bad})
			continue
		}
		orders = append(orders, o)
	}
	if err := p.addDetails(ctx, orders); err != nil {
		return page, err
	}
	for _, o := range orders {
		r, err := p.report(o)
		if err != nil {
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: o.id, Reason: err.Error(), Payload: rest[o.id][0]})
			continue
		}
		page.Reports = append(page.Reports, r)
	}
	return page, nil
}

// read reads shipments by one kind of id: orderIds, shipmentIds, orderItemIds.
func (p *Platform) read(ctx context.Context, kind string, ids ...string) ([]json.RawMessage, error) {
	var answer listAnswer
	if _, err := p.get(ctx, opRead, readPath+"?"+url.Values{kind: {strings.Join(ids, ",")}}.Encode(), &answer); err != nil {
		return nil, err
	}
	if answer.Shipments == nil {
		return nil, fmt.Errorf("%w: it sent no list of shipments", ingest.ErrTemporary)
	}
	return answer.Shipments, nil
}

// idPattern is what every id of Flipkart's looks like; others never leave here.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$`)

// FetchOne reads one order with all its shipments. Besides an order id it takes
// shipment:ID and item:ID, as Parse names orders of which a notification tells
// no more. An id that Flipkart does not know is ingest.ErrGone.
func (p *Platform) FetchOne(ctx context.Context, id string) (order.Report, error) {
	r, err := p.one(ctx, id)
	if err != nil {
		return order.Report{}, fmt.Errorf("flipkart: read order: %w", err)
	}
	return r, nil
}

func (p *Platform) one(ctx context.Context, id string) (order.Report, error) {
	kind, plain := "orderIds", id
	if s, ok := strings.CutPrefix(id, refShipment); ok {
		kind, plain = "shipmentIds", s
	} else if s, ok := strings.CutPrefix(id, refItem); ok {
		kind, plain = "orderItemIds", s
	}
	if !idPattern.MatchString(plain) {
		return order.Report{}, ingest.ErrGone
	}
	raws, err := p.read(ctx, kind, plain)
	if refusedStatus(err) == http.StatusNotFound {
		return order.Report{}, ingest.ErrGone
	}
	if err != nil {
		return order.Report{}, err
	}
	if kind != "orderIds" {
		for _, raw := range raws {
			if found := orderIDOf(raw); idPattern.MatchString(found) {
				return p.one(ctx, found)
			}
		}
		return order.Report{}, fmt.Errorf("%s: %w", id, ingest.ErrGone)
	}
	raws = slices.DeleteFunc(raws, func(raw json.RawMessage) bool { return orderIDOf(raw) != id })
	if len(raws) == 0 {
		return order.Report{}, fmt.Errorf("%s: %w", id, ingest.ErrGone)
	}
	o, _, err := parse(id, raws)
	if err != nil {
		return order.Report{}, fmt.Errorf("%s: %w", id, err)
	}
	one := []parsed{o}
	if err := p.addDetails(ctx, one); err != nil {
		return order.Report{}, err
	}
	return p.report(one[0])
}
