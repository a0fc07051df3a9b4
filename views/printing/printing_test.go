package printing

import (
	"flag"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/invoice"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/viewtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func company() invoice.Company {
	return invoice.Company{Name: "Palmonas Jewellery", GSTIN: "27AAPFU0939F1ZV", Prefix: "PLM", HSN: invoice.HSNPlated, Rate: invoice.RateJewellery, Phone: "+912066000000",
		Email: "care@example.com", Terms: "Exchange within 15 days.\nSubject to Pune jurisdiction.",
		Address: order.Address{Line1: "Office 4, Lane 7", Line2: "Koregaon Park", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"},
		Rules:   []invoice.Rule{{SKU: "PLM-NK", HSN: invoice.HSNPrecious, Rate: 300}}}
}

func sheet(title string) Sheet {
	return Sheet{Clock: views.SampleClock(), Title: title, Assets: "/static/0123456789ab", Back: "/orders/1", Seller: company()}
}

func bought(change func(*order.Order)) order.Order {
	o := views.SampleOrder().Order
	if change != nil {
		change(&o)
	}
	return o
}

func billed(t testing.TB, change func(*order.Order)) InvoiceView {
	t.Helper()
	o := bought(change)
	inv, err := invoice.Make(o, company())
	if err != nil {
		t.Fatal(err)
	}
	return InvoiceView{Order: o, Invoice: inv}
}

func everything(t testing.TB) map[string]templ.Component {
	t.Helper()
	issued := billed(t, func(o *order.Order) { o.Facts.Customer.Address.State = "Maharashtra" })
	issued.Number, issued.At = "PLM/26-27/00042", views.SampleClock().Now
	draft := billed(t, nil)
	draft.Issue, draft.Next, draft.CSRF = "/orders/1/invoice", "PLM/26-27/00043", "token"
	hinted, nobody := sheet("Invoice"), sheet("Packing slips")
	hinted.Hints = []Hint{{Text: "The seller is not set up yet.", Href: "/settings/company", Link: "Set it up"}, {Text: "Masked."}}
	nobody.Seller, nobody.Back = invoice.DefaultCompany(), ""
	picks, skipped := order.PickList([]order.Order{bought(nil), bought(func(o *order.Order) { o.ID++; o.Desk.Hold = &order.Hold{} }), bought(func(o *order.Order) { o.ID += 2 })})
	return map[string]templ.Component{
		"Slips": Slips(sheet("Packing slip"), []SlipView{{Order: bought(nil), Channel: "Amazon India"}}),
		"Slips/nobody": Slips(nobody, []SlipView{{Order: bought(func(o *order.Order) {
			o.Facts.Payment, o.Facts.Items[0].Status, o.Facts.Shipment = order.Prepaid, order.Cancelled, order.Shipment{}
		})}, {Order: order.Order{}}}),
		"Picks":           Picks(sheet("Pick list"), PickView{Picks: picks, Skipped: skipped, Orders: 2}),
		"Picks/none":      Picks(sheet("Pick list"), PickView{}),
		"Invoices":        Invoices(sheet("Invoice"), []InvoiceView{issued}),
		"Invoices/draft":  Invoices(hinted, []InvoiceView{draft}),
		"Invoices/faulty": Invoices(hinted, []InvoiceView{{Order: bought(nil), Fault: "an invoice is made in rupees."}}),
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, c := range everything(t) {
		t.Run(name, func(t *testing.T) { viewtest.Golden(t, name, c, *update) })
	}
}

func TestMarkup(t *testing.T) {
	t.Parallel()
	for name, c := range everything(t) {
		for _, fault := range viewtest.Faults(t, viewtest.Render(t, c)) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

// What people and platforms write stays text on paper.
func TestHostileText(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script>`
	o := bought(func(o *order.Order) {
		o.Facts.OrderNumber, o.Facts.Customer.Name, o.Facts.Customer.Address.Line1 = evil, evil, evil
		o.Facts.Items[0].Title, o.Facts.Items[0].SKU, o.Facts.Shipment.AWB = evil, evil, evil
	})
	s := sheet(evil)
	s.Seller.Name, s.Seller.Terms = evil, evil
	inv, err := invoice.Make(o, s.Seller)
	if err != nil {
		t.Fatal(err)
	}
	picks, _ := order.PickList([]order.Order{o})
	for name, c := range map[string]templ.Component{
		"slip": Slips(s, []SlipView{{Order: o, Channel: evil}}), "pick": Picks(s, PickView{Picks: picks}), "invoice": Invoices(s, []InvoiceView{{Order: o, Invoice: inv, Number: evil, At: time.Now()}}),
	} {
		for _, fault := range viewtest.Faults(t, viewtest.Render(t, c)) {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for rate, want := range map[int][2]string{300: {"3%", "1.5%"}, 1800: {"18%", "9%"}, 25: {"0.25%", "0.125%"}, 0: {"0%", "0%"}, 500: {"5%", "2.5%"}, 10000: {"100%", "50%"}} {
		if percent(rate) != want[0] || half(rate) != want[1] {
			t.Errorf("%d: %s and %s", rate, percent(rate), half(rate))
		}
	}
}
