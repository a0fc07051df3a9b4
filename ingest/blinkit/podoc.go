package blinkit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// A purchase order is kept as an order of kind order.Purchase. Blinkit offers
// no way to read one again, so everything that a shipping notice needs stays in
// the facts: the line id is the item id, the product id the UPC, the price
// before discount the MRP, what is paid the landing price, and the line's word
// is its taxes.

// The words of a purchase order. Blinkit names the documents; how far it is
// follows from what was sent and accepted.
const (
	wordPOSent      = POCreation
	wordPOAccepted  = "PO_ACCEPTED"
	wordPORejected  = "PO_REJECTED"
	wordPONoticed   = "ASN_ACCEPTED"
	wordPOCancelled = POCancel
)

// poPrefix begins the ids of purchase orders; no order id of the relay can.
const poPrefix = "PO:"

// poID is the id under which the desk keeps a purchase order: Hyperpure counts
// by itself.
func (po PurchaseOrder) poID() string { return poPrefix + po.Tenant + ":" + po.Number }

func isPOID(id string) bool { return strings.HasPrefix(id, poPrefix) }

// poNumber is the number in an id.
func poNumber(id string) string { return id[strings.LastIndexByte(id, ':')+1:] }

// report is the purchase order as the desk keeps it. The seller owes the goods
// at the buyer's door by the delivery date; that is its ship-by time.
func (po PurchaseOrder) report(channelID string) (order.Report, error) {
	r := order.Report{
		Ref:  order.Ref{Channel: channelID, PlatformOrderID: po.poID()},
		Kind: order.Purchase, Platform: order.Blinkit, Status: order.Pending, Source: order.FromWebhook, At: po.IssuedAt, Version: 1,
		Facts: order.Facts{
			OrderNumber: po.Number, OrderedAt: po.IssuedAt, PlatformStatus: wordPOSent, SubStatus: strings.ToLower(po.Tenant), ShipBy: po.DeliverAt,
			Customer: order.Customer{ID: po.Buyer.GSTIN, Name: po.Buyer.Name, Address: order.Address{Line1: po.Buyer.Destination, Country: "IN"}},
		},
	}
	f := &r.Facts
	zero := order.INR(0)
	f.Subtotal, f.Discount, f.Tax, f.Total = zero, zero, zero, zero
	for _, it := range po.Items {
		line, err := it.line()
		if err != nil {
			return order.Report{}, fmt.Errorf("item %s: %w", it.ItemID, err)
		}
		gross, gerr := line.UnitPrice.Times(int64(it.Units))
		err = errors.Join(gerr, addTo(&f.Subtotal, gross), addTo(&f.Discount, line.Discount), addTo(&f.Tax, line.Tax), addTo(&f.Total, line.Total))
		if err != nil {
			return order.Report{}, err
		}
		f.Items = append(f.Items, line)
	}
	if po.Total.Known() && !near(po.Total.Minor, f.Total.Minor) {
		f.Flags = []order.Flag{order.NeedsAttention} // what is asked for and what is to be paid differ
	}
	return r, r.Validate()
}

func addTo(sum *order.Money, m order.Money) (err error) {
	*sum, err = sum.Add(m)
	return err
}

func (it POItem) line() (order.Item, error) {
	var taxes []string
	for _, t := range it.Tax {
		taxes = append(taxes, t.Kind+" "+t.Percent)
	}
	units := int64(it.Units)
	total, err1 := it.Landing.Times(units)
	tax, err2 := order.INR(it.Landing.Minor - it.Basic.Minor).Times(units)
	list := max(it.MRP.Minor, it.Landing.Minor)
	discount, err3 := order.INR(list - it.Landing.Minor).Times(units)
	return order.Item{
		LineID: it.ItemID, SKU: it.SKU, ProductID: it.UPC, Title: it.Name, Quantity: it.Units, UnitPrice: order.INR(list),
		Discount: discount, Tax: tax, Total: total, PlatformStatus: strings.Join(taxes, ", "),
	}, errors.Join(err1, err2, err3)
}

// purchaseOrder is the document that an order was made of, as far as a shipping
// notice needs it.
func purchaseOrder(o order.Order, supplierGSTIN string) PurchaseOrder {
	po := PurchaseOrder{
		Type: POCreation, Number: poNumber(o.Ref.PlatformOrderID), IssuedAt: o.Facts.OrderedAt, DeliverAt: o.Facts.ShipBy,
		Buyer: POParty{GSTIN: o.Facts.Customer.ID}, Supplier: POParty{GSTIN: supplierGSTIN},
	}
	for _, line := range o.Facts.Items {
		units := int64(max(line.Quantity, 1))
		it := POItem{
			ItemID: line.LineID, SKU: line.SKU, UPC: line.ProductID, Name: line.Title, Units: line.Quantity, MRP: line.UnitPrice,
			Landing: order.INR(line.Total.Minor / units), Basic: order.INR((line.Total.Minor - line.Tax.Minor) / units), UOM: POMeasure{"unit", "1"},
		}
		for text := range strings.SplitSeq(line.PlatformStatus, ", ") {
			if kind, rate, ok := strings.Cut(text, " "); ok {
				it.Tax = append(it.Tax, POTax{kind, rate})
			}
		}
		po.Items = append(po.Items, it)
	}
	return po
}

var (
	invoiceNote = regexp.MustCompile(`(?i)\binvoice\b(?:\s*(?:no\.?|number|#|:))*\s*([A-Z0-9][A-Z0-9/_-]{0,39})`)
	ewayNote    = regexp.MustCompile(`(?i)\be-?way\b(?:\s*(?:bill|no\.?|number|#|:))*\s*([0-9]{12})\b`)
	courierNote = regexp.MustCompile(`(?i)\bcourier\b\s*:?\s*([^,;\n]{1,60}?)\s*[,;]?\s*\bAWB\b\s*:?\s*([A-Z0-9-]{4,40})`)
)

// consignmentOf is what is sent for a purchase order: all of it. Invoice, e-way
// bill and courier stand in the newest note that has them, since the desk keeps
// no invoices.
func (p *Platform) consignmentOf(o order.Order, wish order.Wish) (Consignment, error) {
	texts := notesOf(o)
	c := Consignment{InvoicedOn: wish.At, DeliverOn: o.Facts.ShipBy}
	if found := firstMatch(texts, invoiceNote); found != nil {
		c.Invoice = found[1]
	}
	switch {
	case p.set.gstin == "" || p.set.hsn == "":
		return Consignment{}, errors.New("the shipping notice needs your GSTIN and the HSN code of the goods: enter both in the channel's settings and try again")
	case c.Invoice == "":
		return Consignment{}, errors.New("the shipping notice needs the invoice number: add a note such as “invoice PLM/26/0012, courier Delhivery AWB 1490001” and try again")
	}
	if found := firstMatch(texts, ewayNote); found != nil {
		c.EWayBill = found[1]
	}
	if found := firstMatch(texts, courierNote); found != nil {
		c.Courier, c.TrackingAWB = strings.TrimSpace(found[1]), found[2]
	}
	if c.DeliverOn.Before(c.InvoicedOn) {
		c.DeliverOn = c.InvoicedOn.AddDate(0, 0, 1)
	}
	for _, it := range o.Facts.Items {
		c.Parcels = append(c.Parcels, ConsignmentItem{ItemID: it.LineID, Units: it.Quantity, HSN: p.set.hsn})
	}
	return c, nil
}

// notesOf are the notes that people wrote, the newest first.
func notesOf(o order.Order) []string {
	all := slices.Clone(o.Desk.Notes)
	for _, e := range o.History {
		if e.Source == order.FromUser && e.Note != "" {
			all = append(all, order.Note{Text: e.Note, At: e.At})
		}
	}
	slices.SortStableFunc(all, func(a, b order.Note) int { return b.At.Compare(a.At) })
	var texts []string
	for _, n := range all {
		texts = append(texts, n.Text)
	}
	return texts
}

func firstMatch(texts []string, pattern *regexp.Regexp) []string {
	for _, t := range texts {
		if found := pattern.FindStringSubmatch(t); found != nil {
			return found
		}
	}
	return nil
}

// told is what an accepted wish amounts to: Blinkit reports nothing more of a
// purchase order.
func told(o order.Order, wish order.Wish, at time.Time) (order.Report, bool) {
	word := map[order.Status]string{order.Confirmed: wordPOAccepted, order.Cancelled: wordPORejected, order.Shipped: wordPONoticed}[wish.Status]
	if !isPOID(o.Ref.PlatformOrderID) || word == "" {
		return order.Report{}, false
	}
	if at.Before(wish.At) {
		at = wish.At
	}
	return order.Report{
		Ref: o.Ref, Kind: order.Purchase, Platform: o.Platform, Status: wish.Status, Source: order.FromPlatform, At: at, Version: 1,
		Facts: order.Facts{OrderNumber: o.Facts.OrderNumber, OrderedAt: o.Facts.OrderedAt, PlatformStatus: word, SubStatus: o.Facts.SubStatus},
	}, true
}

// Told implements ingest.Teller.
func (p *Platform) Told(o order.Order, wish order.Wish) (order.Report, bool) {
	return told(o, wish, p.now())
}

var _ ingest.Teller = (*Platform)(nil)
