package views

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
)

// Links of the list carry the whole state but the page, in canonical form.
func TestChips(t *testing.T) {
	t.Parallel()
	v := ordersCase(func(v *OrdersView) { v.Filter = sampleFilter() })
	got := map[string]string{}
	for _, c := range v.chips() {
		got[c.label+": "+c.value] = removed(v.Filter, c.without)
	}
	want := map[string]string{
		"Platform: Amazon": "platform", "Platform: Website": "platform", "Channel: palmonas.com": "channel", "Status: Pending": "status",
		"Ordered: 1 Nov 2026 – 22 Nov 2026": "from to", "Customer: one customer": "customer", "Tag: gift": "tag", "Assigned to: Nisha Kulkarni": "assignee",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("chips (-want +got):\n%s", diff)
	}
	if u := string(listURL(v.cleared())); u != "/orders?limit=20&sort=-total" {
		t.Errorf("cleared: %s", u)
	}
	if !(OrdersView{}).bare() || v.bare() {
		t.Error("bare is wrong")
	}
}

// Each part of the search has a chip, and the wrong one says what is wrong.
func TestTermChips(t *testing.T) {
	t.Parallel()
	v := OrdersView{Typed: url.Values{"q": {` ring tag:"call  back" statsu:x `}, "sort": {"-total"}, "page": {"3"}},
		Errors: order.FieldErrors{{Field: "q", Message: "there is no field", At: 22, End: 30}}}
	want := []termChip{
		{`ring`, "", "/orders?q=tag%3A%22call++back%22+statsu%3Ax&sort=-total"},
		{`tag:"call  back"`, "", "/orders?q=ring+statsu%3Ax&sort=-total"},
		{`statsu:x`, "there is no field", "/orders?q=ring+tag%3A%22call++back%22&sort=-total"},
	}
	if diff := cmp.Diff(want, v.termChips(), cmp.AllowUnexported(termChip{})); diff != "" {
		t.Errorf("chips (-want +got):\n%s", diff)
	}
	alone := OrdersView{Filter: order.Filter{Q: "a OR b"}}.termChips()
	if len(alone) != 1 || alone[0].without != "/orders" {
		t.Errorf("alternatives: %+v", alone)
	}
}

// removed names the parameters that b lacks of a, page aside.
func removed(a, b order.Filter) string {
	var gone []string
	for name, values := range first(a).Values() {
		if !slices.Equal(b.Values()[name], values) {
			gone = append(gone, name)
		}
	}
	slices.Sort(gone)
	return strings.Join(gone, " ")
}

func TestDayRange(t *testing.T) {
	t.Parallel()
	for _, tt := range [][3]string{
		{"2026-11-01", "2026-11-01", "1 Nov 2026"}, {"2026-11-01", "", "from 1 Nov 2026"}, {"", "2026-11-22", "until 22 Nov 2026"},
		{"2026-13-45", "2026-11-22", "2026-13-45 – 22 Nov 2026"},
	} {
		if got := dayRange(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%v: %q", tt, got)
		}
	}
}

func TestSortState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		now          order.Sort
		column       string
		state, click string
	}{
		{"", "ordered", "descending", "/orders?sort=ordered_at"},
		{order.OldestFirst, "ordered", "ascending", "/orders"},
		{order.LargestFirst, "ordered", "", "/orders"},
		{order.LargestFirst, "total", "descending", "/orders?sort=total"},
		{"", "total", "", "/orders?sort=-total"},
		{"", "shipby", "", "/orders?sort=ship_by"},
		{order.ShipSoonestFirst, "shipby", "ascending", "/orders"},
	}
	for _, tt := range tests {
		t.Run(string(tt.now)+" "+tt.column, func(t *testing.T) {
			t.Parallel()
			v := OrdersView{Filter: order.Filter{Sort: tt.now, Page: 4}}
			var state string
			var next order.Filter
			switch tt.column {
			case "ordered":
				state, next = v.sortState(order.NewestFirst, order.OldestFirst, true)
			case "total":
				state, next = v.sortState(order.LargestFirst, order.SmallestFirst, true)
			case "shipby":
				state, next = v.sortState("", order.ShipSoonestFirst, false)
			}
			if state != tt.state || canonicalURL(t, next) != tt.click {
				t.Errorf("got %q %s, want %q %s", state, canonicalURL(t, next), tt.state, tt.click)
			}
		})
	}
}

// canonicalURL is where the list ends up after the handler has read the link.
func canonicalURL(t *testing.T, f order.Filter) string {
	t.Helper()
	g, err := order.ParseFilter(f.Values())
	if err != nil {
		t.Fatal(err)
	}
	return string(listURL(g))
}

func TestPaging(t *testing.T) {
	t.Parallel()
	rows := sampleRows(50)
	tests := []struct {
		name             string
		v                OrdersView
		prev, next, span string
		links            []int
	}{
		{"one page", OrdersView{Rows: rows[:3], Count: 3}, "", "", "1–3 of 3", nil},
		{"first of many", OrdersView{Rows: rows, Count: 480, Next: "n"}, "", "page=2", "1–50 of 480", []int{1, 2, 0, 10}},
		{"second", OrdersView{Rows: rows, Count: 480, Next: "n", Prev: "p", Filter: order.Filter{Page: 2}}, "", "page=3", "51–100 of 480", []int{1, 2, 3, 0, 10}},
		{"middle", OrdersView{Rows: rows, Count: 480, Filter: order.Filter{Page: 5}}, "page=4", "page=6", "201–250 of 480", []int{1, 0, 4, 5, 6, 0, 10}},
		{"last", OrdersView{Rows: rows[:30], Count: 480, Filter: order.Filter{Page: 10}}, "page=9", "", "451–480 of 480", []int{1, 0, 9, 10}},
		{"beyond counting", OrdersView{Rows: rows, Count: 10000, CountIsLower: true, Next: "n", Filter: order.Filter{Page: 200}}, "page=199", "after=n", "9,951–10,000 of 10,000+", []int{1, 0, 199, 200}},
		{"by cursor", OrdersView{Rows: rows, Count: 10000, CountIsLower: true, Next: "n", Prev: "p", Filter: order.Filter{After: "a"}}, "before=p", "after=n", "50 orders on this page", nil},
		{"last by cursor", OrdersView{Rows: rows[:1], Count: 10000, Prev: "p", Filter: order.Filter{After: "a"}}, "before=p", "", "1 order on this page", nil},
		{"not counted", OrdersView{Rows: rows, Count: -1, Next: "n"}, "", "after=n", "50 orders on this page", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			prev, ok1 := tt.v.prev()
			next, ok2 := tt.v.next()
			if tt.name == "second" {
				if !ok1 || prev.Page != 0 {
					t.Errorf("the first page has no number, got %d", prev.Page)
				}
			} else if ok1 != (tt.prev != "") || ok1 && prev.Values().Encode() != tt.prev {
				t.Errorf("prev %v %q, want %q", ok1, prev.Values().Encode(), tt.prev)
			}
			if ok2 != (tt.next != "") || ok2 && next.Values().Encode() != tt.next {
				t.Errorf("next %v %q, want %q", ok2, next.Values().Encode(), tt.next)
			}
			if got := tt.v.span(); got != tt.span {
				t.Errorf("span %q, want %q", got, tt.span)
			}
			if diff := cmp.Diff(tt.links, tt.v.pageLinks()); diff != "" {
				t.Errorf("links (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCountText(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]OrdersView{
		"1 order": {Count: 1}, "No orders": {Count: 0}, "More than 10,000 orders": {Count: 10000, CountIsLower: true},
	} {
		if got := v.countText(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, v := range []OrdersView{{Count: -1}, {Count: 4, Failed: true}, {Count: 4, Errors: faults()}} {
		if got := v.countText(); got != "" {
			t.Errorf("%q of a list that was not read", got)
		}
	}
}

// A refused filter keeps what was typed, also what cannot be chosen.
func TestTypedValues(t *testing.T) {
	t.Parallel()
	v := OrdersView{Filter: order.Filter{Q: "old"}, Errors: faults(), Typed: url.Values{"q": {"new"}, "status": {"pending"}}}
	if v.value("q") != "new" || !v.chosen("status", "pending") || v.chosen("status", "shipped") || !v.used("from", "status") || v.used("from") {
		t.Error("the form does not hold what was typed")
	}
	v.Errors = nil
	if v.value("q") != "old" {
		t.Error("the form does not hold the filter")
	}
}

func TestOrderBack(t *testing.T) {
	t.Parallel()
	for list, want := range map[string]string{"": "/orders", "q=ring": "/orders?q=ring", "//evil.example": "/orders?//evil.example"} {
		if got := string(OrderView{Walk: WalkView{List: list, Known: true}}.back()); got != want {
			t.Errorf("list %q leads to %q, want %q", list, got, want)
		}
	}
}

func TestAddressLines(t *testing.T) {
	t.Parallel()
	got := addressLines(order.Address{Line1: "14, 3rd Cross", City: "Bengaluru", State: "Karnataka", Pincode: "560038", Country: "IN"})
	if diff := cmp.Diff([]string{"14, 3rd Cross", "Bengaluru 560038", "Karnataka"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := addressLines(order.Address{Country: "AE"}); len(got) != 1 || got[0] != "AE" {
		t.Errorf("foreign: %q", got)
	}
}
