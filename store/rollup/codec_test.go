package rollup

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/report"
)

// busy is a day with many orders.
func busy(t testing.TB, n int, names *report.Dictionary) (*report.DayFigures, []report.Visit) {
	t.Helper()
	day := report.DayOf(ordertest.Noon(), India())
	sum := report.NewTally(day, India(), names)
	for i := range n {
		r := ordertest.Synthetic(9, i, 1, ordertest.Noon())
		r.Facts.OrderedAt = ordertest.Noon().Add(time.Duration(i%300) * time.Minute)
		o, _ := order.Absorb(nil, r, ordertest.Noon())
		sum.Add(o)
	}
	return sum.Figures(), sum.Visits()
}

func TestFiguresComeBack(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 400} {
		names := report.NewDictionary()
		want, visits := busy(t, n, names)
		got, err := decodeFigures(encodeFigures(want, names.Names()), names)
		if err != nil {
			t.Fatal(err)
		}
		if got.Sales, err = decodeSales(encodeSales(want.Sales, names.Names()), names); err != nil {
			t.Fatal(err)
		}
		if d := report.Differences(got, want, names.Names()); len(d) > 0 {
			t.Errorf("%d orders: %v", n, d)
		}
		back, err := decodeVisits(encodeVisits(visits))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(visits, back, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%d orders: visits (-want +got):\n%s", n, diff)
		}
	}
}

// Equal figures are equal bytes, whatever numbers a process gave their words.
func TestFiguresHaveOneForm(t *testing.T) {
	t.Parallel()
	one, other := report.NewDictionary(), report.NewDictionary()
	other.State("Sikkim")
	other.Product(report.Product{SKU: "Z"})
	other.Channel(report.Channel{ID: "zz"})
	a, _ := busy(t, 300, one)
	busy(t, 17, other) // numbers words in another order
	doc, sales := encodeFigures(a, one.Names()), encodeSales(a.Sales, one.Names())
	b, err := decodeFigures(doc, other)
	if err != nil {
		t.Fatal(err)
	}
	if b.Sales, err = decodeSales(sales, other); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(doc, encodeFigures(b, other.Names())) || !slices.Equal(sales, encodeSales(b.Sales, other.Names())) {
		t.Error("the same figures have two forms")
	}
}

// A damaged document is an error, never a panic and never endless memory.
func FuzzDecode(f *testing.F) {
	names := report.NewDictionary()
	day, visits := busy(f, 5, names)
	f.Add(encodeFigures(day, names.Names()))
	f.Add(encodeSales(day.Sales, names.Names()))
	f.Add(encodeVisits(visits))
	f.Add([]byte{formVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, doc []byte) {
		names := report.NewDictionary()
		if v, err := decodeFigures(doc, names); err == nil && v == nil {
			t.Error("neither figures nor an error")
		}
		_, _ = decodeSales(doc, names)
		_, bad := decodeVisits(doc)
		if err := new(crowd).add(doc, nil); err == nil && bad != nil {
			t.Errorf("a crowd takes what is no list of visits: %v", bad)
		}
	})
}

func TestDamagedDocuments(t *testing.T) {
	t.Parallel()
	names := report.NewDictionary()
	day, visits := busy(t, 20, names)
	figures, sales, people := encodeFigures(day, names.Names()), encodeSales(day.Sales, names.Names()), encodeVisits(visits)
	for n := range len(figures) {
		if _, err := decodeFigures(figures[:n], names); err == nil {
			t.Fatalf("figures cut to %d bytes are read", n)
		}
	}
	for n := range len(sales) {
		if _, err := decodeSales(sales[:n], names); err == nil {
			t.Fatalf("sales cut to %d bytes are read", n)
		}
	}
	for n := 1; n < len(people); n++ {
		if _, err := decodeVisits(people[:n]); err == nil {
			t.Fatalf("visits cut to %d bytes are read", n)
		}
	}
	if _, err := decodeFigures(append(slices.Clone(figures), 0), names); err == nil {
		t.Error("figures with more behind them are read")
	}
}

// Changes tell exactly whose visits differ, and applying them to all customers
// gives what the new visits say.
func TestChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		day := report.DayOf(ordertest.Noon(), India())
		draw := func(label string) []report.Visit {
			return rapid.Custom(func(rt *rapid.T) []report.Visit {
				var list []report.Visit
				for customer := range 6 {
					for channel := range rapid.IntRange(0, 2).Draw(rt, "channels") {
						list = append(list, report.Visit{Customer: fmt.Sprint("k", customer), Channel: report.Channel{ID: fmt.Sprint(channel)}, Day: day,
							Orders: rapid.IntRange(1, 2).Draw(rt, "orders"), First: ordertest.Noon(), Last: ordertest.Noon()})
					}
				}
				return list
			}).Draw(rt, label)
		}
		before, after := draw("before"), draw("after")
		earlier := report.Visit{Customer: "k1", Day: day - 5, Orders: 1, First: ordertest.Noon(), Last: ordertest.Noon()}
		known := map[string][]report.Visit{"k1": {earlier}}
		for _, v := range before {
			known[v.Customer] = append(known[v.Customer], v)
		}
		seen := map[string]bool{}
		for _, c := range changes(before, after) {
			if seen[c.Customer] {
				rt.Fatalf("%s changes twice", c.Customer)
			}
			seen[c.Customer] = true
			known[c.Customer] = Replace(known[c.Customer], day, c.Visits)
		}
		want := map[string][]report.Visit{"k1": {earlier}}
		for _, v := range after {
			want[v.Customer] = append(want[v.Customer], v)
		}
		if diff := cmp.Diff(want, known, cmpopts.EquateEmpty(), cmpopts.IgnoreMapEntries(func(_ string, v []report.Visit) bool { return len(v) == 0 })); diff != "" {
			rt.Fatalf("visits (-want +got):\n%s", diff)
		}
	})
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	c := newCache(10*dayBytes, sizeOfSales)
	for i := range 100 {
		c.put(Revision{Day: report.Day(i), Number: 1}, nil)
		found := map[report.Day][]report.Sale{}
		if missing := c.get([]Revision{{Day: 0, Number: 1}}, found); len(missing) > 0 {
			t.Fatalf("after %d days the one that is used all the time is gone", i)
		}
		if c.size > c.limit || c.size != len(c.days)*dayBytes {
			t.Fatalf("%d bytes for %d days", c.size, len(c.days))
		}
	}
	found := map[report.Day][]report.Sale{}
	if missing := c.get([]Revision{{Day: 0, Number: 2}}, found); len(missing) != 1 {
		t.Error("an older revision is taken for a newer one")
	}
}
