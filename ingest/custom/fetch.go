package custom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// perPage is the most that the contract gives at once.
const perPage = 200

// slack is how far a site's list may be out of order, say where several of its
// processes write.
const slack = time.Minute

// Fetch reads up to two hundred orders, oldest change first. The site pages by
// time of change and id, so an order that changes meanwhile only moves to the
// end. A cursor that the site no longer knows begins the run again where it was.
func (a *Adapter) Fetch(ctx context.Context, text string) (ingest.Page, error) {
	c, err := parseCursor(text)
	if err != nil {
		return ingest.Page{}, err
	}
	c = c.begin(a.overlap)
	q := url.Values{"limit": {strconv.Itoa(perPage)}}
	if !c.From.IsZero() {
		q.Set("updated_since", stamp(c.From))
	}
	if c.Token != "" {
		q.Set("cursor", c.Token)
	}
	seen := a.now()
	var answer listAnswer
	err = a.get(ctx, "orders", q, &answer)
	if c.Token != "" && forgotten(err) {
		return astray(ingest.Page{}, c, seen)
	}
	if err != nil {
		return ingest.Page{}, fmt.Errorf("custom: list orders: %w", err)
	}
	if answer.Data == nil {
		return ingest.Page{}, errNoData
	}
	return a.page(c, answer, seen)
}

// astray begins the run again after a page whose successor cannot be had: the
// site forgot it, or names the page itself. What was read counts.
func astray(page ingest.Page, c cursor, seen time.Time) (ingest.Page, error) {
	if c.worn(seen) {
		return ingest.Page{}, fmt.Errorf("custom: list orders: %w: again and again it does not know where its pages go on", ingest.ErrTemporary)
	}
	page.Next, page.More = c.restart(seen).String(), true
	return page, nil
}

// forgotten recognises the refusal of a cursor: nothing else of the request
// differs from that of the first page, which was answered.
func forgotten(err error) bool {
	var s *ingest.StatusError
	return errors.As(err, &s) &&
		(s.Status == http.StatusBadRequest || s.Status == http.StatusGone || s.Status == http.StatusUnprocessableEntity)
}

// page reads the records of a list, each on its own.
func (a *Adapter) page(c cursor, answer listAnswer, seen time.Time) (ingest.Page, error) {
	var page ingest.Page
	last, beyond := time.Time{}, false
	for _, raw := range answer.Data {
		h := headOf(raw)
		if !h.updated.IsZero() {
			switch {
			case !c.From.IsZero() && h.updated.Before(c.From.Add(-slack)):
				return ingest.Page{}, errors.New("custom: the site ignores updated_since")
			case h.updated.Before(last.Add(-slack)):
				return ingest.Page{}, errors.New("custom: the site does not sort by updated_at")
			case h.updated.After(last):
				last = h.updated
			}
			if !c.Until.IsZero() && !h.updated.Before(c.Until) {
				beyond = true
				continue
			}
		}
		r, err := normalise(raw, seen)
		if err != nil {
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: h.id, Reason: err.Error(), Payload: raw})
			continue
		}
		page.Reports = append(page.Reports, r)
	}
	token := string(answer.Next)
	page.More = token != "" && !beyond
	if page.More && token == c.Token {
		return astray(page, c.next(last, seen, token, true), seen)
	}
	page.Next = c.next(last, seen, token, page.More).String()
	return page, nil
}

// idPattern is what an id may look like: part of a path and nothing more.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_~:-][A-Za-z0-9._~:-]{0,99}$`)

// FetchOne reads one order; ErrGone also for an id that no site would give.
func (a *Adapter) FetchOne(ctx context.Context, platformOrderID string) (order.Report, error) {
	fail := func(err error) (order.Report, error) {
		return order.Report{}, fmt.Errorf("custom: order %q: %w", platformOrderID, err)
	}
	if !idPattern.MatchString(platformOrderID) {
		return fail(ingest.ErrGone)
	}
	seen := a.now()
	var answer oneAnswer
	err := a.get(ctx, "orders/"+platformOrderID, nil, &answer)
	switch {
	case isGone(err):
		return fail(ingest.ErrGone)
	case err != nil:
		return fail(err)
	case len(answer.Data) == 0:
		return fail(errNoData)
	}
	r, err := normalise(answer.Data, seen)
	if err == nil && r.Ref.PlatformOrderID != platformOrderID {
		err = errors.New("the site answered with another order")
	}
	if err != nil {
		return fail(err)
	}
	return r, nil
}

func isGone(err error) bool {
	var s *ingest.StatusError
	return errors.As(err, &s) && (s.Status == http.StatusNotFound || s.Status == http.StatusGone)
}

// isObject tells an object from everything else that JSON has.
func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }
