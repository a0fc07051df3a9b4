package orderfile

import (
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// Format names a layout of order files.
type Format string

// The formats.
const (
	Generic         Format = "generic"            // any table, by its mapping
	AmazonSale      Format = "amazon-sale-report" // CSV from Seller Central's business reports, in three variants
	AmazonAllOrders Format = "amazon-all-orders"  // flat file, one row for each item
	AmazonOrders    Format = "amazon-orders"      // order report and unshipped orders, flat files
	Flipkart        Format = "flipkart-orders"    // seller hub export
	Blinkit         Format = "blinkit-sales"      // seller hub sales report
	Shopify         Format = "shopify-orders"     // admin export
	BlinkitTable    Format = "blinkit-table"      // orders as a data set has them
	SwiggyTable     Format = "swiggy-table"       // orders as a data set has them
)

// Auto asks for detection.
const Auto Format = "auto"

// layout is what is known about one format. Columns are looked up by name,
// unknown ones are ignored and missing ones accepted, since platforms add and
// drop columns.
type layout struct {
	format   Format
	platform order.Platform
	need     []string // header keys that only this layout has together
	columns  map[Field][]string
	// monthFirst decides a file whose dates fit both ways.
	monthFirst bool
	literal    bool // quotes in tabbed text are characters
	// grossLines: line totals stand before the line discount.
	grossLines bool
	status     func(word string) (order.Status, string, []order.Flag, bool)
}

func layouts() []layout {
	return []layout{
		amazonSale(), amazonAllOrders(), amazonOrders(), flipkart(), blinkit(), shopify(), blinkitTable(), swiggyTable(),
		{format: Generic, status: genericStatus},
	}
}

// Formats lists every format, Generic last.
func Formats() []Format {
	var out []Format
	for _, l := range layouts() {
		out = append(out, l.format)
	}
	return out
}

func layoutOf(f Format) (layout, bool) {
	all := layouts()
	i := slices.IndexFunc(all, func(l layout) bool { return l.format == f })
	if i < 0 {
		return layout{}, false
	}
	return all[i], true
}

// detect finds the layout of a header; Generic when it is none of the others.
func detect(header []string) layout {
	keys := make([]string, len(header))
	for i, h := range header {
		keys[i] = headerKey(h)
	}
	all := layouts()
	for _, l := range all[:len(all)-1] {
		if !slices.ContainsFunc(l.need, func(k string) bool { return !slices.Contains(keys, k) }) {
			return l
		}
	}
	return all[len(all)-1]
}

// mapping names the columns of a header that the layout knows.
func (l layout) mapping(header []string) Mapping {
	if l.format == Generic {
		return guess(header)
	}
	m := Mapping{}
	for f, names := range l.columns {
		for _, want := range names {
			if i := slices.IndexFunc(header, func(h string) bool { return headerKey(h) == want }); i >= 0 {
				m[f] = header[i]
				break
			}
		}
	}
	return m
}

// Detect tells the format of a table by its header, the columns it maps, and
// which required fields it lacks.
func Detect(header []string) (Format, Mapping, []Field) {
	l := detect(header)
	m := l.mapping(header)
	return l.format, m, m.Missing()
}

func one(name string) []string { return []string{name} }

// amazonSale: dates are month first. Amount is the total of the line. The SKU
// and currency columns come and go between variants.
func amazonSale() layout {
	return layout{format: AmazonSale, platform: order.Amazon, monthFirst: true, status: amazonStatus,
		need: []string{"orderid", "date", "status", "fulfilment", "shipservicelevel", "courierstatus", "qty", "amount"},
		columns: map[Field][]string{
			OrderID: one("orderid"), OrderedAt: one("date"), Status: one("status"), SKU: one("sku"), ProductID: one("asin"),
			Title: one("category"), Variant: one("size"), Quantity: one("qty"), Currency: one("currency"), LineTotal: one("amount"),
			City: one("shipcity"), State: one("shipstate"), Pincode: one("shippostalcode"), Country: one("shipcountry"),
		}}
}

// amazonAllOrders: item-price is the total of the line with its tax; shipping
// and wrapping come on top and promotions off.
func amazonAllOrders() layout {
	return layout{format: AmazonAllOrders, platform: order.Amazon, literal: true, grossLines: true, status: amazonStatus,
		need: []string{"amazonorderid", "purchasedate", "orderstatus", "itemprice", "quantity"},
		columns: map[Field][]string{
			OrderID: one("amazonorderid"), OrderedAt: one("purchasedate"), LastUpdated: one("lastupdateddate"),
			Status: one("orderstatus"), ItemStatus: one("itemstatus"), SKU: one("sku"), ProductID: one("asin"), Title: one("productname"),
			Quantity: one("quantity"), Currency: one("currency"), LineTotal: one("itemprice"), LineTax: one("itemtax"),
			LineShipping: one("shippingprice"), LineDiscount: one("itempromotiondiscount"),
			GiftWrap: one("giftwrapprice"), ShipDiscount: one("shippromotiondiscount"),
			City: one("shipcity"), State: one("shipstate"), Pincode: one("shippostalcode"), Country: one("shipcountry"),
			Payment: one("paymentmethod"),
		}}
}

// amazonOrders covers the order report and the unshipped orders. They have no
// status column: the quantity that is left to ship tells, where it is given.
func amazonOrders() layout {
	return layout{format: AmazonOrders, platform: order.Amazon, literal: true, status: amazonStatus,
		need: []string{"orderid", "orderitemid", "purchasedate", "quantitypurchased", "recipientname"},
		columns: map[Field][]string{
			OrderID: one("orderid"), LineID: one("orderitemid"), OrderedAt: one("purchasedate"),
			ShipBy: one("promisedate"), Email: one("buyeremail"), Name: {"recipientname", "buyername"}, Phone: {"shipphonenumber", "buyerphonenumber"},
			SKU: one("sku"), Title: one("productname"), Quantity: one("quantitypurchased"), Currency: one("currency"),
			LineTotal: one("itemprice"), LineTax: one("itemtax"), LineShipping: one("shippingprice"), Payment: one("paymentmethod"), ToShip: one("quantitytoship"),
			Address1: one("shipaddress1"), Address2: one("shipaddress2"), City: one("shipcity"), State: one("shipstate"),
			Pincode: one("shippostalcode"), Country: one("shipcountry"),
		}}
}

// flipkart: the invoice amount is the total of the line; ids carry the
// apostrophe of a spreadsheet.
func flipkart() layout {
	return layout{format: Flipkart, platform: order.Flipkart, status: flipkartStatus,
		need: []string{"orderedon", "shipmentid", "orderitemid", "orderid", "orderstate"},
		columns: map[Field][]string{
			OrderID: one("orderid"), OrderedAt: one("orderedon"), LineID: one("orderitemid"), Status: one("orderstate"), ProductID: one("fsn"),
			SKU: one("sku"), Title: one("product"), Quantity: one("quantity"), LineTotal: one("invoiceamount"), UnitPrice: one("sellingpriceperitem"),
			Name: {"shiptoname", "buyername"}, Address1: one("addressline1"), Address2: one("addressline2"), City: one("city"), State: one("state"),
			Pincode: one("pincode"), ShipBy: one("dispatchbydate"), AWB: one("trackingid"),
		}}
}

// blinkit: the gross bill amount is the total of the line with its tax.
func blinkit() layout {
	return layout{format: Blinkit, platform: order.Blinkit, status: genericStatus,
		need: []string{"orderid", "orderdate", "itemid", "supplycity", "customercity", "totalgrossbillamount"},
		columns: map[Field][]string{
			OrderID: one("orderid"), OrderedAt: one("orderdate"), Status: one("orderstatus"), ProductID: one("itemid"), SKU: one("upc"),
			Title: one("productname"), Variant: one("variantdescription"), Quantity: one("quantity"), UnitPrice: {"sellingpricers", "sellingprice"},
			LineTax: one("totaltax"), LineTotal: one("totalgrossbillamount"), City: one("customercity"), State: one("customerstate"),
			Name: one("customername"),
		}}
}

// shopify: fields of the order stand in the first row of each order only. The
// status is made of three columns, see shopifyStatus.
func shopify() layout {
	return layout{format: Shopify, platform: order.Organic, status: genericStatus,
		need: []string{"name", "financialstatus", "fulfillmentstatus", "createdat", "lineitemquantity", "lineitemname"},
		columns: map[Field][]string{
			OrderID: one("name"), PlatformID: one("id"), OrderNumber: one("name"), OrderedAt: one("createdat"), Status: one("financialstatus"), Fulfilment: one("fulfillmentstatus"),
			Cancelled: one("cancelledat"), Currency: one("currency"), OrderSubtotal: one("subtotal"), OrderShipping: one("shipping"),
			OrderTax: one("taxes"), OrderTotal: one("total"), OrderDiscount: one("discountamount"), Payment: one("paymentmethod"),
			SKU: one("lineitemsku"), Title: one("lineitemname"), Quantity: one("lineitemquantity"), UnitPrice: one("lineitemprice"),
			LineDiscount: one("lineitemdiscount"), ItemStatus: one("lineitemfulfillmentstatus"), Email: one("email"),
			Name: {"shippingname", "billingname"}, Phone: {"shippingphone", "phone", "billingphone"}, Address1: {"shippingaddress1", "billingaddress1"},
			Address2: {"shippingaddress2", "billingaddress2"}, City: {"shippingcity", "billingcity"},
			State: {"shippingprovincename", "shippingprovince", "billingprovince"}, Pincode: {"shippingzip", "billingzip"}, Country: {"shippingcountry", "billingcountry"},
		}}
}

// blinkitTable has no status: delivery_status tells how late each delivered
// order was.
func blinkitTable() layout {
	return layout{format: BlinkitTable, platform: order.Blinkit, status: genericStatus,
		need: []string{"orderid", "customerid", "orderdate", "promiseddeliverytime", "deliverystatus", "ordertotal"},
		columns: map[Field][]string{
			OrderID: one("orderid"), CustomerID: one("customerid"), OrderedAt: one("orderdate"), Status: one("deliverystatus"),
			OrderTotal: one("ordertotal"), Payment: one("paymentmethod"),
		}}
}

func swiggyTable() layout {
	return layout{format: SwiggyTable, platform: order.Swiggy, status: genericStatus,
		need: []string{"orderid", "customerid", "orderdate", "restaurantname", "ordervalue", "finalamount", "orderstatus"},
		columns: map[Field][]string{
			OrderID: one("orderid"), CustomerID: one("customerid"), OrderedAt: one("orderdate"), City: one("city"), Title: one("cuisinetype"),
			Quantity: one("quantity"), UnitPrice: one("unitprice"), OrderSubtotal: one("ordervalue"), OrderDiscount: one("discountamount"),
			OrderShipping: one("deliveryfee"), OrderTotal: one("finalamount"), Status: one("orderstatus"), Payment: one("paymentmethod"),
		}}
}
