package shopify

import (
	"encoding/json"
	"strings"
	"time"
)

// wireOrder is an order as REST and webhooks send it, as far as the desk wants
// it. Personal data may be null, depending on the store's plan and the app's
// permissions.
type wireOrder struct {
	ID           text       `json:"id"`
	Name         text       `json:"name"`
	Created      text       `json:"created_at"`
	Updated      text       `json:"updated_at"`
	Processed    text       `json:"processed_at"`
	Cancelled    text       `json:"cancelled_at"`
	CancelReason text       `json:"cancel_reason"`
	Test         bool       `json:"test"`
	Currency     text       `json:"currency"` // of the shop; all plain amounts are in it
	TaxesInside  bool       `json:"taxes_included"`
	Total        text       `json:"total_price"`
	LinesTotal   text       `json:"total_line_items_price"`
	Discounts    text       `json:"total_discounts"`
	Tax          text       `json:"total_tax"`
	Shipping     moneySet   `json:"total_shipping_price_set"`
	Tip          text       `json:"total_tip_received"`
	Duties       moneySet   `json:"original_total_duties_set"`
	Fees         moneySet   `json:"original_total_additional_fees_set"`
	Financial    text       `json:"financial_status"`
	Fulfilment   text       `json:"fulfillment_status"`
	Gateways     []text     `json:"payment_gateway_names"`
	Email        text       `json:"email"`
	ContactEmail text       `json:"contact_email"`
	Phone        text       `json:"phone"`
	Customer     person     `json:"customer"`
	Billing      address    `json:"billing_address"`
	ShipTo       address    `json:"shipping_address"`
	Lines        []line     `json:"line_items"`
	ShippingWays []shipping `json:"shipping_lines"`
	Parcels      []parcel   `json:"fulfillments"`
	Refunds      []refund   `json:"refunds"`
}

type moneySet struct {
	Shop struct {
		Amount   text `json:"amount"`
		Currency text `json:"currency_code"`
	} `json:"shop_money"`
}

type person struct {
	ID        text `json:"id"`
	FirstName text `json:"first_name"`
	LastName  text `json:"last_name"`
	Email     text `json:"email"`
	Phone     text `json:"phone"`
}

type address struct {
	Name        text `json:"name"`
	FirstName   text `json:"first_name"`
	LastName    text `json:"last_name"`
	Address1    text `json:"address1"`
	Address2    text `json:"address2"`
	City        text `json:"city"`
	Province    text `json:"province"`
	Country     text `json:"country"`
	CountryCode text `json:"country_code"`
	Zip         text `json:"zip"`
	Phone       text `json:"phone"`
}

type line struct {
	ID         text   `json:"id"`
	VariantID  text   `json:"variant_id"`
	ProductID  text   `json:"product_id"`
	SKU        text   `json:"sku"`
	Title      text   `json:"title"`
	Name       text   `json:"name"` // the title with the variant's
	Quantity   text   `json:"quantity"`
	Current    text   `json:"current_quantity"` // what is left of it
	Price      text   `json:"price"`            // of one piece
	Discount   text   `json:"total_discount"`
	Discounts  []part `json:"discount_allocations"`
	Taxes      []part `json:"tax_lines"`
	Fulfilment text   `json:"fulfillment_status"`
}

// part is a share of an amount, called so in one place and otherwise in another.
type part struct {
	Amount text `json:"amount"`
	Price  text `json:"price"`
}

type shipping struct {
	Price text `json:"price"`
}

// parcel is a fulfilment.
type parcel struct {
	ID       text   `json:"id"`
	Status   text   `json:"status"`
	Shipment text   `json:"shipment_status"` // the carrier's last word
	Created  text   `json:"created_at"`
	Location text   `json:"location_id"`
	Company  text   `json:"tracking_company"`
	Number   text   `json:"tracking_number"`
	Numbers  []text `json:"tracking_numbers"`
	URL      text   `json:"tracking_url"`
	URLs     []text `json:"tracking_urls"`
	Lines    []line `json:"line_items"`
}

type refund struct {
	Created text `json:"created_at"`
	Lines   []struct {
		LineID   text `json:"line_item_id"`
		Quantity text `json:"quantity"`
		Restock  text `json:"restock_type"`
	} `json:"refund_line_items"`
	Transactions []struct {
		Kind text `json:"kind"`
	} `json:"transactions"`
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

// head is what can be known of a record of which nothing else is readable.
type head struct {
	id      string
	updated time.Time // zero when there is none
}

func headOf(raw []byte) head {
	var v struct {
		ID      text `json:"id"`
		Updated text `json:"updated_at"`
	}
	if json.Unmarshal(raw, &v) != nil {
		return head{}
	}
	h := head{updated: instant(v.Updated)}
	if isID(string(v.ID)) {
		h.id = string(v.ID)
	}
	return h
}

// instant reads a time, which has the shop's offset; zero when there is none.
func instant(t text) time.Time {
	at, err := time.Parse(time.RFC3339, string(t))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
