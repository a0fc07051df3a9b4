package flipkart

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/palmonas/palmonas-crm/order"
)

// shipment is the part of Flipkart's Shipment object that the desk reads. New
// fields appear and old ones go missing without notice, so all are optional.
type shipment struct {
	ID         string  `json:"shipmentId"`
	LocationID string  `json:"locationId"`
	Type       string  `json:"shipmentType"`
	DispatchBy string  `json:"dispatchByDate"`
	UpdatedAt  string  `json:"updatedAt"`
	Hold       bool    `json:"hold"`
	Items      []item  `json:"orderItems"`
	details    details // from the shipping view
}

type item struct {
	ID            string `json:"orderItemId"`
	OrderID       string `json:"orderId"`
	Group         string `json:"cancellationGroupId"`
	OrderDate     string `json:"orderDate"`
	PaymentType   string `json:"paymentType"`
	Status        string `json:"status"`
	CourierReturn bool   `json:"courierReturn"`
	Quantity      int    `json:"quantity"`
	FSN           string `json:"fsn"`
	SKU           string `json:"sku"`
	Title         string `json:"title"`
	Profile       string `json:"serviceProfile"`
	Price         struct {
		Selling  number `json:"sellingPrice"`
		Total    number `json:"totalPrice"`
		Shipping number `json:"shippingCharge"`
		Customer number `json:"customerPrice"`
		Discount number `json:"flipkartDiscount"`
	} `json:"priceComponents"`
}

// details is what the shipping view adds; its field names are seen in clients,
// not documented.
type details struct {
	ID      string `json:"shipmentId"`
	Address struct {
		First    string `json:"firstName"`
		Last     string `json:"lastName"`
		Line1    string `json:"addressLine1"`
		Line2    string `json:"addressLine2"`
		Landmark string `json:"landmark"`
		City     string `json:"city"`
		State    string `json:"state"`
		Pin      string `json:"pinCode"`
		Phone    string `json:"contactNumber"`
	} `json:"deliveryAddress"`
	Parcels []struct {
		Courier struct {
			Pickup   leg `json:"pickupDetails"`
			Delivery leg `json:"deliveryDetails"`
		} `json:"courierDetails"`
	} `json:"subShipments"`
}

type leg struct {
	Vendor   string `json:"vendorName"`
	Tracking string `json:"trackingId"`
}

// number is the text of an amount in rupees, which Flipkart writes as a JSON
// number such as 295.0; it never becomes a float.
type number string

func (n *number) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' && string(b) != "null" {
		*n = number(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(n))
}

// money reads the amount. Numbers that were computed in binary may carry more
// than two decimals; those are rounded, and rounded says so.
func (n number) money() (m order.Money, rounded bool, err error) {
	if n == "" {
		return order.Money{}, false, nil
	}
	if m, err = order.ParseMoney(string(n), "INR"); err == nil {
		return m, false, nil
	}
	_, exp, _ := strings.Cut(strings.ToLower(string(n)), "e")
	e, eerr := strconv.Atoi(exp)
	r, ok := new(big.Rat), false
	if len(n) <= 40 && (exp == "" || eerr == nil && -20 <= e && e <= 20) {
		r, ok = r.SetString(string(n))
	}
	if !ok {
		return order.Money{}, false, fmt.Errorf("%w: %.40q", order.ErrAmount, string(n))
	}
	if m, err = order.ParseMoney(r.FloatString(2), "INR"); err != nil {
		return order.Money{}, false, err
	}
	return m, new(big.Rat).SetFrac64(m.Minor, 100).Cmp(r) != 0, nil
}

// instant reads a time; ok is false when there is none or it is unreadable.
func instant(text string) (t time.Time, ok bool) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC(), err == nil && !t.IsZero()
}

// clean is a text for people: composed, on one line, without control
// characters.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	return norm.NFC.String(strings.Join(strings.Fields(text), " "))
}

func (s shipment) selfShip() bool { return strings.EqualFold(s.Type, "SELF") }

// byFlipkart reports whether Flipkart sends the item from its own warehouse;
// both generations of words are in use.
func (it item) byFlipkart() bool {
	switch strings.ToUpper(it.Profile) {
	case "FBF", "FLIPKART_FULFILMENT":
		return true
	}
	return false
}
