package orderfile

import (
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// Field is something that a column of an order file can say. Each row is one
// item of an order; fields of the whole order may stand in its first row only.
type Field string

// The fields.
const (
	OrderID       Field = "order_id"
	PlatformID    Field = "platform_id"  // the platform's own id, when rows are told apart by another
	OrderNumber   Field = "order_number" // what customers quote, when it is not the id
	OrderedAt     Field = "ordered_at"
	LastUpdated   Field = "last_updated"
	Status        Field = "status"
	ItemStatus    Field = "item_status"
	Payment       Field = "payment"
	LineID        Field = "line_id"
	SKU           Field = "sku"
	ProductID     Field = "product_id"
	Title         Field = "title"
	Variant       Field = "variant" // size or colour, appended to the title
	Quantity      Field = "quantity"
	UnitPrice     Field = "unit_price"
	LineTotal     Field = "line_total" // of the line, discount taken off
	LineDiscount  Field = "line_discount"
	LineTax       Field = "line_tax"      // included in the line total
	LineShipping  Field = "line_shipping" // on top of the line total
	ShipDiscount  Field = "shipping_discount"
	GiftWrap      Field = "gift_wrap" // on top of the line total
	OrderTotal    Field = "order_total"
	OrderSubtotal Field = "order_subtotal"
	OrderDiscount Field = "order_discount"
	OrderShipping Field = "order_shipping"
	OrderTax      Field = "order_tax"
	Currency      Field = "currency"
	CustomerID    Field = "customer_id"
	Name          Field = "customer_name"
	Email         Field = "email"
	Phone         Field = "phone"
	Address1      Field = "address_1"
	Address2      Field = "address_2"
	City          Field = "city"
	State         Field = "state"
	Pincode       Field = "pincode"
	Country       Field = "country"
	ShipBy        Field = "ship_by"
	Carrier       Field = "carrier"
	AWB           Field = "awb"
	Cancelled     Field = "cancelled_at"
	Fulfilment    Field = "fulfilment_status"
	ToShip        Field = "quantity_to_ship"
)

// Fields lists every field that a mapping may name, in the order of a form.
func Fields() []Field {
	return []Field{OrderID, OrderNumber, OrderedAt, LastUpdated, Status, ItemStatus, Payment, LineID, SKU, ProductID, Title, Variant, Quantity,
		UnitPrice, LineTotal, LineDiscount, LineTax, LineShipping, ShipDiscount, GiftWrap, OrderTotal, OrderSubtotal, OrderDiscount, OrderShipping, OrderTax, Currency,
		CustomerID, Name, Email, Phone, Address1, Address2, City, State, Pincode, Country, ShipBy, Carrier, AWB, Cancelled, Fulfilment, ToShip, PlatformID}
}

// Required lists the fields without which a file cannot be imported.
func Required() []Field { return []Field{OrderID, OrderedAt} }

// Mapping names the column that holds each field, by its header.
type Mapping map[Field]string

// headerKey is a header without case, blanks and punctuation.
func headerKey(s string) string { return strings.Join(order.Normalise(s), "") }

// columns resolves a mapping against the header; a field whose column is not
// there has none.
func (m Mapping) columns(header []string) map[Field]int {
	keys := make([]string, len(header))
	for i, h := range header {
		keys[i] = headerKey(h)
	}
	cols := map[Field]int{}
	for f, name := range m {
		if i := slices.Index(keys, headerKey(name)); i >= 0 && headerKey(name) != "" {
			cols[f] = i
		}
	}
	return cols
}

// Missing lists the required fields that a mapping leaves out.
func (m Mapping) Missing() []Field {
	var out []Field
	for _, f := range Required() {
		if m[f] == "" {
			out = append(out, f)
		}
	}
	return out
}

// guess maps columns by the names people give them.
func guess(header []string) Mapping {
	m := Mapping{}
	for f, names := range guesses() {
		for _, want := range names {
			i := slices.IndexFunc(header, func(h string) bool { return headerKey(h) == want })
			if i >= 0 {
				m[f] = header[i]
				break
			}
		}
	}
	return m
}

// guesses lists header keys for each field, the surest first.
func guesses() map[Field][]string {
	return map[Field][]string{
		OrderID:       {"orderid", "platformorderid", "orderno", "ordernumber", "suborderno", "invoiceid", "id"},
		OrderNumber:   {"ordernumber", "ordername", "displayorderid"},
		OrderedAt:     {"orderedat", "orderdate", "orderedon", "purchasedate", "createdat", "orderedtime", "datecreated", "orderplacedat", "date"},
		LastUpdated:   {"updatedat", "lastupdateddate", "lastupdated", "lastmodified", "datemodified", "modifiedat"},
		Status:        {"status", "orderstatus", "orderstate", "reasonforcreditentry"},
		ItemStatus:    {"itemstatus", "linestatus"},
		Payment:       {"paymentmethod", "paymentmode", "paymenttype", "orderpaymenttype", "payment"},
		LineID:        {"orderitemid", "itemid", "lineid", "lineitemid"},
		SKU:           {"sku", "sellersku", "skucode", "itemcode", "itemsku"},
		ProductID:     {"asin", "fsn", "productid", "upc", "ean"},
		Title:         {"title", "productname", "itemname", "product", "item", "itemdescription", "description"},
		Variant:       {"variant", "size", "variantdescription", "colour"},
		Quantity:      {"quantity", "qty", "units", "itemquantity", "quantitypurchased"},
		UnitPrice:     {"unitprice", "price", "sellingprice", "sellingpricers", "rate", "itemcost"},
		LineTotal:     {"linetotal", "itemtotal", "amount", "lineamount"},
		LineDiscount:  {"linediscount", "itemdiscount"},
		LineTax:       {"linetax", "itemtax", "gst", "totaltax"},
		OrderTotal:    {"total", "ordertotal", "grandtotal", "ordervalue", "orderamount", "invoiceamount", "finalamount", "totalamount"},
		OrderSubtotal: {"subtotal"},
		OrderDiscount: {"discount", "discountamount", "orderdiscount"},
		OrderShipping: {"shipping", "shippingcharges", "deliveryfee", "shippingfee", "shippingamount"},
		OrderTax:      {"tax", "taxes", "taxamount", "ordertax"},
		Currency:      {"currency", "currencycode"},
		CustomerID:    {"customerid", "buyerid"},
		Name:          {"customername", "buyername", "shiptoname", "shippingname", "recipientname", "name", "customer"},
		Email:         {"email", "customeremail", "buyeremail", "emailaddress", "billingemail"},
		Phone:         {"phone", "mobile", "customerphone", "buyerphonenumber", "phonenumber", "mobilenumber", "contact", "shippingphone", "billingphone"},
		Address1:      {"address", "address1", "addressline1", "shippingaddress1", "shippingaddress", "shipaddress1"},
		Address2:      {"address2", "addressline2", "shippingaddress2", "shipaddress2"},
		City:          {"city", "shippingcity", "shipcity", "customercity"},
		State:         {"state", "shippingstate", "shipstate", "customerstate", "shippingprovince"},
		Pincode:       {"pincode", "pin", "zip", "postcode", "postalcode", "zipcode", "shippingpincode", "shippingzip", "shippostalcode"},
		Country:       {"country", "shippingcountry", "shipcountry"},
		ShipBy:        {"shipby", "dispatchbydate", "promisedate", "dispatchby"},
		Carrier:       {"carrier", "courier", "couriername", "shippingcarrier", "logisticspartner"},
		AWB:           {"awb", "awbnumber", "trackingid", "trackingnumber", "trackingno", "awbno"},
	}
}
