package mongo

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// fuse ends a context at a chosen write: just before it is sent, or as soon as
// the server has done it.
type fuse struct {
	mu    sync.Mutex
	left  int // writes until it burns; 0: it does not
	after bool
	burn  context.CancelFunc
}

func (f *fuse) set(n int, after bool, burn context.CancelFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.after, f.burn = n, after, burn
}

// burnt tells whether it burnt, and takes it out.
func (f *fuse) burnt() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.left = 0 }()
	return f.left == 0
}

func (f *fuse) tick(command string, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 || f.after != after || !slices.Contains([]string{"insert", "update", "delete", "findAndModify"}, command) {
		return
	}
	if f.left--; f.left == 0 {
		f.burn()
	}
}

// openFused is openEngine with a fuse.
func openFused(t *testing.T) (*engine, *fuse) {
	t.Helper()
	plain, f := openEngine(t, Config{}), &fuse{}
	opts := clientOptions(serverURI(t)).SetMonitor(&event.CommandMonitor{
		Started:   func(_ context.Context, e *event.CommandStartedEvent) { f.tick(e.CommandName, false) },
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) { f.tick(e.CommandName, true) },
	})
	client, err := mongo.Connect(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	e := newEngine(client, plain.db.Name(), Config{Now: time.Now, Log: plain.log})
	t.Cleanup(func() { _ = e.Close() })
	return e, f
}

// bought is a customer's order of a day, counted back from moment.
func bought(id string, customer, daysAgo int, paise int64) order.Report {
	r := reported(id)
	r.Facts.OrderedAt = moment.AddDate(0, 0, -daysAgo)
	r.Facts.Customer = order.Customer{Phone: fmt.Sprint("912000000", customer)}
	r.Facts.Total, r.At = order.INR(paise), moment.Add(time.Duration(paise)*time.Minute)
	return r
}

func absorbed(t *testing.T, e *engine, reports ...order.Report) []order.ID {
	t.Helper()
	got, err := e.Orders().Absorb(t.Context(), reports, moment)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]order.ID, len(got))
	for i, g := range got {
		if ids[i] = g.ID; g.Err != nil {
			t.Fatal(g.Err)
		}
	}
	return ids
}

// recounted works off every mark and reports what is wrong then.
func recounted(t *testing.T, e *engine) []report.Difference {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = e.figures.Recount(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
	}
	var wrong []report.Difference
	if err := e.figures.Verify(t.Context(), func(d report.Difference) error { wrong = append(wrong, d); return nil }); err != nil {
		t.Fatal(err)
	}
	return wrong
}

// A recount and a rebuild are cut off at every single write, before it and
// after it. What was half told is taken back meanwhile, so that nobody is told
// of it again by chance. Counting once more puts everything right.
func TestACrashWhileCountingIsMadeGood(t *testing.T) {
	t.Parallel()
	for what, work := range map[string]func(ctx context.Context, e *engine) error{
		"recount": func(ctx context.Context, e *engine) error { _, err := e.figures.Recount(ctx, 10); return err },
		"rebuild": func(ctx context.Context, e *engine) error { return e.figures.Rebuild(ctx, func(int, int) {}) },
	} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(what, ", after the write: ", after), func(t *testing.T) {
				t.Parallel()
				e, f := openFused(t)
				crashes := 0
				for n := 1; ; n++ {
					price := int64(100 + n)
					absorbed(t, e, bought("a", 1, 0, price), bought("b", 2, 0, price), bought("c", 1, 3, price), bought("d", n%5, 3, price))
					fresh := absorbed(t, e, bought(fmt.Sprint("new", n), 7, 0, price))[0]
					ctx, cancel := context.WithCancel(t.Context())
					f.set(n, after, cancel)
					err := work(ctx, e)
					cut := f.burnt()
					cancel()
					if cut && err == nil && !after {
						t.Errorf("cut off at write %d without an error", n)
					}
					archive := func(o *order.Order) error { o.Desk.Archived = true; o.Version++; return nil }
					if _, err := e.Orders().Update(t.Context(), fresh, archive); err != nil {
						t.Fatal(err)
					}
					if wrong := recounted(t, e); len(wrong) > 0 {
						t.Fatalf("after a crash at write %d: %v", n, wrong)
					}
					if !cut {
						break
					}
					crashes++
				}
				if crashes < 8 {
					t.Errorf("%d crashes: the test tests nothing", crashes)
				}
				t.Logf("%d crashes", crashes)
			})
		}
	}
}

// A write that lands after its day was counted, and whose writer dies before
// the second mark, is found when the first one has settled.
func TestAMarkIsCountedOnceMoreWhenItHasSettled(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	const settle = 2 * time.Second
	e.counted.marks.settle = settle
	e.figures = rollup.New(e.counted, rollup.Config{})
	id := absorbed(t, e, bought("a", 1, 0, 100))[0]
	if wrong := recounted(t, e); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	begun := time.Now()
	day := report.DayOf(moment, e.counted.marks.zone)
	if err := e.counted.marks.mark(t.Context(), []report.Day{day}); err != nil {
		t.Fatal(err)
	}
	if n, err := e.figures.Recount(t.Context(), 1); n != 1 || err != nil {
		t.Fatalf("%d days, %v", n, err)
	}
	silent := e.orders // whose marks go to another place: they died with the writer
	silent.marks.coll = e.db.Collection("nowhere")
	if _, err := silent.Update(t.Context(), id, func(o *order.Order) error {
		o.Status = order.Cancelled
		o.Version++
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := e.figures.Recount(t.Context(), 1); err != nil || n != 0 && time.Since(begun) < settle {
		t.Fatalf("%d days, %v", n, err)
	}
	time.Sleep(settle - time.Since(begun) + 100*time.Millisecond)
	if wrong := recounted(t, e); len(wrong) > 0 {
		t.Error(wrong)
	}
	if n, err := e.figures.Recount(t.Context(), 1); n != 0 || err != nil {
		t.Errorf("a settled mark is open: %d days, %v", n, err)
	}
}

// A shop that moves its business day has every day counted anew.
func TestAnotherZoneCountsAnew(t *testing.T) {
	t.Parallel()
	india := openEngine(t, Config{})
	late := bought("a", 1, 0, 100)
	late.Facts.OrderedAt = time.Date(2026, 11, 1, 20, 0, 0, 0, time.UTC) // the 2nd in India
	absorbed(t, india, late, bought("b", 1, 3, 100))
	if wrong := recounted(t, india); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	s, err := Open(t.Context(), Config{URI: serverURI(t), Database: india.db.Name(), Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	e := s.(*engine)
	defer e.Close()
	if wrong := recounted(t, e); len(wrong) > 0 {
		t.Error(wrong)
	}
	f, err := e.Figures().Days(t.Context(), report.Ever())
	if err != nil {
		t.Fatal(err)
	}
	var days []string
	for _, d := range f.Days {
		days = append(days, d.Day.String())
	}
	if !slices.Equal(days, []string{"2026-10-29", "2026-11-01"}) {
		t.Errorf("days %v", days)
	}
}
