package blinkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Consignment is what the seller sends for a purchase order.
type Consignment struct {
	Invoice     string
	InvoicedOn  time.Time // its day in India
	DeliverOn   time.Time
	EWayBill    string
	Courier     string // empty: the seller's own vehicle
	TrackingAWB string // with a courier only
	Parcels     []ConsignmentItem
}

// ConsignmentItem is how much of one item of the purchase order is sent.
type ConsignmentItem struct {
	ItemID    string
	Units     int
	Batch     string
	HSN       string
	ExpiresOn time.Time // zero: does not expire
}

// ASN is the advance shipping notice for a consignment. Blinkit wants the
// numbers of its head as texts. The members of tax_distribution are not
// confirmed by any public source.
type ASN struct {
	Number     string    `json:"po_number"`
	Invoice    string    `json:"invoice_number"`
	InvoicedOn string    `json:"invoice_date"`
	DeliverOn  string    `json:"delivery_date"`
	Taxes      []asnTax  `json:"tax_distribution"`
	Basic      string    `json:"basic_price"`
	Landing    string    `json:"landing_price"`
	Quantity   string    `json:"quantity"`
	ItemCount  string    `json:"item_count"`
	Supplier   asnParty  `json:"supplier_details"`
	Buyer      asnParty  `json:"buyer_details"`
	Shipment   asnParcel `json:"shipment_details"`
	Items      []asnItem `json:"items"`
}

type asnTax struct {
	Kind    string      `json:"gst_type"`
	Percent json.Number `json:"gst_percentage"`
	Total   string      `json:"gst_total"`
}

type asnParty struct {
	GSTIN string `json:"gstin"`
}

type asnParcel struct {
	EWayBill string `json:"e_way_bill_number"`
	Type     string `json:"delivery_type"`
	Partner  string `json:"delivery_partner"`
	Tracking string `json:"delivery_tracking_code"`
}

type asnItem struct {
	ItemID    string      `json:"item_id"`
	Batch     string      `json:"batch_number"`
	UPC       string      `json:"upc"`
	Quantity  int         `json:"quantity"`
	MRP       json.Number `json:"mrp"`
	HSN       string      `json:"hsn_code"`
	Taxes     []asnTax    `json:"tax_distribution"`
	Basic     string      `json:"unit_basic_price"`
	Landing   string      `json:"unit_landing_price"`
	ExpiresOn string      `json:"expiry_date"`
	UOM       POMeasure   `json:"uom"`
}

// BuildASN writes the notice for a consignment of a purchase order. It refuses
// what Blinkit would: items that were not ordered, more than was ordered, a
// courier without a tracking number. All faults are reported together.
func BuildASN(po PurchaseOrder, c Consignment) (ASN, error) {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	if po.Type != POCreation {
		fault("purchase order %s is not open", po.Number)
	}
	if strings.TrimSpace(c.Invoice) == "" {
		fault("the invoice number is missing")
	}
	if c.InvoicedOn.IsZero() || c.DeliverOn.IsZero() {
		fault("the invoice date or the delivery date is missing")
	} else if c.DeliverOn.Before(c.InvoicedOn) {
		fault("the delivery date is before the invoice date")
	}
	if (c.Courier == "") != (c.TrackingAWB == "") {
		fault("a courier needs a tracking number, and a tracking number a courier")
	}
	if len(c.Parcels) == 0 {
		fault("nothing is sent")
	}
	a := ASN{
		Number: po.Number, Invoice: c.Invoice, InvoicedOn: day(c.InvoicedOn), DeliverOn: day(c.DeliverOn),
		Supplier: asnParty{po.Supplier.GSTIN}, Buyer: asnParty{po.Buyer.GSTIN},
		Shipment: asnParcel{EWayBill: c.EWayBill, Type: "SELF", Partner: c.Courier, Tracking: c.TrackingAWB},
	}
	if c.Courier != "" {
		a.Shipment.Type = "COURIER"
	}
	if err := a.fill(po, c.Parcels); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return ASN{}, fmt.Errorf("blinkit: shipping notice: %w", errors.Join(faults...))
	}
	return a, nil
}

// fill adds the items, sums and taxes.
func (a *ASN) fill(po PurchaseOrder, parcels []ConsignmentItem) error {
	var faults []error
	var basic, landing order.Money
	units, sent := 0, map[string]int{}
	taxes := taxSums{}
	for _, x := range parcels {
		i := slices.IndexFunc(po.Items, func(it POItem) bool { return it.ItemID == x.ItemID })
		if i < 0 {
			faults = append(faults, fmt.Errorf("item %s was not ordered", x.ItemID))
			continue
		}
		it := po.Items[i]
		sent[x.ItemID] += x.Units
		if x.Units <= 0 || sent[x.ItemID] > it.Units {
			faults = append(faults, fmt.Errorf("item %s: %d units of %d ordered", x.ItemID, sent[x.ItemID], it.Units))
			continue
		}
		lineBasic, err1 := it.Basic.Times(int64(x.Units))
		lineLanding, err2 := it.Landing.Times(int64(x.Units))
		var err3, err4 error
		basic, err3 = basic.Add(lineBasic)
		landing, err4 = landing.Add(lineLanding)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			faults = append(faults, fmt.Errorf("item %s: %w", x.ItemID, err))
			continue
		}
		own := taxSums{}
		for _, t := range it.Tax {
			own.add(t, lineBasic)
			taxes.add(t, lineBasic)
		}
		units += x.Units
		a.Items = append(a.Items, asnItem{
			ItemID: it.ItemID, Batch: x.Batch, UPC: it.UPC, Quantity: x.Units, MRP: json.Number(it.MRP.Decimal()), HSN: x.HSN,
			Taxes: own.list(), Basic: it.Basic.Decimal(), Landing: it.Landing.Decimal(), ExpiresOn: day(x.ExpiresOn), UOM: it.UOM,
		})
	}
	a.Taxes, a.Basic, a.Landing = taxes.list(), basic.Decimal(), landing.Decimal()
	a.Quantity, a.ItemCount = strconv.Itoa(units), strconv.Itoa(len(sent))
	return errors.Join(faults...)
}

// taxSums are exact sums by kind and rate, in percents of rupees.
type taxSums map[POTax]*big.Rat

func (s taxSums) add(t POTax, of order.Money) {
	rate, err := percent(t.Percent)
	if err != nil {
		return // ParsePO has refused it
	}
	t.Percent = rate.FloatString(4)
	if s[t] == nil {
		s[t] = new(big.Rat)
	}
	s[t].Add(s[t], rate.Mul(rate, big.NewRat(of.Minor, 100)))
}

// list rounds each sum to the paisa, halves up.
func (s taxSums) list() []asnTax {
	list := []asnTax{}
	for t, sum := range s {
		rupees := new(big.Rat).Quo(sum, big.NewRat(100, 1))
		list = append(list, asnTax{Kind: t.Kind, Percent: json.Number(trimZeros(t.Percent)), Total: rupees.FloatString(2)})
	}
	slices.SortFunc(list, func(a, b asnTax) int { return strings.Compare(a.Kind+string(a.Percent), b.Kind+string(b.Percent)) })
	return list
}

func trimZeros(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }

// percent reads a rate such as 1.5; none is zero.
func percent(s string) (*big.Rat, error) {
	if s == "" {
		return new(big.Rat), nil
	}
	r, ok := new(big.Rat), len(s) <= 10 && strings.Trim(s, "0123456789.") == ""
	if ok {
		r, ok = r.SetString(s)
	}
	if !ok || r.Cmp(big.NewRat(100, 1)) > 0 {
		return nil, fmt.Errorf("%.20q is not a rate in percent", s)
	}
	return r, nil
}

// day is a date in India; none is empty.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)[:len(time.DateOnly)]
}

// ASNAnswer is what Blinkit says to a notice.
type ASNAnswer struct {
	ID      string
	Partial bool // only some items were accepted
	Notes   []string
}

// ReadASNAnswer reads the answer to a notice. Its HTTP status says nothing: a
// refused notice is answered 200 too, and comes back as *ingest.RefusedError.
func ReadASNAnswer(body []byte) (ASNAnswer, error) {
	var w struct {
		ID       text      `json:"asn_id"`
		Status   text      `json:"asn_sync_status"`
		Errors   []asnNote `json:"errors"`
		Warnings []asnNote `json:"warnings"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return ASNAnswer{}, fmt.Errorf("%w: its answer to the shipping notice is not readable", ingest.ErrTemporary)
	}
	a := ASNAnswer{ID: clean(string(w.ID))}
	for _, n := range slices.Concat(w.Errors, w.Warnings) {
		a.Notes = append(a.Notes, shorten(clean(string(n.Code)+" "+string(n.Message))))
	}
	switch strings.ToUpper(string(w.Status)) {
	case "ACCEPTED":
		return a, nil
	case "PARTIALLY_ACCEPTED":
		a.Partial = true
		return a, nil
	case "REJECTED":
		return a, &ingest.RefusedError{Reason: "shipping notice: " + strings.Join(a.Notes, "; ")}
	}
	return ASNAnswer{}, fmt.Errorf("%w: its answer to the shipping notice holds no verdict", ingest.ErrTemporary)
}

type asnNote struct {
	Code    text `json:"code"`
	Message text `json:"message"`
}
