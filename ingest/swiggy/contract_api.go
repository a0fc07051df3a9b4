package swiggy

// The contract_*.go files hold all that is ASSUMED of Swiggy's order relay
// (assumption SWG-A1): paths, headers, names of fields, words, limits and how
// webhooks prove themselves. It is modelled on the one openly documented seller
// API of Indian quick commerce and on how relays of Swiggy's food orders
// behave. When Swiggy's partner document is at hand, these files are the ones
// to write anew.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

const (
	tokenPath   = "/v1/oauth/token" //nolint:gosec // an address
	changesPath = "/v1/orders/changes"
	readPath    = "/v1/orders/status"
	updatePath  = "/v1/orders/update"

	headerMerchant = "X-Merchant-Id"
	headerRequest  = "X-Request-Id"
	headerOnce     = "X-Idempotency-Key"

	pageSize  = 50 // ids in a list
	batchSize = 25 // orders in a read
	maxSpan   = 24 * time.Hour
	lookback  = 7 * 24 * time.Hour

	limitBurst   = 20
	defaultRetry = 10 * time.Second // of a limit that names no time

	renewBefore = 5 * time.Minute
	assumedLife = time.Hour // of a token that names none
)

// opAny names the one limit: it counts all calls of a merchant.
const opAny = "any"

func defaultLimit() ingest.Limit { return ingest.Limit{Rate: 10, Burst: limitBurst} }

type requestContext struct {
	RequestID string `json:"requestId"`
}

// changesBody asks for the ids of orders that changed from a time on (From
// included) and before another, in milliseconds since 1970.
type changesBody struct {
	Context  requestContext `json:"requestContext"`
	Merchant string         `json:"merchantId"`
	Stores   []string       `json:"storeCodes,omitempty"`
	From     int64          `json:"fromTimestamp"`
	To       int64          `json:"toTimestamp"`
	Sort     string         `json:"sortOrder"`
	Size     int            `json:"size"`
	Next     *string        `json:"nextPage"`
}

type changesAnswer struct {
	IDs  []text `json:"orderIds"`
	Next text   `json:"nextPage"`
}

type readBody struct {
	Context  requestContext `json:"requestContext"`
	Merchant string         `json:"merchantId"`
	IDs      []string       `json:"orderIds"`
}

// readAnswer leaves out orders that Swiggy does not know.
type readAnswer struct {
	Orders []json.RawMessage `json:"orders"`
}

type updateBody struct {
	Context requestContext `json:"requestContext"`
	ID      string         `json:"orderId"`
	Action  action         `json:"action"`
}

// action is one step of an order.
type action struct {
	Type       string `json:"type"`
	State      string `json:"orderState,omitempty"`
	Fulfilment string `json:"fulfilmentState,omitempty"`
}

// envelope is around every answer but that of tokens.
type envelope struct {
	Response json.RawMessage `json:"response"`
	Error    *struct {
		Code    text `json:"errorCode"`
		Message text `json:"message"`
	} `json:"error"`
}

// failure is the error that a code stands for; codes nobody foresaw are
// refusals.
func failure(code, message string) error {
	status := http.StatusBadRequest
	switch code {
	case "UNAUTHORIZED":
		status = http.StatusUnauthorized
	case "ORDER_NOT_FOUND":
		status = http.StatusNotFound
	case "CONFLICT":
		status = http.StatusConflict
	case "RATE_LIMITED":
		return &ingest.LimitError{RetryAfter: defaultRetry}
	case "INTERNAL_SERVER_ERROR":
		status = http.StatusBadGateway
	}
	if message == "" {
		message = fmt.Sprintf("it reports a failure %.40q", code)
	}
	return &ingest.StatusError{Status: status, Code: code, Message: message}
}
