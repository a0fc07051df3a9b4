package amazon

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/palmonas/palmonas-crm/order"
)

// The parts of Amazon's Order object (Orders API 2026-01-01) that the desk
// reads. Nearly everything may be missing: pending orders have neither prices
// nor a buyer, and roles hide fields.
type wireOrder struct {
	OrderID         string   `json:"orderId"`
	CreatedTime     string   `json:"createdTime"`
	LastUpdatedTime string   `json:"lastUpdatedTime"`
	Programs        []string `json:"programs"`
	Buyer           struct {
		Name  string `json:"buyerName"`
		Email string `json:"buyerEmail"`
	} `json:"buyer"`
	Recipient struct {
		Address wireAddress `json:"deliveryAddress"`
	} `json:"recipient"`
	Proceeds struct {
		GrandTotal wireMoney       `json:"grandTotal"`
		Breakdowns []wireBreakdown `json:"breakdowns"`
	} `json:"proceeds"`
	Payment struct {
		Executions []struct {
			Method string `json:"paymentMethod"`
		} `json:"paymentExecutions"`
	} `json:"payment"`
	Fulfillment struct {
		Status      string `json:"fulfillmentStatus"`
		FulfilledBy string `json:"fulfilledBy"`
		ShipBy      struct {
			Latest string `json:"latestDateTime"`
		} `json:"shipByWindow"`
	} `json:"fulfillment"`
	Items    []wireItem    `json:"orderItems"`
	Packages []wirePackage `json:"packages"`
}

type wireAddress struct {
	Name         string `json:"name"`
	Company      string `json:"companyName"`
	Line1        string `json:"addressLine1"`
	Line2        string `json:"addressLine2"`
	Line3        string `json:"addressLine3"`
	City         string `json:"city"`
	District     string `json:"districtOrCounty"`
	State        string `json:"stateOrRegion"`
	Municipality string `json:"municipality"`
	PostalCode   string `json:"postalCode"`
	Country      string `json:"countryCode"`
	Phone        string `json:"phone"`
}

type wireItem struct {
	ID       string `json:"orderItemId"`
	Quantity int    `json:"quantityOrdered"`
	Product  struct {
		ASIN  string `json:"asin"`
		Title string `json:"title"`
		SKU   string `json:"sellerSku"`
		Price struct {
			Unit wireMoney `json:"unitPrice"`
		} `json:"price"`
	} `json:"product"`
	Proceeds struct {
		Total      wireMoney       `json:"proceedsTotal"`
		Breakdowns []wireBreakdown `json:"breakdowns"`
	} `json:"proceeds"`
	Cancellation struct {
		Request   *struct{} `json:"cancellationRequest"`
		Execution *struct{} `json:"cancellationExecution"`
	} `json:"cancellation"`
	Fulfillment struct {
		Fulfilled   int  `json:"quantityFulfilled"`
		Unfulfilled *int `json:"quantityUnfulfilled"`
	} `json:"fulfillment"`
}

type wirePackage struct {
	Reference   string `json:"packageReferenceId"`
	CreatedTime string `json:"createdTime"`
	Status      struct {
		Status   string `json:"status"`
		Detailed string `json:"detailedStatus"`
	} `json:"packageStatus"`
	Carrier  string `json:"carrier"`
	ShipTime string `json:"shipTime"`
	Tracking string `json:"trackingNumber"`
	Items    []struct {
		ID       string `json:"orderItemId"`
		Quantity int    `json:"quantity"`
	} `json:"packageItems"`
}

type wireBreakdown struct {
	Type     string    `json:"type"`
	Subtotal wireMoney `json:"subtotal"`
}

type wireMoney struct {
	Amount   decimal `json:"amount"`
	Currency string  `json:"currencyCode"`
}

// decimal is the text of an amount, which Amazon writes as a string; a bare
// number keeps its digits too and never becomes a float.
type decimal string

func (d *decimal) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' && string(b) != "null" {
		*d = decimal(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(d))
}

// money is the amount, unknown when there is none.
func (m wireMoney) money() (order.Money, error) {
	if m.Amount == "" {
		return order.Money{}, nil
	}
	v, err := order.ParseMoney(string(m.Amount), m.Currency)
	if err != nil {
		return order.Money{}, fmt.Errorf("amount: %w", err)
	}
	return v, nil
}

// instant reads a time; ok is false when there is none or it is unreadable.
func instant(text string) (t time.Time, ok bool) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC(), err == nil && !t.IsZero()
}

// fold makes Amazon's spellings of one word equal: PARTIALLY_SHIPPED of the
// 2026 API, PartiallyShipped of v0 and of notifications.
func fold(word string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || r == '-' {
			return -1
		}
		return r
	}, word))
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

// orderID finds the id in a record that may be otherwise unreadable.
func orderID(raw json.RawMessage) string {
	var o struct {
		OrderID string `json:"orderId"`
	}
	_ = json.Unmarshal(raw, &o) // empty when even that cannot be read
	return clean(o.OrderID)
}
