package woo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

const maxBody = 8 << 20

// readBody decodes a JSON body; WordPress answers in its own words when it
// cannot.
func readBody(w http.ResponseWriter, r *http.Request, into any) *fault {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return newFault(http.StatusRequestEntityTooLarge, "rest_request_too_large", "The body is too large.")
	case err != nil:
		return newFault(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
	case len(b) == 0:
		return nil
	}
	err = json.Unmarshal(b, into)
	var shape *json.UnmarshalTypeError
	switch {
	case errors.As(err, &shape):
		name, _, _ := strings.Cut(shape.Field, ".")
		return badParam(name, "rest_invalid_type", name+" is not of type "+kind(shape)+".")
	case err != nil:
		return newFault(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
	}
	return nil
}

func kind(e *json.UnmarshalTypeError) string {
	switch e.Type.Kind().String() {
	case "bool":
		return "boolean"
	case "int", "int64", "float64":
		return "integer"
	case "slice":
		return "array"
	case "struct", "map", "ptr":
		return "object"
	}
	return "string"
}

// loose is a number that may come as text.
type loose int

func (n *loose) UnmarshalJSON(b []byte) error {
	v, err := strconv.Atoi(strings.Trim(string(b), `"`))
	if err != nil {
		return fmt.Errorf("%s is not an integer", b)
	}
	*n = loose(v)
	return nil
}

// change is what a client may write of an order. Fields that are not given
// stay as they are.
type change struct {
	ID                 loose          `json:"id"`
	Status             *string        `json:"status"`
	CustomerNote       *string        `json:"customer_note"`
	CustomerID         *loose         `json:"customer_id"`
	Billing            *partAddress   `json:"billing"`
	Shipping           *partAddress   `json:"shipping"`
	PaymentMethod      *string        `json:"payment_method"`
	PaymentMethodTitle *string        `json:"payment_method_title"`
	SetPaid            bool           `json:"set_paid"`
	MetaData           []shop.Meta    `json:"meta_data"`
	LineItems          []partLine     `json:"line_items"`
	ShippingLines      []partShipping `json:"shipping_lines"`
}

type partAddress struct {
	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
	Address1  *string `json:"address_1"`
	Address2  *string `json:"address_2"`
	City      *string `json:"city"`
	State     *string `json:"state"`
	Postcode  *string `json:"postcode"`
	Country   *string `json:"country"`
	Email     *string `json:"email"`
	Phone     *string `json:"phone"`
}

type partLine struct {
	ID        loose `json:"id"`
	ProductID loose `json:"product_id"`
	Quantity  loose `json:"quantity"`
}

type partShipping struct {
	Total string `json:"total"`
}

// check reports what the schema of an order forbids.
func (c change) check() *fault {
	if c.Status == nil {
		return nil
	}
	if s, ok := stateOf(*c.Status); !ok || s.status == "" {
		return badParam("status", "rest_not_in_enum", "status is not one of auto-draft, "+strings.Join(slugs(), ", ")+".")
	}
	return nil
}

// apply writes the change into an order.
func (c change) apply(o *shop.Order, at time.Time) *fault {
	if f := c.lines(o); f != nil {
		return f
	}
	for _, a := range [...]*partAddress{c.Billing, c.Shipping} {
		if a != nil {
			a.apply(&o.Customer)
		}
	}
	if c.CustomerNote != nil {
		o.Remark = *c.CustomerNote
	}
	if c.CustomerID != nil {
		o.Customer.ID = int(*c.CustomerID)
	}
	if c.PaymentMethod != nil {
		o.Method, o.COD = *c.PaymentMethod, *c.PaymentMethod == "cod"
	}
	for _, m := range c.MetaData {
		m.ID = 710_000 + o.Seq*10 + len(o.Meta)
		o.Meta = append(slices.DeleteFunc(slices.Clone(o.Meta), func(x shop.Meta) bool { return x.Key == m.Key }), m)
	}
	if c.SetPaid && o.Paid.IsZero() {
		o.Paid = at
		if o.Status == order.Pending && c.Status == nil {
			o.Move(order.Confirmed, "", at, shop.ByClient)
		}
	}
	if c.Status != nil && *c.Status != slug(*o) {
		s, _ := stateOf(*c.Status)
		o.Move(s.status, s.detail, at, shop.ByClient)
		if slug(*o) != s.slug {
			o.Word = s.slug
		}
	}
	return nil
}

// lines sets quantities and adds products. The prices become today's, which is
// why a client must not send lines to change a status.
func (c change) lines(o *shop.Order) *fault {
	lines := slices.Clone(o.Lines)
	for _, p := range c.LineItems {
		if p.ID > 0 {
			i := slices.IndexFunc(lines, func(l shop.Line) bool { return l.ID == strconv.Itoa(int(p.ID)) })
			if i < 0 {
				return newFault(http.StatusBadRequest, "woocommerce_rest_invalid_item_id", "Order item ID provided is not associated with order.")
			}
			lines[i].Quantity, lines[i].Discount = int(p.Quantity), 0
			lines[i].Amount = lines[i].Unit * int64(p.Quantity)
			continue
		}
		l, ok := shop.Article(int(p.ProductID) - productBase)
		if !ok {
			return newFault(http.StatusBadRequest, "woocommerce_rest_required_product_reference", "Product ID or SKU is required.")
		}
		l.Quantity = max(int(p.Quantity), 1)
		l.Amount = l.Unit * int64(l.Quantity)
		l.ID = strconv.Itoa(o.Seq*10 + len(lines) + 1)
		lines = append(lines, l)
	}
	for _, s := range c.ShippingLines {
		m, err := order.ParseMoney(s.Total, "INR")
		if err != nil {
			return badParam("shipping_lines", "rest_invalid_type", "shipping_lines[0][total] is not of type string.")
		}
		o.Shipping = m.Minor
	}
	o.Lines = lines
	return nil
}

func (a partAddress) apply(c *shop.Customer) {
	set := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	set(&c.First, a.FirstName)
	set(&c.Last, a.LastName)
	set(&c.Line1, a.Address1)
	set(&c.Line2, a.Address2)
	set(&c.City, a.City)
	set(&c.StateCode, a.State)
	set(&c.Pincode, a.Postcode)
	set(&c.Country, a.Country)
	set(&c.Email, a.Email)
	set(&c.Phone, a.Phone)
}
