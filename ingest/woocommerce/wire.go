package woocommerce

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// wireOrder is an order as the API sends it, as far as the desk wants it. The
// types accept what broken stores send [seen]: texts for numbers and numbers
// for texts, null or "" for anything, [] for an empty object and an object with
// numbered members for a list.
type wireOrder struct {
	ID            text           `json:"id"`
	Number        text           `json:"number"`
	Status        text           `json:"status"`
	Currency      text           `json:"currency"`
	Created       text           `json:"date_created_gmt"`
	Modified      text           `json:"date_modified_gmt"`
	Paid          text           `json:"date_paid_gmt"`
	DiscountTotal text           `json:"discount_total"`
	DiscountTax   text           `json:"discount_tax"`
	ShippingTotal text           `json:"shipping_total"`
	ShippingTax   text           `json:"shipping_tax"`
	Total         text           `json:"total"`
	TotalTax      text           `json:"total_tax"`
	CustomerID    text           `json:"customer_id"`
	Billing       object[person] `json:"billing"`
	Shipping      object[person] `json:"shipping"`
	PaymentMethod text           `json:"payment_method"`
	PaymentTitle  text           `json:"payment_method_title"`
	Lines         list[line]     `json:"line_items"`
	Fees          list[fee]      `json:"fee_lines"`
	Refunds       list[refund]   `json:"refunds"`
	Meta          list[meta]     `json:"meta_data"`
}

type person struct {
	FirstName text `json:"first_name"`
	LastName  text `json:"last_name"`
	Company   text `json:"company"`
	Address1  text `json:"address_1"`
	Address2  text `json:"address_2"`
	City      text `json:"city"`
	State     text `json:"state"`
	Postcode  text `json:"postcode"`
	Country   text `json:"country"`
	Email     text `json:"email"`
	Phone     text `json:"phone"`
}

type line struct {
	ID          text `json:"id"`
	Name        text `json:"name"`
	ProductID   text `json:"product_id"`
	VariationID text `json:"variation_id"`
	Quantity    text `json:"quantity"`
	Subtotal    text `json:"subtotal"`
	SubtotalTax text `json:"subtotal_tax"`
	Total       text `json:"total"`
	TotalTax    text `json:"total_tax"`
	SKU         text `json:"sku"`
	Price       text `json:"price"`
}

type fee struct {
	Total    text `json:"total"`
	TotalTax text `json:"total_tax"`
}

type refund struct {
	ID    text `json:"id"`
	Total text `json:"total"`
}

type meta struct {
	Key   text            `json:"key"`
	Value json.RawMessage `json:"value"`
}

// text is a text or a number, digits untouched. Anything else is empty.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(strings.TrimSpace(s))
	case b[0] == '-' || '0' <= b[0] && b[0] <= '9':
		*t = text(b)
	default:
		*t = ""
	}
	return nil
}

// list is a list of objects; elements that are none are left out.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	raws, err := elements(b)
	if err != nil {
		return err
	}
	for _, raw := range raws {
		var v T
		if raw[0] != '{' {
			continue
		}
		if err := json.Unmarshal(raw, &v); err != nil {
			return err
		}
		*l = append(*l, v)
	}
	return nil
}

// elements are the elements of a list, or the values of the object that PHP
// makes of a list with gaps, in their order.
func elements(b []byte) ([]json.RawMessage, error) {
	var raws []json.RawMessage
	switch b[0] {
	case '[':
		return raws, json.Unmarshal(b, &raws)
	case '{':
		dec := json.NewDecoder(bytes.NewReader(b))
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
		for dec.More() {
			var v json.RawMessage
			if _, err := dec.Token(); err != nil {
				return nil, err
			}
			if err := dec.Decode(&v); err != nil {
				return nil, err
			}
			raws = append(raws, v)
		}
	}
	return raws, nil
}

// object is an object; anything else is an empty one.
type object[T any] struct{ v T }

func (o *object[T]) UnmarshalJSON(b []byte) error {
	var zero T
	o.v = zero
	if b[0] != '{' {
		return nil
	}
	return json.Unmarshal(b, &o.v)
}

// decode reads an answer. A byte order mark or PHP's notices before the JSON
// are passed over [seen], if the answer says that it is JSON.
func decode(res ingest.Response, v any) error {
	err := res.JSON(v)
	if err == nil || !errors.Is(err, ingest.ErrTemporary) || !strings.Contains(res.Header.Get("Content-Type"), "json") {
		return err
	}
	rest := res.Body
	for range 20 {
		i := bytes.IndexAny(rest, "[{")
		if i < 0 {
			break
		}
		if rest = rest[i:]; json.Valid(rest) {
			return ingest.Response{Status: res.Status, Body: rest}.JSON(v)
		}
		rest = rest[1:]
	}
	return err
}

// unwrap takes an order out of the envelope {"data": …} in which the tunnel of
// WordPress.com puts it.
func unwrap(raw []byte) []byte {
	var envelope map[string]json.RawMessage
	if json.Unmarshal(raw, &envelope) == nil && len(envelope) == 1 && len(envelope["data"]) > 0 {
		return envelope["data"]
	}
	return raw
}

// idOf is the id of a record of which nothing else need be readable.
func idOf(raw []byte) string {
	var v struct {
		ID text `json:"id"`
	}
	if json.Unmarshal(unwrap(raw), &v) != nil {
		return ""
	}
	return string(v.ID)
}

// headOf is the id and the time of change of a record, as far as it has them.
func headOf(raw []byte) (id string, changed time.Time) {
	var v struct {
		ID       text `json:"id"`
		Modified text `json:"date_modified_gmt"`
	}
	if json.Unmarshal(raw, &v) != nil {
		return "", time.Time{}
	}
	changed, err := parseTime(v.Modified)
	if err != nil {
		changed = time.Time{}
	}
	return string(v.ID), changed
}

var errNoTime = errors.New("no time")

// parseTime reads a *_gmt time, which names no zone and means UTC [core].
func parseTime(t text) (time.Time, error) {
	if t == "" || strings.HasPrefix(string(t), "0000") {
		return time.Time{}, errNoTime
	}
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, time.DateTime} {
		if at, err := time.Parse(layout, string(t)); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("time %.30q cannot be read", string(t))
}
