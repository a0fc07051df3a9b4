package handlers

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// formMinute is a moment as a field of days and times holds it, in the shop's
// zone.
const formMinute = "2006-01-02T15:04"

// readEntry makes an order of what was typed. Its errors are what the form
// alone can know: texts that are no amounts, days or numbers. Lines without
// anything in them are dropped.
func (s *Server) readEntry(v *views.EntryView) (desk.New, order.FieldErrors) {
	v.Rows = filledRows(v.Rows)
	r := entryReader{values: v.Values}
	get := func(name string) string { return strings.TrimSpace(v.Values[name]) }
	n := desk.New{
		Channel: get("channel"), OrderNumber: get("orderNumber"), Status: order.Status(get("status")), Payment: order.PaymentMethod(get("paymentMethod")),
		OrderedAt: r.when("orderedAt", s.Location, formMinute, time.DateOnly), ShipBy: r.when("shipBy", s.Location, time.DateOnly),
		Customer: order.Customer{Name: get("customer.name"), Phone: get("customer.phone"), Email: get("customer.email")},
		Discount: r.money("discount", v.Values["discount"]), Shipping: r.money("shipping", v.Values["shipping"]),
	}
	if !n.ShipBy.IsZero() {
		n.ShipBy = n.ShipBy.AddDate(0, 0, 1).Add(-time.Minute) // the end of that day
	}
	a := order.Address{Line1: get("customer.address.line1"), Line2: get("customer.address.line2"), City: get("customer.address.city"),
		State: get("customer.address.state"), Pincode: get("customer.address.pincode")}
	if a != (order.Address{}) {
		a.Country = "IN"
		n.Customer.Address = a
	}
	for i, row := range v.Rows {
		at := "items." + strconv.Itoa(i) + "."
		n.Items = append(n.Items, order.Item{SKU: row.SKU, Title: row.Title, Quantity: r.count(at+"quantity", row.Quantity),
			UnitPrice: r.money(at+"unitPrice", row.Price), Discount: r.money(at+"discount", row.Discount), Tax: r.money(at+"tax", row.Tax)})
	}
	if len(r.faults) > 0 {
		return n, r.faults
	}
	return n, nil
}

func filledRows(rows []views.EntryRow) []views.EntryRow {
	var out []views.EntryRow
	for _, r := range rows {
		if strings.TrimSpace(r.SKU+r.Title+r.Price+r.Discount+r.Tax) != "" {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		out = append(out, views.EntryRow{Quantity: "1"})
	}
	return out
}

// entryReader collects what cannot be read.
type entryReader struct {
	values map[string]string
	faults order.FieldErrors
}

func (r *entryReader) fault(field, message string) {
	r.faults = append(r.faults, order.FieldError{Field: field, Message: message})
}

func (r *entryReader) when(name string, loc *time.Location, layouts ...string) time.Time {
	text := strings.TrimSpace(r.values[name])
	if text == "" {
		return time.Time{}
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return t
		}
	}
	r.fault(name, "Write it as "+time.Date(2026, 11, 30, 14, 5, 0, 0, time.UTC).Format(layouts[0])+".")
	return time.Time{}
}

// money reads rupees; an empty text is an amount that was not given.
func (r *entryReader) money(name, text string) order.Money {
	m, err := rupees(text)
	switch {
	case errors.Is(err, order.ErrOverflow):
		r.fault(name, "This is too much.")
	case err != nil:
		r.fault(name, "Write an amount, such as 1299 or 1,299.50.")
	}
	return m
}

func rupees(text string) (order.Money, error) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "₹"))
	if text == "" {
		return order.Money{}, nil
	}
	return order.ParseMoney(text, "INR")
}

func (r *entryReader) count(name, text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		r.fault(name, "Write a whole number.")
		return 1 // the fault stands; the rest of the line is checked as well
	}
	return n
}

// entrySums adds up what can be read, so that the form shows what it comes to
// while it is still being filled in.
func entrySums(v views.EntryView) views.EntrySums {
	sums := views.EntrySums{Subtotal: order.INR(0), Discount: order.INR(0)}
	for _, row := range v.Rows {
		price, err := rupees(row.Price)
		n, bad := strconv.Atoi(strings.TrimSpace(row.Quantity))
		if err != nil || bad != nil || !price.Known() {
			sums.Lines = append(sums.Lines, order.Money{})
			continue
		}
		gross, err := price.Times(int64(n))
		if err != nil {
			sums.Lines = append(sums.Lines, order.Money{})
			continue
		}
		off := known(row.Discount)
		sums.Subtotal, sums.Discount, sums.Tax = plus(sums.Subtotal, gross), plus(sums.Discount, off), plus(sums.Tax, known(row.Tax))
		sums.Lines = append(sums.Lines, plus(gross, order.INR(-off.Minor)))
	}
	sums.Discount, sums.Shipping = plus(sums.Discount, known(v.Values["discount"])), known(v.Values["shipping"])
	sums.Total = plus(plus(sums.Subtotal, order.INR(-sums.Discount.Minor)), sums.Shipping)
	return sums
}

// known is an amount that can be read, or none.
func known(text string) order.Money {
	m, err := rupees(text)
	if err != nil {
		return order.Money{}
	}
	return m
}

// plus adds; a sum that does not fit is none, since saving will say so.
func plus(a, b order.Money) order.Money {
	sum, err := a.Add(b)
	if err != nil {
		return order.Money{}
	}
	return sum
}

// entryOf is the form filled in with an order.
func (s *Server) entryOf(o order.Order) views.EntryView {
	f, c := o.Facts, o.Facts.Customer
	label := f.OrderNumber
	if label == "" {
		label = o.Ref.PlatformOrderID
	}
	v := views.EntryView{ID: o.ID, Label: label, Version: o.Version, Values: map[string]string{
		"channel": o.Ref.Channel, "orderNumber": f.OrderNumber, "orderedAt": f.OrderedAt.In(s.Location).Format(formMinute), "paymentMethod": string(f.Payment),
		"customer.name": c.Name, "customer.phone": c.Phone, "customer.email": c.Email, "customer.address.line1": c.Address.Line1,
		"customer.address.line2": c.Address.Line2, "customer.address.city": c.Address.City, "customer.address.state": c.Address.State,
		"customer.address.pincode": c.Address.Pincode, "shipping": decimal(f.Shipping),
	}}
	if !f.ShipBy.IsZero() {
		v.Values["shipBy"] = f.ShipBy.In(s.Location).Format(time.DateOnly)
	}
	off := f.Discount
	for _, it := range f.Items {
		v.Rows = append(v.Rows, views.EntryRow{SKU: it.SKU, Title: it.Title, Quantity: strconv.Itoa(it.Quantity), Price: decimal(it.UnitPrice),
			Discount: decimal(it.Discount), Tax: decimal(it.Tax)})
		off.Minor -= it.Discount.Minor
	}
	if off.Minor > 0 { // what the lines do not explain is on the order as a whole
		v.Values["discount"] = decimal(off)
	}
	return v
}

// decimal is an amount as a form holds it; none where there is none.
func decimal(m order.Money) string {
	if !m.Known() {
		return ""
	}
	return m.Decimal()
}
