package custom

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// listAnswer is the answer to GET orders.
type listAnswer struct {
	Data []json.RawMessage `json:"data"`
	Next text              `json:"next_cursor"` // null on the last page
}

// oneAnswer is the answer to GET orders/{id}.
type oneAnswer struct {
	Data json.RawMessage `json:"data"`
}

var errNoData = errors.New(`custom: the site's answer holds no "data"; check that the base URL is that of its order API`)

// wireOrder is an order of the contract. Money is in minor units, prices hold
// their tax.
type wireOrder struct {
	ID       text `json:"id"`
	Number   text `json:"number"`
	Status   text `json:"status"`
	Currency text `json:"currency"`
	Created  text `json:"created_at"`
	Updated  text `json:"updated_at"`
	Payment  struct {
		Method text `json:"method"`
		State  text `json:"state"`
	} `json:"payment"`
	Customer struct {
		ID    text `json:"id"`
		Name  text `json:"name"`
		Email text `json:"email"`
		Phone text `json:"phone"`
	} `json:"customer"`
	Address struct {
		Line1    text `json:"line1"`
		Line2    text `json:"line2"`
		City     text `json:"city"`
		State    text `json:"state"`
		Postcode text `json:"postal_code"`
		Country  text `json:"country"`
	} `json:"shipping_address"`
	Lines        []wireLine     `json:"lines"`
	Shipping     text           `json:"shipping_minor"`
	Discount     text           `json:"discount_minor"`
	Tax          text           `json:"tax_minor"`
	Total        text           `json:"total_minor"`
	Refunded     text           `json:"refunded_minor"`
	Shipments    []wireShipment `json:"shipments"`
	Cancellation struct {
		By text `json:"by"`
	} `json:"cancellation"`
}

type wireLine struct {
	ID        text `json:"id"`
	SKU       text `json:"sku"`
	ProductID text `json:"product_id"`
	Title     text `json:"title"`
	Quantity  text `json:"quantity"`
	UnitPrice text `json:"unit_price_minor"`
	Discount  text `json:"discount_minor"`
	Tax       text `json:"tax_minor"`
	Total     text `json:"total_minor"`
}

type wireShipment struct {
	Carrier text `json:"carrier"`
	Number  text `json:"tracking_number"`
	URL     text `json:"tracking_url"`
	Status  text `json:"status"`
	Updated text `json:"updated_at"`
}

// text is a text or a number, digits untouched; null is empty.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(strings.TrimSpace(s))
	case b[0] == '-' || '0' <= b[0] && b[0] <= '9':
		*t = text(b)
	default:
		return fmt.Errorf("neither a text nor a number: %.20q", b)
	}
	return nil
}

// head is what can be known of a record of which nothing else is readable.
type head struct {
	id      string
	updated time.Time // zero when there is none
}

func headOf(raw []byte) head {
	var v struct {
		ID      json.RawMessage `json:"id"`
		Updated json.RawMessage `json:"updated_at"`
	}
	var h head
	if json.Unmarshal(raw, &v) != nil {
		return h
	}
	var id, updated text
	if len(v.ID) > 0 && id.UnmarshalJSON(v.ID) == nil {
		h.id = string(id)
	}
	if len(v.Updated) > 0 && updated.UnmarshalJSON(v.Updated) == nil {
		h.updated, _ = parseTime(updated) // zero when it cannot be read
	}
	return h
}

func parseTime(t text) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, string(t))
	if err != nil {
		return time.Time{}, fmt.Errorf("time %.40q cannot be read", string(t))
	}
	return at.UTC(), nil
}

// stamp is a time as the contract writes it, with the fraction that it has.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
