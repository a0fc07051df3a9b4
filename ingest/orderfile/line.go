package orderfile

import (
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// line is one row, read.
type line struct {
	rec  record
	item order.Item
	// Whether the row has an item at all: tables of orders do not.
	hasItem    bool
	word       string // status, the platform's own
	fulfilment string
	cancelled  string
	facts      order.Facts // what the row says of the whole order; zero where it says nothing
	platformID string
	updated    time.Time
	shipping   order.Money
	shipOff    order.Money
	wrap       order.Money
	toShip     string
}

// reader turns rows into lines by a mapping.
type reader struct {
	layout layout
	cols   map[Field]int
	width  int // columns of the header
	orders map[Field]*dateOrder
	loc    *time.Location
}

func dateFields() []Field { return []Field{OrderedAt, LastUpdated, ShipBy} }

func newReader(l layout, header []string, m Mapping, loc *time.Location) *reader {
	r := &reader{layout: l, cols: m.columns(header), width: len(header), loc: loc, orders: map[Field]*dateOrder{}}
	for _, f := range dateFields() {
		r.orders[f] = &dateOrder{}
	}
	return r
}

// learn looks at a row for what only the whole file can tell.
func (r *reader) learn(rec record) {
	for _, f := range dateFields() {
		if text := r.text(rec, f); text != "" {
			r.orders[f].see(text)
		}
	}
}

// text is the cleaned cell of a field, empty when there is none.
func (r *reader) text(rec record, f Field) string {
	i, ok := r.cols[f]
	if !ok || i >= len(rec.cells) {
		return ""
	}
	return clean(rec.cells[i])
}

func (r *reader) has(f Field) bool { _, ok := r.cols[f]; return ok }

// key is what tells the rows of one order.
func (r *reader) key(rec record) (string, error) {
	if rec.fault != "" {
		return "", fmt.Errorf("%s", rec.fault)
	}
	if n := len(rec.cells); n > r.width && !blank(rec.cells[r.width:]) {
		return "", fmt.Errorf("the row has %d cells, the header %d: a cell with a separator in it is not quoted", n, r.width)
	}
	id, err := cleanID(r.text(rec, OrderID))
	if err != nil {
		return "", fmt.Errorf("order id %w", err)
	}
	if id == "" {
		return "", fmt.Errorf("there is no order id")
	}
	return id, nil
}

// read turns a row into a line; the error is for the person who made the file.
func (r *reader) read(rec record) (line, error) {
	ln := line{rec: rec}
	c := cells{reader: r, rec: rec, currency: "INR"}
	if cur := c.text(Currency); cur != "" {
		c.currency = cur
	}
	f := &ln.facts
	f.OrderNumber, f.Payment = c.id(OrderNumber), payment(c.text(Payment))
	f.OrderedAt, ln.updated, f.ShipBy = c.date(OrderedAt), c.date(LastUpdated), c.date(ShipBy)
	f.Subtotal, f.Discount, f.Shipping = c.money(OrderSubtotal), c.money(OrderDiscount), c.money(OrderShipping)
	f.Tax, f.Total = c.rounded(OrderTax), c.money(OrderTotal)
	f.Shipment = order.Shipment{Carrier: c.text(Carrier), AWB: c.id(AWB)}
	f.Customer = r.customer(&c)
	ln.platformID, ln.word, ln.fulfilment, ln.cancelled = c.id(PlatformID), c.text(Status), c.text(Fulfilment), c.text(Cancelled)
	ln.shipping, ln.shipOff, ln.wrap, ln.toShip = c.money(LineShipping), c.money(ShipDiscount), c.money(GiftWrap), c.text(ToShip)
	ln.readItem(&c)
	return ln, c.err
}

func (r *reader) customer(c *cells) order.Customer {
	who := order.Customer{ID: c.id(CustomerID), Name: c.text(Name), Email: c.text(Email), Phone: order.NormalisePhone(c.text(Phone)),
		Address: order.Address{Line1: c.text(Address1), Line2: c.text(Address2), City: c.text(City), State: order.NormaliseState(c.text(State)),
			Pincode: order.NormalisePincode(c.text(Pincode)), Country: country(c.text(Country))}}
	if a := &who.Address; *a != (order.Address{}) && !r.has(Country) {
		a.Country = "IN" // every format without a country is of an Indian platform or a shop's own table
	}
	return who
}

func (ln *line) readItem(c *cells) {
	it := order.Item{LineID: c.id(LineID), SKU: c.text(SKU), ProductID: c.id(ProductID), Title: c.text(Title), PlatformStatus: c.text(ItemStatus),
		UnitPrice: c.money(UnitPrice), Discount: c.money(LineDiscount), Tax: c.rounded(LineTax), Total: c.money(LineTotal)}
	if v := c.text(Variant); v != "" && it.Title != "" {
		it.Title += ", " + v
	}
	if ln.hasItem = it.SKU != "" || it.ProductID != "" || it.Title != "" || it.Total.Known() || c.reader.has(Quantity) || c.reader.has(SKU); !ln.hasItem {
		return
	}
	it.Quantity = 1
	if c.reader.has(Quantity) {
		it.Quantity = c.quantity(Quantity)
	}
	if it.PlatformStatus != "" {
		if s, _, _, ok := c.reader.layout.status(it.PlatformStatus); ok {
			it.Status = s
		}
	}
	ln.item = it
	c.fail(ln.addTotals(c.reader.layout.grossLines))
}

// addTotals completes the amounts of a line from each other.
func (ln *line) addTotals(gross bool) (err error) {
	it := &ln.item
	n := int64(it.Quantity)
	off := it.Discount
	off.Minor = -off.Minor
	switch {
	case it.Total.Known() && gross:
		it.Total, err = it.Total.Add(off)
	case !it.Total.Known() && it.UnitPrice.Known():
		if it.Total, err = it.UnitPrice.Times(n); err == nil {
			it.Total, err = it.Total.Add(off)
		}
	}
	if err == nil && it.Total.Known() && !it.UnitPrice.Known() && n > 0 {
		if before, bad := it.Total.Add(it.Discount); bad == nil && before.Minor%n == 0 {
			it.UnitPrice = order.Money{Minor: before.Minor / n, Currency: before.Currency}
		}
	}
	return err
}

// cells reads the cells of one row and keeps the first fault.
type cells struct {
	reader   *reader
	rec      record
	currency string
	err      error
}

func (c *cells) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *cells) text(f Field) string { return c.reader.text(c.rec, f) }

func (c *cells) failAt(f Field, err error) {
	if err != nil {
		c.fail(fmt.Errorf("%s: %w", f, err))
	}
}

func (c *cells) id(f Field) string {
	s, err := cleanID(c.text(f))
	c.failAt(f, err)
	return s
}

func (c *cells) money(f Field) order.Money {
	s := c.text(f)
	if s == "" {
		return order.Money{}
	}
	m, err := money(s, c.currency)
	c.failAt(f, err)
	return m
}

func (c *cells) rounded(f Field) order.Money {
	s := c.text(f)
	if s == "" {
		return order.Money{}
	}
	m, err := roundedMoney(s, c.currency)
	c.failAt(f, err)
	return m
}

func (c *cells) quantity(f Field) int {
	n, err := quantity(c.text(f))
	c.failAt(f, err)
	return n
}

func (c *cells) date(f Field) time.Time {
	text := c.text(f)
	if absent(text) {
		return time.Time{}
	}
	t, err := parseDate(text, c.reader.orders[f].monthFirst(c.reader.layout.monthFirst), c.reader.loc)
	if err != nil {
		c.failAt(f, fmt.Errorf("%q is not a date", text))
	}
	return t
}
