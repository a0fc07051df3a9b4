package insight

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// realReport is the sale report of a quarter of a real seller on Amazon.in, published
// without buyers.
const realReport = "data/amazon-in/amazon_sale_report_full.csv.gz"

// shared opens a file of the shared data beside the repository, or skips.
func shared(t testing.TB, name string) *os.File {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	f, err := os.Open(filepath.Join(filepath.Dir(here), "..", "..", "shared", filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("the shared data is not here: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// plainCount is orders, pieces and paise of a group; Net leaves out what was
// cancelled or came back.
type plainCount struct {
	Orders, Units int
	Gross, Net    int64
}

// plainOrder is one order as the plain rows tell it.
type plainOrder struct {
	month, state, status string
	units                int
	paise                int64
	categories           map[string]plainCount
}

// plainStatus is what the status words of the report mean, written down anew
// from their meaning and not from the importer's table.
func plainStatus(word string) string {
	switch {
	case word == "Cancelled":
		return "cancelled"
	case word == "Pending":
		return "pending"
	case strings.HasSuffix(word, "Waiting for Pick Up"), word == "Shipping":
		return "processing"
	case strings.HasSuffix(word, "Delivered to Buyer"):
		return "delivered"
	case strings.HasSuffix(word, "Returned to Seller"), strings.HasSuffix(word, "Returning to Seller"), strings.HasSuffix(word, "Rejected by Buyer"):
		return "returned"
	case strings.HasSuffix(word, "Out for Delivery"):
		return "out_for_delivery"
	case strings.HasPrefix(word, "Shipped"):
		return "shipped"
	}
	return "unknown: " + word
}

// plainOrders reads the file with nothing but encoding/csv.
func plainOrders(t *testing.T) map[string]*plainOrder {
	t.Helper()
	zip, err := gzip.NewReader(shared(t, realReport))
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(zip).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range all[0] {
		at[strings.TrimSpace(name)] = i
	}
	orders := map[string]*plainOrder{}
	for _, row := range all[1:] {
		cell := func(name string) string { return strings.TrimSpace(row[at[name]]) }
		o := orders[cell("Order ID")]
		if o == nil {
			o = &plainOrder{month: cell("Date")[:2], status: plainStatus(cell("Status")), state: order.NormaliseState(cell("ship-state")), categories: map[string]plainCount{}}
			orders[cell("Order ID")] = o
		}
		units, err := strconv.Atoi(cell("Qty"))
		if err != nil {
			t.Fatal(err)
		}
		paise := int64(0)
		if cell("Amount") != "" {
			rat, ok := new(big.Rat).SetString(cell("Amount"))
			if !ok || !rat.Mul(rat, big.NewRat(100, 1)).IsInt() {
				t.Fatalf("amount %q", cell("Amount"))
			}
			paise = rat.Num().Int64()
		}
		o.units += units
		o.paise += paise
		c := o.categories[cell("Category")]
		o.categories[cell("Category")] = plainCount{Orders: 1, Units: c.Units + units, Gross: c.Gross + paise}
	}
	return orders
}

func plus(into map[string]plainCount, key string, c plainCount) {
	x := into[key]
	into[key] = plainCount{x.Orders + c.Orders, x.Units + c.Units, x.Gross + c.Gross, x.Net + c.Net}
}

// TestRealReportEqualsARecount imports the whole report and compares what the
// pages say with sums over the plain rows: to the paisa, per month, state,
// status and category.
func TestRealReportEqualsARecount(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("imports 129,000 rows")
	}
	plain := plainOrders(t)
	want := map[string]map[string]plainCount{"month": {}, "state": {}, "status": {}, "category": {}}
	earns := func(status string) bool { return status != "cancelled" && status != "returned" }
	for _, o := range plain {
		c := plainCount{Orders: 1, Units: o.units, Gross: o.paise}
		if earns(o.status) {
			c.Net = o.paise
		}
		plus(want["month"], o.month, c)
		plus(want["state"], o.state, c)
		plus(want["status"], o.status, c)
		for name, x := range o.categories {
			x.Orders = 0 // figures do not tell orders by category
			if earns(o.status) {
				x.Net = x.Gross
			}
			if name == "Watch" {
				name = "Watches"
			}
			plus(want["category"], name, x)
		}
	}
	r := imported(t)
	f, err := r.Filter(t.Context(), map[string][]string{"from": {"2022-03-01"}, "to": {"2022-07-31"}, "by": {"month"}, "compare": {"none"}})
	if err != nil {
		t.Fatal(err)
	}
	revenue, err := r.Revenue(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]plainCount{"month": {}, "state": {}, "status": {}, "category": {}}
	of := func(x report.Totals) plainCount { return plainCount{x.Orders, x.Units, x.Gross.Minor, x.Net.Minor} }
	for _, m := range revenue.Timeline {
		if m.Orders == 0 {
			continue
		}
		got["month"][m.From.Format("01")] = of(m.Totals)
	}
	for _, s := range revenue.States {
		got["state"][s.Name] = of(s.Totals)
	}
	dashboard, err := r.Dashboard(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range dashboard.Statuses {
		c := plainCount{Orders: s.Orders, Units: s.Units, Gross: s.Gross.Minor}
		if earns(string(s.Status)) {
			c.Net = c.Gross
		}
		got["status"][string(s.Status)] = c
	}
	products, err := r.Products(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range products.Categories {
		got["category"][c.Category] = plainCount{Units: c.Units, Gross: c.Gross.Minor, Net: c.Net.Minor}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the figures differ from a plain recount (-recount +figures):\n%s", diff)
	}
	r.crossed(t, f, plain)
	if n := revenue.Totals.Orders; n != 120229 {
		t.Errorf("%d orders, the file has 120229", n)
	}
}

// crossed compares a built report by month and status, once from the figures and
// once, with a query that every order fits, from the orders of one state.
func (r Reader) crossed(t *testing.T, f report.Filter, plain map[string]*plainOrder) {
	t.Helper()
	for _, state := range []string{"", "Kerala"} {
		b := report.Build{Filter: f, Amount: "net", Rows: report.PerMonth, Columns: report.PerStatus}
		want, got := map[string]plainCount{}, map[string]plainCount{}
		for _, o := range plain {
			if state == "" || o.state == state {
				plus(want, "2022-"+o.month+"/"+o.status, plainCount{Orders: 1, Units: o.units, Gross: o.paise})
			}
		}
		if state != "" {
			b.Q = "state:" + state
		}
		where, err := r.Where(b)
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Build(t.Context(), b, where)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range p.Rows {
			for k, column := range p.Columns {
				if c := p.Cells[i][k]; c.Orders > 0 {
					got[row.Value+"/"+column.Value] = plainCount{Orders: c.Orders, Units: c.Units, Gross: c.Gross.Minor}
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("month by status, %q (-recount +report):\n%s", state, diff)
		}
	}
}

// imported is a store that holds the real report, with its figures counted.
func imported(t *testing.T) Reader {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "palmonas.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Channels().Create(t.Context(), channel.Channel{ID: "amazon-in", Platform: order.Amazon, Adapter: channel.Manual, Name: "Amazon", Enabled: true}); err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(shared(t, realReport))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)
	o := orderfile.Options{Channel: "amazon-in", Platform: order.Amazon, Location: zone, ImportedAt: now}
	_, err = orderfile.Import(t.Context(), zip, o, func(ctx context.Context, reports []order.Report, at time.Time) ([]orderfile.Result, error) {
		done, err := s.Orders().Absorb(ctx, reports, at)
		out := make([]orderfile.Result, len(done))
		for i, d := range done {
			out[i] = orderfile.Result{Outcome: d.Outcome, Err: d.Err}
		}
		return out, err
	}, func(r orderfile.Reject) error { t.Errorf("line %d was rejected: %s", r.Line, r.Reason); return nil })
	if err != nil {
		t.Fatal(err)
	}
	recount(t, s)
	return Reader{Store: s, Figures: s.Figures(), Now: func() time.Time { return now }, Zone: zone}
}

func recount(t testing.TB, s store.Store) {
	t.Helper()
	for {
		n, err := s.Figures().Recount(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}
