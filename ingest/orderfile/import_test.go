package orderfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// desk is a store in memory.
type desk map[order.Ref]order.Order

func (d desk) absorb(_ context.Context, reports []order.Report, at time.Time) ([]Result, error) {
	results := make([]Result, len(reports))
	for i, r := range reports {
		var current *order.Order
		if o, ok := d[r.Ref]; ok {
			current = &o
		}
		next, outcome := order.Absorb(current, r, at)
		d[r.Ref], results[i].Outcome = next, outcome
	}
	return results, nil
}

func TestImportAgain(t *testing.T) {
	t.Parallel()
	d := desk{}
	run := func(text string, at time.Time) Summary {
		t.Helper()
		o := Options{Channel: "amazon-in", Platform: order.Amazon, Location: ist(t), ImportedAt: at, TempDir: t.TempDir()}
		sum, err := Import(context.Background(), strings.NewReader(text), o, d.absorb, nil)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	if s := run(sale, importedAt); s.Created != 4 || s.Updated != 0 || s.Unchanged != 0 {
		t.Errorf("first: %+v", s)
	}
	if s := run(sale, importedAt.Add(time.Hour)); s.Created != 0 || s.Updated != 0 || s.Unchanged != 4 {
		t.Errorf("again: %+v", s)
	}
	later := strings.ReplaceAll(sale, "Pending", "Shipped")
	if s := run(later, importedAt.Add(2*time.Hour)); s.Updated != 1 || s.Unchanged != 3 {
		t.Errorf("a later export of the same days: %+v", s)
	}
	api := order.Report{Ref: order.Ref{Channel: "amazon-in", PlatformOrderID: "405-2"}, Platform: order.Amazon, Status: order.Delivered,
		At: time.Date(2022, 6, 9, 0, 0, 0, 0, time.UTC), Facts: order.Facts{OrderedAt: time.Date(2022, 6, 5, 4, 0, 0, 0, time.UTC), OrderNumber: "405-2"}}
	if _, err := d.absorb(context.Background(), []order.Report{api}, importedAt); err != nil {
		t.Fatal(err)
	}
	run(sale, importedAt.Add(3*time.Hour))
	if got := d[api.Ref].Status; got != order.Delivered {
		t.Errorf("a file without times of change undid what the platform reported: %s", got)
	}
}

func TestImportDryRunAndErrors(t *testing.T) {
	t.Parallel()
	o := Options{Channel: "c", Platform: order.Amazon, TempDir: t.TempDir()}
	if sum, err := Import(context.Background(), strings.NewReader(sale), o, nil, nil); err != nil || sum.Orders != 4 || sum.Created != 0 {
		t.Errorf("dry run: %+v, %v", sum, err)
	}
	full := errors.New("disk full")
	_, err := Import(context.Background(), strings.NewReader(sale), o, func(context.Context, []order.Report, time.Time) ([]Result, error) { return nil, full }, nil)
	if !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	var rejects []Reject
	sum, err := Import(context.Background(), strings.NewReader(sale), o, func(_ context.Context, r []order.Report, _ time.Time) ([]Result, error) {
		results := make([]Result, len(r))
		results[0].Err = order.ErrBadReport
		return results, nil
	}, func(r Reject) error { rejects = append(rejects, r); return nil })
	if err != nil || len(rejects) != 1 || sum.Rejected != 1 || sum.Orders != 3 {
		t.Errorf("%+v, %v, %v", sum, rejects, err)
	}
}

func TestRejectsCanBeImportedAgain(t *testing.T) {
	t.Parallel()
	text := "order_id,order_date,sku,quantity,amount\n=1+1,2026-11-01,@SUM(A1),1,ten\n-5,2026-11-01,\"a,\"\"b\",x,20\n"
	first := readText(t, text, Options{Platform: order.Organic})
	var file bytes.Buffer
	w := NewRejectWriter(&file)
	for _, r := range first.rejects {
		if err := w.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(file.String(), "\n") {
		for _, cell := range strings.Split(line, ",") {
			if strings.HasPrefix(strings.Trim(cell, `"`), "=") || strings.HasPrefix(cell, "@") {
				t.Errorf("a spreadsheet would run %s", cell)
			}
		}
	}
	mended := strings.ReplaceAll(strings.ReplaceAll(file.String(), ",ten", ",10"), ",x,", ",1,")
	again := readText(t, mended, Options{Platform: order.Organic})
	if len(again.rejects) != 0 || len(again.reports) != 2 {
		t.Fatalf("%s\n%+v", mended, again.rejects)
	}
	if a, b := again.reports[0], again.reports[1]; a.Ref.PlatformOrderID != "=1+1" || a.Facts.Items[0].SKU != "@SUM(A1)" ||
		b.Facts.Items[0].SKU != `a,"b` || b.Facts.Total != order.INR(2000) {
		t.Errorf("%+v", again.reports)
	}
	if w := NewRejectWriter(&file); w.Flush() != nil {
		t.Error("a writer without rejects fails")
	}
}

// A refund among orders is no order.
func TestNegativeTotalIsRefused(t *testing.T) {
	t.Parallel()
	got := readText(t, "order_id,order_date,sku,quantity,amount\n1,2026-11-01,A,1,10\n2,2026-11-01,A,1,-10\n", Options{Platform: order.Organic})
	if len(got.reports) != 1 || len(got.rejects) != 1 || !strings.Contains(got.rejects[0].Reason, "-10.00 is negative") {
		t.Errorf("%d orders, %+v", len(got.reports), got.rejects)
	}
}

// TestReadKeepsLittle reads a file of 300,000 rows and looks at the heap on the
// way: it must not grow with the file.
func TestReadKeepsLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 25 MB")
	}
	var b bytes.Buffer
	b.WriteString("order_id,order_date,sku,quantity,amount,status,customer_name\n")
	for i := range 300_000 {
		fmt.Fprintf(&b, "%d,2026-11-01 10:00,SKU-%d,1,10.00,shipped,%s\n", i, i%100, strings.Repeat("x", 40))
	}
	text, orders, most := b.String(), 0, uint64(0)
	before := heap()
	sum, err := Read(context.Background(), strings.NewReader(text), Options{Channel: "c", Platform: order.Organic, TempDir: t.TempDir()}, func(batch []order.Report) error {
		if orders += len(batch); orders%50_000 == 0 {
			most = max(most, heap())
		}
		return nil
	}, nil)
	if err != nil || sum.Orders != 300_000 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if grown := int64(most) - int64(before); grown > 24<<20 {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
