package blinkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Types of the documents that Blinkit's vendor EDI posts [seen in public
// integrations].
const (
	POCreation = "PO_CREATION"
	POCancel   = "PO_CANCEL"
)

// isPO reports types of purchase orders, foreseen or not.
func isPO(kind string) bool { return strings.HasPrefix(kind, "PO_") }

// PurchaseOrder is what Blinkit, or Hyperpure for which it speaks too, orders
// from the seller for its own stores. It is no order of a customer: its amounts
// are not revenue of the shop.
type PurchaseOrder struct {
	Type      string // POCreation or POCancel; a cancellation has the number only
	Tenant    string // BLINKIT or HYPERPURE
	Number    string
	OutletID  string
	IssuedAt  time.Time
	ExpiresAt time.Time // zero when it is not said, as DeliverAt
	DeliverAt time.Time
	Buyer     POParty
	Supplier  POParty
	Items     []POItem
	SKUs      int // as stated; zero when not
	Units     int
	Total     order.Money // with tax, as stated
}

// POParty is the buyer or the supplier. Names and phones of people at the
// buyer's are not kept.
type POParty struct {
	ID    string // the vendor's, of the supplier
	Name  string
	GSTIN string
	// Destination is where the buyer wants the goods.
	Destination string
}

// POItem is one line. Prices are of one unit.
type POItem struct {
	ItemID  string
	SKU     string
	UPC     string
	Name    string
	Line    int
	Units   int
	Landing order.Money // with tax
	Basic   order.Money // without
	MRP     order.Money
	UOM     POMeasure
	Tax     []POTax // kinds with a rate other than zero
}

// POMeasure is a unit of measure, such as 1 unit.
type POMeasure struct {
	Unit  string `json:"unit"`
	Value string `json:"value"`
}

// POTax is one kind of tax with its rate, a decimal text in percent.
type POTax struct{ Kind, Percent string }

// Key is the same for every delivery of one document.
func (po PurchaseOrder) Key() string { return po.Tenant + "|" + po.Number + "|" + po.Type }

type wirePO struct {
	Type    text `json:"type"`
	Tenant  text `json:"tenant"`
	Number  text `json:"po_number"`
	Details struct {
		Number    text `json:"po_number"`
		OutletID  text `json:"outlet_id"`
		IssuedAt  text `json:"issue_date"`
		ExpiresAt text `json:"expiry_date"`
		DeliverAt text `json:"delivery_date"`
		Buyer     struct {
			Name        text `json:"name"`
			GSTIN       text `json:"gstin"`
			Destination text `json:"destination_address"`
		} `json:"buyer_details"`
		Supplier struct {
			ID    text `json:"id"`
			Name  text `json:"name"`
			GSTIN text `json:"gstin"`
		} `json:"supplier_details"`
		Items []wirePOItem `json:"item_data"`
		SKUs  int          `json:"total_sku"`
		Units int          `json:"total_qty"`
		Total text         `json:"total_amount"`
	} `json:"details"`
}

type wirePOItem struct {
	ItemID  text `json:"item_id"`
	SKU     text `json:"sku_code"`
	UPC     text `json:"upc"`
	Name    text `json:"name"`
	Line    int  `json:"line_number"`
	Units   int  `json:"units_ordered"`
	Landing text `json:"landing_price"`
	Basic   text `json:"basic_price"`
	MRP     text `json:"mrp"`
	UOM     struct {
		Unit  text `json:"unit"`
		Value text `json:"value"`
	} `json:"uom"`
	Tax struct {
		CGST text `json:"cgst_percentage"`
		SGST text `json:"sgst_percentage"`
		IGST text `json:"igst_percentage"`
		Cess text `json:"cess_percentage"`
	} `json:"tax_details"`
}

// ParsePO reads a purchase order or its cancellation. The error names the fault
// and quotes no more of the document than a number or a date.
func ParsePO(body []byte) (PurchaseOrder, error) {
	var w wirePO
	if err := json.Unmarshal(body, &w); err != nil {
		var shape *json.UnmarshalTypeError
		if errors.As(err, &shape) {
			return PurchaseOrder{}, fmt.Errorf("%s is a %s", shape.Field, shape.Value)
		}
		return PurchaseOrder{}, errors.New("broken JSON")
	}
	d := w.Details
	po := PurchaseOrder{
		Type: strings.ToUpper(clean(string(w.Type))), Tenant: clean(string(w.Tenant)), Number: clean(string(w.Number)),
		OutletID: clean(string(d.OutletID)), SKUs: d.SKUs, Units: d.Units,
		Buyer:    POParty{Name: clean(string(d.Buyer.Name)), GSTIN: clean(string(d.Buyer.GSTIN)), Destination: clean(string(d.Buyer.Destination))},
		Supplier: POParty{ID: clean(string(d.Supplier.ID)), Name: clean(string(d.Supplier.Name)), GSTIN: clean(string(d.Supplier.GSTIN))},
	}
	inner := clean(string(d.Number))
	if po.Number == "" {
		po.Number = inner
	}
	switch {
	case !idPattern.MatchString(po.Number):
		return PurchaseOrder{}, errors.New("no usable po_number")
	case inner != "" && inner != po.Number:
		return PurchaseOrder{}, errors.New("two different values of po_number")
	case len(po.Tenant) > 40:
		return PurchaseOrder{}, errors.New("no usable tenant")
	case po.Type == POCancel:
		return po, nil
	case po.Type != POCreation:
		return PurchaseOrder{}, fmt.Errorf("type %.40q is not known", po.Type)
	case len(d.Items) == 0:
		return PurchaseOrder{}, errors.New("no items")
	case len(d.Items) > order.MaxItems:
		return PurchaseOrder{}, fmt.Errorf("%d items, at most %d", len(d.Items), order.MaxItems)
	}
	return po, po.fill(w)
}

// fill adds times, amounts and items.
func (po *PurchaseOrder) fill(w wirePO) (err error) {
	if po.IssuedAt, err = w.Details.IssuedAt.time(); err != nil {
		return fmt.Errorf("issue_date is %w", err)
	}
	for _, x := range []struct {
		name string
		n    text
		to   *time.Time
	}{{"expiry_date", w.Details.ExpiresAt, &po.ExpiresAt}, {"delivery_date", w.Details.DeliverAt, &po.DeliverAt}} {
		if x.n == "" {
			continue
		}
		if *x.to, err = x.n.time(); err != nil {
			return fmt.Errorf("%s is %w", x.name, err)
		}
	}
	if po.Total, err = w.Details.Total.money(); err != nil {
		return fmt.Errorf("total_amount: %w", err)
	}
	seen := map[string]bool{}
	for i, x := range w.Details.Items {
		it, err := x.item()
		if err == nil && seen[it.ItemID] {
			err = errors.New("item_id is there twice")
		}
		if err != nil {
			return fmt.Errorf("item_data[%d]: %w", i, err)
		}
		seen[it.ItemID] = true
		po.Items = append(po.Items, it)
	}
	return nil
}

func (x wirePOItem) item() (POItem, error) {
	it := POItem{
		ItemID: clean(string(x.ItemID)), SKU: clean(string(x.SKU)), UPC: clean(string(x.UPC)), Name: clean(string(x.Name)),
		Line: x.Line, Units: x.Units, UOM: POMeasure{clean(string(x.UOM.Unit)), clean(string(x.UOM.Value))},
	}
	switch {
	case it.ItemID == "":
		return POItem{}, errors.New("no item_id")
	case it.Units <= 0 || it.Units > 1_000_000:
		return POItem{}, fmt.Errorf("units_ordered %d", it.Units)
	}
	var err error
	for _, c := range []struct {
		name string
		n    text
		to   *order.Money
	}{{"landing_price", x.Landing, &it.Landing}, {"basic_price", x.Basic, &it.Basic}, {"mrp", x.MRP, &it.MRP}} {
		if *c.to, err = c.n.money(); err == nil && (!c.to.Known() || c.to.Minor < 0) {
			err = order.ErrAmount
		}
		if err != nil {
			return POItem{}, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for _, tax := range []POTax{
		{"CGST", string(x.Tax.CGST)}, {"SGST", string(x.Tax.SGST)}, {"IGST", string(x.Tax.IGST)}, {"CESS", string(x.Tax.Cess)},
	} {
		rate, err := percent(tax.Percent)
		if err != nil {
			return POItem{}, fmt.Errorf("tax_details: %s: %w", tax.Kind, err)
		}
		if rate.Sign() > 0 {
			it.Tax = append(it.Tax, tax)
		}
	}
	return it, nil
}
