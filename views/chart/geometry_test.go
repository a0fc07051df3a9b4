package chart

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTicks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		most int64
		unit Unit
		want []int64
	}{
		"nothing":          {0, Count, []int64{0, 1}},
		"one":              {1, Count, []int64{0, 1}},
		"a few":            {3, Count, []int64{0, 1, 2, 3}},
		"no halves":        {9, Count, []int64{0, 5, 10}},
		"tens":             {37, Count, []int64{0, 10, 20, 30, 40}},
		"quarters":         {98, Count, []int64{0, 25, 50, 75, 100}},
		"one rupee":        {100, Rupees, []int64{0, 100}},
		"a lakh and a bit": {1_23_456_00, Rupees, []int64{0, 50_000_00, 1_00_000_00, 1_50_000_00}},
		"crores":           {9_99_99_999_00, Rupees, []int64{0, 2_50_00_000_00, 5_00_00_000_00, 7_50_00_000_00, 10_00_00_000_00}},
	} {
		if diff := cmp.Diff(c.want, Ticks(c.most, 4, c.unit)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for most := int64(1); most > 0 && most < math.MaxInt64/20; most = most*3 + 1 {
		ticks := Ticks(most, 4, Rupees)
		if last := ticks[len(ticks)-1]; last < most || len(ticks) > 7 {
			t.Errorf("%d gets %v", most, ticks)
		}
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		unit        Unit
		v           int64
		short, full string
	}{
		{Count, 0, "0", "0"}, {Count, 999, "999", "999"}, {Count, 1500, "1.5K", "1,500"}, {Count, 1_23_456, "1.23L", "1,23,456"},
		{Count, 2_50_00_000, "2.5Cr", "2,50,00,000"}, {Count, -1500, "−1.5K", "−1,500"},
		{Rupees, 50, "₹0.5", "₹0.50"}, {Rupees, 1_20_000_00, "₹1.2L", "₹1,20,000.00"}, {Rupees, 12_34_567_50, "₹12.3L", "₹12,34,567.50"},
		{Rupees, 99_96_000_00, "₹100L", "₹99,96,000.00"}, {Rupees, -100, "−₹1", "−₹1.00"},
		{Basis, 1250, "12.5 %", "12.5 %"}, {Mins, 45, "45 min", "45 min"}, {Mins, 90, "1.5 h", "1.5 h"}, {Mins, 4000, "2.78 days", "2.78 days"},
	} {
		if got := c.unit.Short(c.v); got != c.short {
			t.Errorf("%d of %d is short %q, want %q", c.v, c.unit, got, c.short)
		}
		if got := c.unit.Full(c.v); got != c.full {
			t.Errorf("%d of %d is %q, want %q", c.v, c.unit, got, c.full)
		}
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now, before int64
		want        string
	}{
		{110, 100, "▲ 10 %"}, {97, 100, "▼ 3.0 %"}, {100, 100, "no change"}, {5, 0, "new"}, {0, 0, "no change"}, {0, 5, "▼ 100 %"},
		{2900, 100, "▲ 29 times"}, {1001, 1000, "▲ 0.1 %"},
	} {
		if got := Change(c.now, c.before); got != c.want {
			t.Errorf("from %d to %d is %q, want %q", c.before, c.now, got, c.want)
		}
	}
}

func sampleTime() TimeView {
	return TimeView{
		ID: "sample", Title: "Orders", Finding: "Up.", Unit: Count, Column: "Day", PreviousName: "before",
		Points: []Point{{Short: "1 Nov", Long: "Sun, 1 Nov 2026", Before: "Sat, 31 Oct", Link: "/orders?from=a"}, {Short: "2 Nov", Long: "Mon, 2 Nov 2026"}},
		Series: []Series{{Name: "Amazon", Class: "p-amazon", Values: []int64{6, 0}, Links: []string{"/orders?p=a", "/orders?p=b"}},
			{Name: "Website", Class: "p-organic", Values: []int64{4, 10}}},
		Previous: []int64{5, 20},
	}
}

// Bars stack without overlap inside the plot, and their heights are in
// proportion to their values.
func TestBarsStack(t *testing.T) {
	t.Parallel()
	v := sampleTime()
	f := v.frame()
	if f.most != 20 {
		t.Fatalf("the axis ends at %d", f.most)
	}
	if top, bottom := f.y(20), f.y(0); top != plotTop || bottom != float64(v.height()-labelRoom) {
		t.Errorf("the plot reaches from %v to %v", top, bottom)
	}
	got := v.bars()
	want := []rect{
		{"p-amazon", "15%", "153.6", "20%", "61.4"},
		{"p-organic", "15%", "112", "20%", "40.6"},
		{"p-organic", "65%", "112", "20%", "103"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(rect{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLinesHaveGaps(t *testing.T) {
	t.Parallel()
	v := TimeView{Unit: Count, Lines: true, Points: make([]Point, 4), Series: []Series{{Values: []int64{10, -1, 10, 5}}}}
	if got := v.path(v.Series[0].Values, 0); strings.Count(got, "M") != 2 || strings.Count(got, "L") != 1 {
		t.Errorf("the line is %q", got)
	}
}

func TestTooltip(t *testing.T) {
	t.Parallel()
	want := "Sun, 1 Nov 2026\nWebsite\t4\tp-organic\nAmazon\t6\tp-amazon\nTogether\t10\nSat, 31 Oct\t5\tdashed\nChange\t▲ 100 %"
	if got := sampleTime().tip(0); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := sampleTime().tip(1); strings.Contains(got, "Amazon") || strings.Contains(got, "Together") {
		t.Errorf("what is zero is left out, and a sum of one: %q", got)
	}
}

func TestLabelsFit(t *testing.T) {
	t.Parallel()
	for n := 1; n < 400; n++ {
		v := TimeView{Points: make([]Point, n)}
		labels := v.xLabels()
		wide := 0
		for _, l := range labels {
			if !strings.Contains(l.class, "minor") {
				wide++
			}
		}
		if len(labels) > 8 || wide > 4 || wide == 0 {
			t.Fatalf("%d points get %d labels, %d of them on narrow screens", n, len(labels), wide)
		}
	}
}

func TestShades(t *testing.T) {
	t.Parallel()
	v := HeatView{Unit: Count, Values: [][]int64{{0, 1, 20, 21, 99, 100}}}
	var got []int
	for _, n := range v.Values[0] {
		got = append(got, v.shade(n))
	}
	if diff := cmp.Diff([]int{0, 1, 1, 2, 5, 5}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1–20", "21–40", "41–60", "61–80", "81–100"}, v.legend()); diff != "" {
		t.Error(diff)
	}
	if few := (HeatView{Unit: Count, Values: [][]int64{{2}}}); len(few.steps()) > 2 {
		t.Errorf("two orders are told apart in %v", few.steps())
	}
}
