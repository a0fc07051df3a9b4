package woo

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// The order resource of wc/v3.
type wireOrder struct {
	ID                 any            `json:"id"`
	ParentID           int            `json:"parent_id"`
	Number             string         `json:"number"`
	OrderKey           string         `json:"order_key"`
	CreatedVia         string         `json:"created_via"`
	Version            string         `json:"version"`
	Status             string         `json:"status"`
	Currency           string         `json:"currency"`
	DateCreated        *string        `json:"date_created"`
	DateCreatedGMT     *string        `json:"date_created_gmt"`
	DateModified       *string        `json:"date_modified"`
	DateModifiedGMT    *string        `json:"date_modified_gmt"`
	DiscountTotal      string         `json:"discount_total"`
	DiscountTax        string         `json:"discount_tax"`
	ShippingTotal      string         `json:"shipping_total"`
	ShippingTax        string         `json:"shipping_tax"`
	CartTax            string         `json:"cart_tax"`
	Total              string         `json:"total"`
	TotalTax           string         `json:"total_tax"`
	PricesIncludeTax   bool           `json:"prices_include_tax"`
	CustomerID         any            `json:"customer_id"`
	CustomerIP         string         `json:"customer_ip_address"`
	CustomerUserAgent  string         `json:"customer_user_agent"`
	CustomerNote       string         `json:"customer_note"`
	Billing            wireAddress    `json:"billing"`
	Shipping           wireAddress    `json:"shipping"`
	PaymentMethod      string         `json:"payment_method"`
	PaymentMethodTitle string         `json:"payment_method_title"`
	TransactionID      string         `json:"transaction_id"`
	DatePaid           *string        `json:"date_paid"`
	DatePaidGMT        *string        `json:"date_paid_gmt"`
	DateCompleted      *string        `json:"date_completed"`
	DateCompletedGMT   *string        `json:"date_completed_gmt"`
	CartHash           string         `json:"cart_hash"`
	MetaData           []shop.Meta    `json:"meta_data"`
	LineItems          []wireLine     `json:"line_items"`
	TaxLines           []any          `json:"tax_lines"`
	ShippingLines      []wireShipping `json:"shipping_lines"`
	FeeLines           []any          `json:"fee_lines"`
	CouponLines        []wireCoupon   `json:"coupon_lines"`
	Refunds            []wireRefunded `json:"refunds"`
	PaymentURL         string         `json:"payment_url"`
	IsEditable         bool           `json:"is_editable"`
	NeedsPayment       bool           `json:"needs_payment"`
	NeedsProcessing    bool           `json:"needs_processing"`
	CurrencySymbol     string         `json:"currency_symbol"`
	Links              links          `json:"_links"`
}

type wireAddress struct {
	FirstName string  `json:"first_name"`
	LastName  string  `json:"last_name"`
	Company   string  `json:"company"`
	Address1  string  `json:"address_1"`
	Address2  string  `json:"address_2"`
	City      string  `json:"city"`
	State     string  `json:"state"`
	Postcode  string  `json:"postcode"`
	Country   string  `json:"country"`
	Email     *string `json:"email,omitempty"`
	Phone     string  `json:"phone"`
}

type wireLine struct {
	ID          int         `json:"id"`
	Name        string      `json:"name"`
	ProductID   int         `json:"product_id"`
	VariationID int         `json:"variation_id"`
	Quantity    any         `json:"quantity"`
	TaxClass    string      `json:"tax_class"`
	Subtotal    string      `json:"subtotal"`
	SubtotalTax string      `json:"subtotal_tax"`
	Total       string      `json:"total"`
	TotalTax    string      `json:"total_tax"`
	Taxes       []any       `json:"taxes"`
	MetaData    []shop.Meta `json:"meta_data"`
	SKU         *string     `json:"sku"`
	Price       float64     `json:"price"`
	Image       wireImage   `json:"image"`
	ParentName  *string     `json:"parent_name"`
}

// wireImage of a product without a picture has a text for an id.
type wireImage struct {
	ID  string `json:"id"`
	Src string `json:"src"`
}

type wireShipping struct {
	ID          int    `json:"id"`
	MethodTitle string `json:"method_title"`
	MethodID    string `json:"method_id"`
	InstanceID  string `json:"instance_id"`
	Total       string `json:"total"`
	TotalTax    string `json:"total_tax"`
	Taxes       []any  `json:"taxes"`
	MetaData    []any  `json:"meta_data"`
}

type wireCoupon struct {
	ID          int    `json:"id"`
	Code        string `json:"code"`
	Discount    string `json:"discount"`
	DiscountTax string `json:"discount_tax"`
	MetaData    []any  `json:"meta_data"`
}

type wireRefunded struct {
	ID     int    `json:"id"`
	Reason string `json:"reason"`
	Total  string `json:"total"`
}

// links point at the resource itself and the list it is in.
type links map[string][]map[string]string

func newLinks(self, collection string) links {
	return links{"self": {{"href": self}}, "collection": {{"href": collection}}}
}

const (
	wooVersion  = "9.8.1"
	wpVersion   = "6.8"
	productBase = 100 // products of the catalogue are posts 101, 102, …
)

func rupees(paise int64) string { return order.INR(paise).Decimal() }

const wallClock = "2006-01-02T15:04:05" // WooCommerce's dates carry no zone

// dates prints a time in the site's zone and in GMT; the zero time is null.
func dates(t time.Time) (site, gmt *string) {
	if t.IsZero() {
		return nil, nil
	}
	a, b := t.In(kolkata).Format(wallClock), t.UTC().Format(wallClock)
	return &a, &b
}

// number is a numeric id, which PHP gives as text when a plugin stored it so:
// in one order of nineteen.
func number(o shop.Order, n int) any {
	if o.Seq%19 == 7 {
		return strconv.Itoa(n)
	}
	return n
}

// wire is an order as the API tells it.
func (st *Store) wire(o shop.Order) any {
	if st.shop.Unparsable(o) {
		id, _ := strconv.Atoi(o.ID)
		return map[string]any{"id": id, "status": []string{slug(o)}, "total": map[string]string{"amount": "?"}, "line_items": "none"}
	}
	id, _ := strconv.Atoi(o.ID)
	w := wireOrder{ID: id, Number: o.Number, OrderKey: "wc_order_" + strconv.FormatInt(int64(o.Seq)*2654435761%1_000_000_007, 36),
		CreatedVia: "checkout", Version: wooVersion, Status: slug(o), Currency: "INR", CurrencySymbol: "₹", PricesIncludeTax: true,
		CustomerID: number(o, o.Customer.ID), CustomerIP: "192.0.2." + strconv.Itoa(o.Seq%250+1), CustomerNote: o.Remark,
		PaymentMethod: paymentMethod(o), PaymentMethodTitle: paymentTitle(o.Method), MetaData: o.Meta}
	if st.shop.Unknown(o) {
		w.Status = "awaiting-engraving"
	}
	if o.Meta == nil {
		w.MetaData = []shop.Meta{}
	}
	w.DateCreated, w.DateCreatedGMT = dates(o.Created)
	w.DateModified, w.DateModifiedGMT = dates(o.Updated)
	w.DatePaid, w.DatePaidGMT = dates(o.Paid)
	w.DateCompleted, w.DateCompletedGMT = dates(o.Closed)
	w.Billing, w.Shipping = address(o.Customer, true), address(o.Customer, false)
	if !o.Paid.IsZero() && !o.COD {
		w.TransactionID = "pay_sandbox" + o.ID
	}
	w.NeedsPayment = o.Status == order.Pending && !o.COD
	w.NeedsProcessing = o.Status == order.Confirmed
	w.IsEditable = o.Status == order.Pending
	st.amounts(&w, o)
	st.mu.Lock()
	site := st.site
	st.mu.Unlock()
	collection := site + "/wp-json/wc/v3/orders"
	w.PaymentURL = site + "/checkout/order-pay/" + o.ID + "/?pay_for_order=true&key=" + w.OrderKey
	w.Links = newLinks(collection+"/"+o.ID, collection)
	return w
}

// amounts splits what the customer pays, GST included, the way WooCommerce
// does: every figure twice, without the tax and the tax alone.
func (st *Store) amounts(w *wireOrder, o shop.Order) {
	var discount, discountTax, tax int64
	w.LineItems = make([]wireLine, len(o.Lines))
	for i, l := range o.Lines {
		before, beforeTax := shop.GST(l.Amount + l.Discount)
		net, netTax := shop.GST(l.Amount)
		discount, discountTax, tax = discount+before-net, discountTax+beforeTax-netTax, tax+netTax
		w.LineItems[i] = wireItem(o, l)
		w.LineItems[i].Subtotal, w.LineItems[i].SubtotalTax = rupees(before), rupees(beforeTax)
		w.LineItems[i].Total, w.LineItems[i].TotalTax = rupees(net), rupees(netTax)
		w.LineItems[i].Price = math.Round(float64(net)/float64(max(l.Quantity, 1))*10_000) / 1_000_000
	}
	w.DiscountTotal, w.DiscountTax = rupees(discount), rupees(discountTax)
	w.CartTax, w.TotalTax = rupees(tax), rupees(tax)
	w.ShippingTotal, w.ShippingTax = rupees(o.Shipping), "0.00"
	w.Total = rupees(o.Total())
	w.TaxLines, w.FeeLines, w.ShippingLines, w.CouponLines, w.Refunds = []any{}, []any{}, []wireShipping{}, []wireCoupon{}, []wireRefunded{}
	method := wireShipping{ID: 400_000 + o.Seq, MethodTitle: "Flat rate", MethodID: "flat_rate", InstanceID: "1", Total: rupees(o.Shipping), TotalTax: "0.00",
		Taxes: []any{}, MetaData: []any{}}
	if o.Shipping == 0 {
		method.MethodTitle, method.MethodID = "Free shipping", "free_shipping"
	}
	w.ShippingLines = append(w.ShippingLines, method)
	if o.Coupon != "" {
		w.CouponLines = append(w.CouponLines, wireCoupon{ID: 500_000 + o.Seq, Code: o.Coupon, Discount: rupees(discount),
			DiscountTax: rupees(discountTax), MetaData: []any{}})
	}
	for _, r := range o.Refunds {
		w.Refunds = append(w.Refunds, wireRefunded{ID: r.ID, Reason: r.Reason, Total: rupees(-r.Amount)})
	}
}

func wireItem(o shop.Order, l shop.Line) wireLine {
	id, _ := strconv.Atoi(l.ID)
	w := wireLine{ID: id, Name: l.Title, ProductID: productBase + l.Product, Quantity: number(o, l.Quantity), Taxes: []any{}, MetaData: []shop.Meta{}}
	if l.SKU != "" {
		w.SKU = &l.SKU
	}
	if l.HSN != "" {
		w.MetaData = append(w.MetaData, shop.Meta{ID: 800_000 + id, Key: "HSN", Value: l.HSN})
	}
	return w
}

func address(c shop.Customer, billing bool) wireAddress {
	a := wireAddress{FirstName: c.First, LastName: c.Last, Address1: c.Line1, Address2: c.Line2, City: c.City, State: c.StateCode,
		Postcode: c.Pincode, Country: c.Country, Phone: c.Phone}
	if billing {
		a.Email = &c.Email
	}
	return a
}

func paymentMethod(o shop.Order) string {
	switch {
	case o.COD, o.Method == "cod":
		return "cod"
	case o.Method == "upi", o.Method == "card", o.Method == "netbanking", o.Method == "wallet":
		return "razorpay"
	}
	return o.Method
}

func paymentTitle(method string) string {
	switch method {
	case "cod":
		return "Cash on delivery"
	case "upi":
		return "UPI"
	case "card":
		return "Credit or debit card"
	case "netbanking":
		return "Net banking"
	case "wallet":
		return "Wallet"
	}
	return method
}

// pick keeps the named fields of a resource, all when none are named.
func pick(resource any, fields []string) any {
	if fields == nil {
		return resource
	}
	b, err := json.Marshal(resource)
	if err != nil {
		panic(err) // plain structs always encode
	}
	var all, some map[string]json.RawMessage
	if json.Unmarshal(b, &all) != nil {
		return resource
	}
	some = make(map[string]json.RawMessage, len(fields))
	for _, f := range fields {
		if v, ok := all[f]; ok {
			some[f] = v
		}
	}
	return some
}
