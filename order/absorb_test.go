package order

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// ourOwn are the fields that tell how the desk learned of things, not what it
// knows; they may depend on the order of arrival.
var ourOwn = cmp.Options{
	cmpopts.IgnoreFields(Order{}, "History", "Version", "CreatedAt", "UpdatedAt"),
	cmpopts.IgnoreFields(Wish{}, "Key"),
	cmpopts.EquateEmpty(),
}

var base = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// reports draws reports of one order from a small world, so that ties in time
// and version, gaps and contradictions are common.
func reports(t *rapid.T) []Report {
	return rapid.SliceOfN(rapid.Custom(report), 1, 8).Draw(t, "reports")
}

func report(t *rapid.T) Report {
	pick := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	r := Report{
		Ref: Ref{Channel: "amazon-in", PlatformOrderID: "1"}, Platform: Amazon, Source: FromPlatform,
		At: base.Add(time.Duration(rapid.IntRange(0, 6).Draw(t, "at")) * time.Hour), Version: int64(rapid.IntRange(0, 2).Draw(t, "version")),
		Status: rapid.SampledFrom(append(Statuses(), "")).Draw(t, "status"),
	}
	f := &r.Facts
	f.OrderedAt = base.Add(time.Duration(rapid.IntRange(0, 1).Draw(t, "ordered")) * time.Minute)
	f.PlatformStatus = pick("word", "", "A", "B")
	f.OrderNumber, f.Payment = pick("number", "1", "2"), PaymentMethod(pick("payment", "", "cod", "prepaid"))
	f.Customer.Name, f.Customer.Address.City = pick("name", "", "Asha", "Ravi"), pick("city", "", "Pune", "Kochi")
	if rapid.Bool().Draw(t, "items") {
		f.Items = []Item{{SKU: pick("sku", "K1", "K2"), Quantity: rapid.IntRange(0, 2).Draw(t, "quantity")}}
	}
	if rapid.Bool().Draw(t, "money") {
		f.Total = INR(int64(rapid.IntRange(0, 2).Draw(t, "total")))
	}
	f.Shipment.AWB = pick("awb", "", "X1", "X2")
	if rapid.Bool().Draw(t, "flag") {
		f.Flags = []Flag{DeliveryException, PartiallyShipped}
	}
	return r
}

func absorbAll(rs []Report) Order {
	var cur *Order
	for i, r := range rs {
		next, _ := Absorb(cur, r, base.Add(time.Duration(i)*time.Minute))
		cur = &next
	}
	return *cur
}

func TestAbsorbConvergesInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rs := reports(t)
		other := rapid.Permutation(append(slices.Clone(rs), rapid.SliceOf(rapid.SampledFrom(rs)).Draw(t, "again")...)).Draw(t, "order")
		if diff := cmp.Diff(absorbAll(rs), absorbAll(other), ourOwn); diff != "" {
			t.Fatalf("another order of arrival ends elsewhere:\n%s", diff)
		}
	})
}

func TestAbsorbTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rs := reports(t)
		before := absorbAll(rs)
		for _, r := range rs {
			after, outcome := Absorb(&before, r, base.AddDate(0, 0, 1))
			if diff := cmp.Diff(before, after); diff != "" || outcome != Unchanged {
				t.Fatalf("the same report again is %v:\n%s", outcome, diff)
			}
		}
	})
}

func TestAbsorbLeavesItsInputAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cur, r := absorbAll(reports(t)), report(t)
		was, wasReport := clone(cur), r
		wasReport.Facts.Flags = slices.Clone(r.Facts.Flags)
		next, _ := Absorb(&cur, r, base)
		next.AddNote("x", "u", base)
		if diff := cmp.Diff(was, cur) + cmp.Diff(wasReport, r); diff != "" {
			t.Fatal(diff)
		}
	})
}

func clone(o Order) Order {
	o.Facts.Items, o.Facts.Flags = slices.Clone(o.Facts.Items), slices.Clone(o.Facts.Flags)
	o.Reported.Seen, o.Reported.Flags = slices.Clone(o.Reported.Seen), slices.Clone(o.Reported.Flags)
	o.History = slices.Clone(o.History)
	return o
}

func TestAbsorbNewestSourceWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rs := reports(t)
		newest := report(t)
		newest.At = base.Add(24 * time.Hour)
		got := absorbAll(rapid.Permutation(append(rs, newest)).Draw(t, "order"))
		if newest.Status != "" && got.Status != newest.Status {
			t.Fatalf("status %s, the newest source says %s", got.Status, newest.Status)
		}
		if newest.Facts.Total.Known() && got.Facts.Total != newest.Facts.Total {
			t.Fatalf("total %v, the newest source says %v", got.Facts.Total, newest.Facts.Total)
		}
		if n := newest.Facts.Customer.Name; n != "" && got.Facts.Customer.Name != n {
			t.Fatalf("name %q, the newest source says %q", got.Facts.Customer.Name, n)
		}
	})
}

// TestAbsorbMeetsPeople mixes reports with a person's note, corrected address,
// tag and one wish, at any point at which the wish is allowed and each report
// in sight is older.
func TestAbsorbMeetsPeople(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first := report(t)
		first.Status = rapid.SampledFrom([]Status{Pending, Confirmed, Processing, Shipped, Delivered, Cancelled}).Draw(t, "first status")
		first.At = base.Add(-time.Hour)
		rs := reports(t)
		to := rapid.SampledFrom(first.Status.Next()).Draw(t, "wish")
		wishAt := base.Add(time.Duration(rapid.IntRange(1, 6).Draw(t, "wish at")) * time.Hour)
		push := rapid.Bool().Draw(t, "push")
		run := func(label string) Order {
			arrival := append([]Report{first}, rapid.Permutation(rs).Draw(t, label)...)
			return withPeople(arrival, rapid.IntRange(1, len(arrival)).Draw(t, label+" wish after"), to, push, wishAt)
		}
		a, b := run("one"), run("another")
		if diff := cmp.Diff(a, b, ourOwn); diff != "" {
			t.Fatalf("another interleaving ends elsewhere:\n%s", diff)
		}
		if len(a.Desk.Notes) != 1 || a.Desk.Address.City != "Goa" || !slices.Equal(a.Desk.Tags, []string{"vip"}) || a.ShipTo().Address.City != "Goa" {
			t.Fatalf("what people decided was touched: %+v", a.Desk)
		}
	})
}

// withPeople absorbs the reports with a person's edits after the given number
// of them, or earlier where the wish would come too late.
func withPeople(arrival []Report, after int, to Status, push bool, at time.Time) Order {
	for n := after; ; n-- {
		o := absorbAll(arrival[:n])
		if slices.ContainsFunc(arrival[:n], func(r Report) bool { return !r.At.Before(at) }) || CanMove(o.Status, to) != nil {
			continue
		}
		o.Desk = Desk{Tags: []string{"vip"}, Address: &Address{City: "Goa"}}
		o.AddNote("call first", "u1", at)
		if err := o.SetStatus(to, "u1", "", push, at); err != nil {
			panic(err) // it was allowed a moment ago
		}
		for _, r := range arrival[n:] {
			o, _ = Absorb(&o, r, at)
		}
		return o
	}
}

func at(hour int, status Status, word string) Report {
	return Report{Ref: Ref{Channel: "c", PlatformOrderID: "1"}, Platform: Amazon, Source: FromPlatform, At: base.Add(time.Duration(hour) * time.Hour),
		Status: status, Facts: Facts{OrderedAt: base, OrderNumber: "1", PlatformStatus: word}}
}

func TestAbsorbUnknownWordKeepsStatus(t *testing.T) {
	t.Parallel()
	o := absorbAll([]Report{at(1, Shipped, "SHIPPED"), at(2, "", "TELEPORTED")})
	if o.Status != Shipped || o.Facts.PlatformStatus != "TELEPORTED" || !slices.Contains(o.Facts.Flags, NeedsAttention) {
		t.Fatalf("status %s, word %q, flags %v", o.Status, o.Facts.PlatformStatus, o.Facts.Flags)
	}
	if last := o.History[len(o.History)-1]; last.Note != "unknown platform word: TELEPORTED" {
		t.Errorf("history does not name the word: %+v", last)
	}
	o, outcome := Absorb(&o, at(3, Delivered, "DELIVERED"), base)
	if outcome != Updated || len(o.Facts.Flags) != 0 {
		t.Errorf("%v with flags %v after a word that is known", outcome, o.Facts.Flags)
	}
	if o := absorbAll([]Report{at(1, "", "")}); o.Status != Pending || len(o.Facts.Flags) != 0 {
		t.Errorf("a source without a status: %s, flags %v", o.Status, o.Facts.Flags)
	}
}

func TestAbsorbRegression(t *testing.T) {
	t.Parallel()
	o := absorbAll([]Report{at(1, Shipped, "s"), at(2, Processing, "p")})
	if o.Status != Processing || !slices.Contains(o.Facts.Flags, NeedsAttention) {
		t.Fatalf("status %s, flags %v", o.Status, o.Facts.Flags)
	}
	if last := o.History[len(o.History)-1]; last.Note == "" || last.From != Shipped {
		t.Errorf("history does not tell: %+v", last)
	}
	for _, tt := range []struct {
		name string
		rs   []Report
		flag bool
	}{
		{"forward again", []Report{at(1, Shipped, ""), at(2, Processing, ""), at(3, Shipped, "")}, false},
		{"late arrival of an older step", []Report{at(2, Shipped, ""), at(1, Processing, "")}, false},
		{"a cancellation taken back", []Report{at(1, Cancelled, ""), at(2, Confirmed, "")}, true},
		{"and gone on", []Report{at(1, Cancelled, ""), at(2, Confirmed, ""), at(3, Processing, "")}, false},
		{"a return taken back", []Report{at(1, Returned, ""), at(2, Delivered, "")}, true},
		{"a way out", []Report{at(1, Delivered, ""), at(2, Returned, ""), at(3, Refunded, "")}, false},
	} {
		if o := absorbAll(tt.rs); slices.Contains(o.Facts.Flags, NeedsAttention) != tt.flag {
			t.Errorf("%s: flags %v", tt.name, o.Facts.Flags)
		}
	}
}

func TestAbsorbFillsGaps(t *testing.T) {
	t.Parallel()
	full, later := at(1, Shipped, "s"), at(2, Shipped, "s")
	full.Facts.Payment, full.Facts.Customer = COD, Customer{Name: "Asha", Address: Address{Line1: "1 MG Road", City: "Pune"}}
	full.Facts.Total = INR(100)
	o := absorbAll([]Report{later, full})
	if o.Facts.Payment != COD || o.Facts.Customer.Name != "Asha" || o.Facts.Total != INR(100) {
		t.Errorf("an older report filled no gap: %+v", o.Facts)
	}
	later.Facts.Customer.Address.City = "Kochi"
	o = absorbAll([]Report{full, later})
	if c := o.Facts.Customer; c.Name != "Asha" || c.Address != (Address{City: "Kochi"}) {
		t.Errorf("name and address of %+v", c)
	}
}

func TestAbsorbBeyondTheHistoryCap(t *testing.T) {
	t.Parallel()
	o := absorbAll([]Report{at(0, Pending, "first")})
	for i := range 3 * maxHistory {
		status := []Status{Shipped, Delivered}[i%2]
		next, outcome := Absorb(&o, at(i+1, status, "w"), base)
		if outcome != Updated || next.Version != o.Version+1 || next.Status != status {
			t.Fatalf("report %d: %v, version %d after %d", i, outcome, next.Version, o.Version)
		}
		o = next
	}
	if len(o.History) != maxHistory || o.History[0].Kind != EventCreated || o.History[maxHistory-1].SourceAt != base.Add(3*maxHistory*time.Hour) {
		t.Errorf("%d entries from %+v to %+v", len(o.History), o.History[0], o.History[len(o.History)-1])
	}
}

func BenchmarkAbsorbNew(b *testing.B) {
	r := at(1, Shipped, "s")
	r.Facts.Items = []Item{{SKU: "A", Title: "Blue kurta", Quantity: 1, Total: INR(100)}, {SKU: "B", Quantity: 1, Total: INR(100)}}
	r.Facts.Total, r.Facts.Customer = INR(200), Customer{Name: "Asha", Address: Address{City: "Pune"}}
	for b.Loop() {
		Absorb(nil, r, base)
	}
}
