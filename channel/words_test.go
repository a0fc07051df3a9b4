package channel

import (
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

func TestTranslate(t *testing.T) {
	t.Parallel()
	m := WordMap{Rules: []WordRule{{Word: "RTO  Initiated", Status: order.Returned, SubStatus: "rto", Flag: order.DeliveryException}}}
	r := order.Report{Status: "", Facts: order.Facts{PlatformStatus: "rto initiated", SubStatus: "x"}}
	if m.Translate(&r); r.Status != order.Returned || r.Facts.SubStatus != "rto" || len(r.Facts.Flags) != 1 {
		t.Errorf("%+v", r)
	}
	if m.Translate(&r); len(r.Facts.Flags) != 1 {
		t.Errorf("twice: %+v", r.Facts.Flags)
	}
	other := order.Report{Status: order.Shipped, Facts: order.Facts{PlatformStatus: "Shipped"}}
	if m.Translate(&other); other.Status != order.Shipped || other.Facts.SubStatus != "" {
		t.Errorf("%+v", other)
	}
	silent := order.Report{Status: ""}
	if m.Translate(&silent); silent.Status != "" {
		t.Errorf("%+v", silent)
	}
}

// Apply on an order leads to what Translate on its report would have.
func TestApplyAgreesWithTranslate(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	m := WordMap{Rules: []WordRule{{Word: "Packed", Status: order.Processing, SubStatus: "boxed", Flag: order.PartiallyShipped}}}
	r := order.Report{Ref: order.Ref{Channel: "c", PlatformOrderID: "1"}, Platform: order.Amazon, At: at, Source: order.FromPlatform,
		Facts: order.Facts{OrderedAt: at, PlatformStatus: "PACKED"}}
	o, _ := order.Absorb(nil, r, at)
	if !m.Apply(&o, "", "u1", at) || m.Apply(&o, "", "u1", at) {
		t.Error("it must change the order once")
	}
	m.Translate(&r)
	if again, outcome := order.Absorb(&o, r, at); outcome != order.Unchanged || again.Status != order.Processing || again.Facts.SubStatus != "boxed" {
		t.Errorf("%s: %+v", outcome, again.Facts)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	m := WordMap{Rules: []WordRule{
		{Word: "a", Status: order.Shipped}, {Word: " A ", Status: order.Shipped}, {Word: "", Status: order.Shipped}, {Word: "b"},
		{Word: "c", Status: order.Shipped, Flag: "held"}, {Word: "d", Status: order.Shipped, Flag: order.NeedsAttention},
	}}
	want := []int{1, 2, 3, 4}
	got := m.Check()
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i, f := range got {
		if f.Rule != want[i] || f.Message == "" {
			t.Errorf("%+v, want a fault of rule %d", f, want[i])
		}
	}
}
