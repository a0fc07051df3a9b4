package blinkit

// The contract_*.go files hold all that is ASSUMED of Blinkit's order relay
// (assumption BLK-A1): paths, headers, names of fields, words, limits and how
// webhooks prove themselves. It is modelled on the envelope of Blinkit's vendor
// EDI and on the open interfaces of similar Indian platforms. When Blinkit's
// partner document is at hand, these files are the ones to write anew.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

const (
	ordersPath    = "/v1/orders"
	headerKey     = "Api-Key"
	headerVendor  = "X-Vendor-Id"
	headerOnce    = "X-Idempotency-Key"
	headerLimit   = "X-RateLimit-Limit" // calls a minute; may be absent
	pageSize      = 100                 // the most; the default is 50
	perMinute     = 60
	limitBurst    = 5
	defaultRetry  = time.Minute // of a limit that names no time
	limitHeadroom = 0.9         // leaves room for the burst within a minute
)

// opAny names the one limit: it counts all calls of a key.
const opAny = "any"

func defaultLimit() ingest.Limit {
	return ingest.Limit{Rate: perMinute * limitHeadroom / 60, Burst: limitBurst}
}

// learnRate reads the announced limit.
func learnRate(_ string, h http.Header) (float64, bool) {
	n, err := strconv.Atoi(h.Get(headerLimit))
	return float64(n) * limitHeadroom / 60, err == nil && n > 0 && n <= 1_000_000
}

func orderPath(id string) string  { return ordersPath + "/" + url.PathEscape(id) }
func statusPath(id string) string { return orderPath(id) + "/status" }

// listQuery asks for orders changed from a time on, by time of change and then
// by id, both ascending.
type listQuery struct {
	from, to time.Time // a zero to is open
	size     int
	token    string // of the next page; good for 15 minutes and these filters
}

func (q listQuery) String() string {
	v := url.Values{"updated_from": {stamp(q.from)}, "page_size": {strconv.Itoa(q.size)}}
	if !q.to.IsZero() {
		v.Set("updated_to", stamp(q.to))
	}
	if q.token != "" {
		v.Set("page_token", q.token)
	}
	return v.Encode()
}

// stamp writes a time as Blinkit does, in Indian time.
func stamp(t time.Time) string {
	return t.In(time.FixedZone("IST", 5*3600+1800)).Format("2006-01-02T15:04:05-07:00")
}

// envelope is around every answer. An answer with status 200 may be a failure.
type envelope struct {
	Success *bool           `json:"success"`
	Message text            `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// failureData is what data holds in a failure.
type failureData struct {
	Errors []replyError `json:"errors"`
}

type listData struct {
	Orders []json.RawMessage `json:"orders"`
	Next   text              `json:"next_page_token"`
}

type oneData struct {
	Order json.RawMessage `json:"order"`
}

// statusBody moves an order.
type statusBody struct {
	Status   string    `json:"status"`
	At       string    `json:"at"`
	Reason   string    `json:"reason,omitempty"`
	Tracking *tracking `json:"tracking,omitempty"`
}

type tracking struct {
	Partner string `json:"partner"`
	Code    string `json:"code"`
}

// failure is the error that an answer's code stands for; codes nobody foresaw
// are refusals.
func failure(code, message string, after time.Duration) error {
	status := http.StatusBadRequest
	switch code {
	case "E001":
		status = http.StatusUnauthorized
	case "E404":
		status = http.StatusNotFound
	case "E201":
		status = http.StatusConflict
	case "E202":
		status = http.StatusUnprocessableEntity
	case "E429":
		if after <= 0 {
			after = defaultRetry
		}
		return &ingest.LimitError{RetryAfter: after}
	case "E999":
		status = http.StatusBadGateway
	}
	if message == "" {
		message = fmt.Sprintf("it reports a failure %.20q", code)
	}
	return &ingest.StatusError{Status: status, Code: code, Message: message}
}
