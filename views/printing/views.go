package printing

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/invoice"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// Sheet is what every printed page needs.
type Sheet struct {
	views.Clock
	Title  string
	Assets string
	// Back is where the page was opened from.
	Back   string
	Seller invoice.Company
	// Hints are shown above the paper and not printed.
	Hints []Hint
}

// Hint is a remark to whoever prints, with a way to do something about it.
type Hint struct {
	Text string
	Href string
	Link string
}

// SlipView is one packing slip.
type SlipView struct {
	Order   order.Order // masked already where it must be
	Channel string
}

// PickView is a pick list.
type PickView struct {
	Picks   []order.Pick
	Skipped []order.Order
	Orders  int
}

// InvoiceView is one invoice.
type InvoiceView struct {
	Order order.Order
	invoice.Invoice
	// Number and At are empty until it has been issued.
	Number string
	At     time.Time
	// Issue is where it is issued, empty for those who may not; Next is the
	// number it would get.
	Issue, Next string
	CSRF        string
	// Fault says why there is no invoice.
	Fault string
}

func label(o order.Order) string { return cmp.Or(o.Facts.OrderNumber, o.Ref.PlatformOrderID) }

// lines sets an address as it stands on a parcel.
func lines(a order.Address) []string {
	country := a.Country
	if country == "IN" {
		country = ""
	}
	var out []string
	for _, l := range []string{a.Line1, a.Line2, joined(" ", a.City, a.Pincode), joined(", ", a.State, country)} {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

func joined(sep string, parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, sep)
}

// percent is a rate in hundredths of a percent, such as "1.5%".
func percent(rate int) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(float64(rate)/100, 'f', 3, 64), "0"), ".") + "%"
}

// half is the rate of each of the two taxes of a state.
func half(rate int) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(float64(rate)/200, 'f', 3, 64), "0"), ".") + "%"
}

// amount is an amount without its sign of currency, which heads the column.
func amount(m order.Money) string { return strings.TrimPrefix(views.Money(m), "₹") }

func (v InvoiceView) title() string {
	switch {
	case v.Number == "":
		return "Proforma invoice"
	case v.Seller.GSTIN == "":
		return "Invoice"
	}
	return "Tax invoice"
}

// local is the name of the tax that goes beside CGST.
func (v InvoiceView) local() string {
	if v.Union {
		return "UTGST"
	}
	return "SGST"
}

func (v InvoiceView) supply() string {
	if v.PlaceCode == "" {
		return v.PlaceOfSupply
	}
	return v.PlaceOfSupply + " (" + v.PlaceCode + ")"
}

// hsnSum is the tax of one HSN code and rate.
type hsnSum struct {
	hsn                       string
	rate                      int
	taxable, cgst, sgst, igst order.Money
}

// byHSN sums the lines as returns ask for it.
func (v InvoiceView) byHSN() []hsnSum {
	var out []hsnSum
next:
	for _, l := range v.Lines {
		for i := range out {
			if s := &out[i]; s.hsn == l.HSN && s.rate == l.Rate {
				s.taxable.Minor += l.Taxable.Minor
				s.cgst.Minor += l.CGST.Minor
				s.sgst.Minor += l.SGST.Minor
				s.igst.Minor += l.IGST.Minor
				continue next
			}
		}
		out = append(out, hsnSum{l.HSN, l.Rate, l.Taxable, l.CGST, l.SGST, l.IGST})
	}
	return out
}

func back(s Sheet) templ.SafeURL { return templ.URL(cmp.Or(s.Back, "/orders")) }

func payment(o order.Order) string {
	switch o.Facts.Payment {
	case order.COD:
		return "Collect " + views.Money(o.Facts.Total)
	case order.Prepaid:
		return "Paid"
	}
	return ""
}

// forOrders names the orders that a thing is for.
func forOrders(p order.Pick) string {
	out := make([]string, len(p.For))
	for i, f := range p.For {
		out[i] = label(f.Order)
		if f.Quantity > 1 {
			out[i] += " × " + views.Number(f.Quantity)
		}
	}
	return strings.Join(out, ", ")
}

func labels(orders []order.Order) string {
	out := make([]string, len(orders))
	for i, o := range orders {
		out[i] = label(o)
	}
	return strings.Join(out, ", ")
}

func gone(it order.Item) templ.Attributes {
	if it.Status == order.Cancelled {
		return templ.Attributes{"class": "gone"}
	}
	return nil
}
