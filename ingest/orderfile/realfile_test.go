package orderfile

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
)

// shared opens a file of the shared data beside the repository, or skips.
func shared(tb testing.TB, name string) *os.File {
	tb.Helper()
	_, here, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(here), "..", "..", "..", "shared", filepath.FromSlash(name))
	f, err := os.Open(path)
	if err != nil {
		tb.Skipf("the shared data is not here: %v", err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

func ist(tb testing.TB) *time.Location {
	tb.Helper()
	loc, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

// plain is a CSV read plainly: the recount shares no code with the package.
type plain struct {
	column map[string]int
	rows   [][]string
}

func (p plain) cell(row []string, name string) string { return row[p.column[name]] }

func rows(t *testing.T, name string) plain {
	t.Helper()
	zip, err := gzip.NewReader(shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(zip).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	p := plain{column: map[string]int{}, rows: all[1:]}
	for i, h := range all[0] {
		p.column[strings.TrimSpace(h)] = i
	}
	return p
}

// count is a figure of a recount: orders, rows, pieces and paise.
type count struct {
	Orders, Rows, Units int
	Paise               int64
}

type counts map[string]count

func (c counts) add(key string, orders, rows, units int, paise int64) {
	x := c[key]
	c[key] = count{x.Orders + orders, x.Rows + rows, x.Units + units, x.Paise + paise}
}

// recount figures per status word and per month from the plain rows.
func recount(t *testing.T, data plain) counts {
	t.Helper()
	got, seen := counts{}, map[string]bool{}
	for _, row := range data.rows {
		r := func(name string) string { return data.cell(row, name) }
		id, first := r("Order ID"), 0
		if !seen[id] {
			seen[id], first = true, 1
		}
		paise := int64(0)
		if r("Amount") != "" {
			rat, ok := new(big.Rat).SetString(r("Amount"))
			if !ok {
				t.Fatalf("amount %q", r("Amount"))
			}
			rat.Mul(rat, big.NewRat(100, 1))
			if !rat.IsInt() {
				t.Fatalf("amount %q", r("Amount"))
			}
			paise = rat.Num().Int64()
		}
		units := 0
		for _, d := range r("Qty") {
			units = units*10 + int(d-'0')
		}
		month := "month " + r("Date")[:2]
		for _, key := range []string{"word " + r("Status"), month, "all"} {
			got.add(key, first, 1, units, paise)
		}
	}
	return got
}

// importCounts figures the same from the reports.
func importCounts(t *testing.T, name string) (counts, Summary, map[string]order.Report) {
	t.Helper()
	got, reports := counts{}, map[string]order.Report{}
	o := Options{Channel: "amazon-in", Platform: order.Amazon, Location: ist(t), ImportedAt: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	sum, err := Read(context.Background(), shared(t, name), o, func(batch []order.Report) error {
		for _, r := range batch {
			if reports[r.Ref.PlatformOrderID].Ref != (order.Ref{}) {
				t.Errorf("%s is handed on twice", r.Ref.PlatformOrderID)
			}
			reports[r.Ref.PlatformOrderID] = r
			for _, key := range []string{"word " + r.Facts.PlatformStatus, "month " + r.Facts.OrderedAt.In(o.Location).Format("01"), "all"} {
				got.add(key, 1, len(r.Facts.Items), r.Facts.Units(), r.Facts.Total.Minor)
			}
			if r.Status == "" {
				t.Errorf("the word %q has no status", r.Facts.PlatformStatus)
			}
		}
		return nil
	}, func(r Reject) error {
		t.Errorf("line %d was rejected: %s", r.Line, r.Reason)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, sum, reports
}

func TestRealSaleReports(t *testing.T) {
	t.Parallel()
	full := map[string]order.Report{}
	for _, want := range []struct {
		name         string
		rows, orders int
	}{
		{"full", 128976, 120229},
		{"with_sku", 5733, 5390},
		{"mixed_date_separators", 16355, 15273},
	} {
		name := "data/amazon-in/amazon_sale_report_" + want.name + ".csv.gz"
		got, sum, reports := importCounts(t, name)
		if sum.Format != AmazonSale || sum.Rows != want.rows || sum.Orders != want.orders || sum.Rejected != 0 || !sum.MonthFirst {
			t.Errorf("%+v", sum)
		}
		if diff := cmp.Diff(recount(t, rows(t, name)), got); diff != "" {
			t.Errorf("%s: a plain recount differs (-recount +import)\n%s", want.name, diff)
		}
		if want.name == "full" {
			full = reports
			checkOddRows(t, full)
			continue
		}
		checkAgree(t, want.name, full, reports)
	}
}

// checkAgree: the variants of one report give the same orders the same status
// and time.
func checkAgree(t *testing.T, name string, full, part map[string]order.Report) {
	t.Helper()
	same, other := 0, 0
	for id, b := range part {
		a, ok := full[id]
		switch {
		case !ok:
		case a.Status == b.Status && a.At.Equal(b.At) && a.Facts.SubStatus == b.Facts.SubStatus:
			same++
		default:
			other++
		}
	}
	if same < 5000 || other > 0 {
		t.Errorf("%s: %d orders agree, %d differ", name, same, other)
	}
}

func checkOddRows(t *testing.T, full map[string]order.Report) {
	t.Helper()
	other := full["S02-5278980-4327051"]
	if other.Status == "" || other.Facts.Total.Known() || len(other.Facts.Items) == 0 {
		t.Errorf("an order of another sales channel: %+v", other)
	}
	unknown, noAddress := 0, 0
	for _, r := range full {
		if !r.Facts.Total.Known() {
			unknown++
		}
		if r.Facts.Customer.Address == (order.Address{}) {
			noAddress++
		}
		if s := r.Facts.Customer.Address.State; s != "" && !slices.Contains(order.StatesOfIndia(), s) {
			t.Errorf("state %q", s)
		}
	}
	if unknown == 0 || noAddress == 0 {
		t.Errorf("%d orders without an amount, %d without an address", unknown, noAddress)
	}
}

func TestRealTables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		platform order.Platform
		format   Format
		total    string
		statuses map[order.Status]int
	}{
		{"data/synthetic/blinkit_orders.csv.gz", order.Blinkit, BlinkitTable, "order_total", map[order.Status]int{order.Delivered: 5000}},
		{"data/synthetic/swiggy_orders.csv.gz", order.Swiggy, SwiggyTable, "final_amount", map[order.Status]int{order.Delivered: 4024, order.Cancelled: 976}},
	}
	for _, tt := range tests {
		t.Run(string(tt.format), func(t *testing.T) {
			t.Parallel()
			want := new(big.Rat)
			data := rows(t, tt.name)
			for _, r := range data.rows {
				x, ok := new(big.Rat).SetString(data.cell(r, tt.total))
				if !ok {
					t.Fatalf("%q", r)
				}
				want.Add(want, x)
			}
			got, paise := map[order.Status]int{}, int64(0)
			sum, err := Read(context.Background(), shared(t, tt.name), Options{Channel: "c", Platform: tt.platform, Location: ist(t), ImportedAt: time.Now()},
				func(batch []order.Report) error {
					for _, r := range batch {
						got[r.Status]++
						paise += r.Facts.Total.Minor
					}
					return nil
				}, func(r Reject) error { t.Errorf("line %d: %s", r.Line, r.Reason); return nil })
			if err != nil || sum.Format != tt.format || sum.Orders != 5000 {
				t.Fatalf("%+v, %v", sum, err)
			}
			if diff := cmp.Diff(tt.statuses, got); diff != "" {
				t.Error(diff)
			}
			if new(big.Rat).SetFrac64(paise, 100).Cmp(want) != 0 {
				t.Errorf("total %d paise, want %s rupees", paise, want.FloatString(2))
			}
		})
	}
}

// BenchmarkRead passes the whole real report through without a store.
func BenchmarkRead(b *testing.B) {
	name := "data/amazon-in/amazon_sale_report_full.csv.gz"
	total := 0
	for b.Loop() {
		sum, err := Read(context.Background(), shared(b, name), Options{Channel: "c", Platform: order.Amazon, Location: time.UTC, ImportedAt: time.Now()},
			func([]order.Report) error { return nil }, nil)
		if err != nil {
			b.Fatal(err)
		}
		total += sum.Rows
	}
	b.ReportMetric(float64(total)/b.Elapsed().Seconds(), "rows/s")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-from-system")
}

// TestSharedFixtures reads the layouts that the platform notes give samples of.
func TestSharedFixtures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		format Format
	}{
		{"platforms/amazon/fixtures/seller-sale-report.amazon-in.sample.csv", AmazonSale},
		{"platforms/amazon/fixtures/synthetic.all-orders-by-last-update.tsv", AmazonAllOrders},
		{"platforms/blinkit/fixtures/synthetic.seller-hub-sales-report.csv", Blinkit},
	} {
		res := readAll(t, shared(t, tt.name), Options{})
		if res.err != nil || res.sum.Format != tt.format || res.sum.Orders == 0 || len(res.rejects) > 0 {
			t.Errorf("%s: %+v, %v, %v", tt.name, res.sum, res.rejects, res.err)
		}
		for _, r := range res.reports {
			if r.Status == "" || r.Status != order.Cancelled && r.Status != order.Pending && !r.Facts.Total.Known() {
				t.Errorf("%s: %+v", tt.name, r)
			}
		}
	}
}
