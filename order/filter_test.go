package order

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseFilter(t *testing.T) {
	t.Parallel()
	v, err := url.ParseQuery("q=+kurta+&platform=flipkart&platform=amazon&platform=amazon&status=shipped,pending&channel=b&channel=a&from=2026-11-01" +
		"&to=2026-11-30&customer=k&tag=vip&assignee=u1&sort=-ordered_at&limit=50&page=1&after=&before=")
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseFilter(v)
	if err != nil {
		t.Fatal(err)
	}
	want := Filter{Q: "kurta", Platforms: []Platform{Amazon, Flipkart}, Statuses: []Status{Pending, Shipped}, Channels: []string{"a", "b"},
		From: "2026-11-01", To: "2026-11-30", Customer: "k", Tag: "vip", Assignee: "u1"}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Fatal(diff)
	}
	const canonical = "assignee=u1&channel=a&channel=b&customer=k&from=2026-11-01&platform=amazon&platform=flipkart&q=kurta&status=pending&status=shipped&tag=vip&to=2026-11-30"
	if got := f.Values().Encode(); got != canonical {
		t.Errorf("%s", got)
	}
	q, err := f.QueryAt(kolkata(t), noon)
	if err != nil {
		t.Fatal(err)
	}
	if got := PrintExpr(q.Where, kolkata(t)); got != "platform:amazon,flipkart channel:a,b status:pending,shipped customer:k tag:vip assignee:u1 date:2026-11-01..2026-11-30 kurta" {
		t.Errorf("%s", got)
	}
	if q.Sort != NewestFirst || q.Limit != DefaultLimit || q.Page != 1 {
		t.Errorf("%+v", q)
	}
}

func TestParseFilterFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]string{ // query: fields at fault
		"platfrom=amazon":               "platfrom",
		"platform=ebay":                 "platform",
		"status=lost&status=shipped":    "status",
		"status=shipped,":               "status",
		"sort=price":                    "sort",
		"sort=total&sort=-total":        "sort",
		"limit=30":                      "limit",
		"limit=x":                       "limit",
		"page=0":                        "page",
		"page=-1":                       "page",
		"page=1.5":                      "page",
		"page=99999999999999999999":     "page",
		"from=2026-02-30":               "from",
		"from=yesterday":                "from",
		"from=2026-11-02&to=2026-11-01": "to",
		"after=a&before=b":              "before",
		"after=a&page=2":                "page",
		"q=total%3Ealot":                "q",
		"q=(":                           "q",
		"tag=a&tag=b&limit=7&nonsense=&nonsense=1": "tag limit nonsense",
	}
	for query, want := range tests {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseFilter(v)
		var faults FieldErrors
		if !errors.As(err, &faults) {
			t.Errorf("%s was read as %+v", query, f)
			continue
		}
		var fields []string
		for _, e := range faults {
			fields = append(fields, e.Field)
		}
		if got := strings.Join(fields, " "); got != want {
			t.Errorf("%s: faults at %s (%v), want %s", query, got, err, want)
		}
	}
}

func TestFilterValuesParse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := url.Values{}
		for _, name := range []string{"q", "platform", "channel", "status", "from", "to", "customer", "tag", "assignee", "sort", "limit", "page", "after", "before", "x"} {
			if rapid.IntRange(0, 3).Draw(t, name+"?") == 0 {
				v[name] = rapid.SliceOfN(rapid.SampledFrom([]string{"", "kurta", "amazon", "shipped,pending", "2026-11-01", "2026-11-30", "-total", "50", "20", "2", `"a b"`}), 1, 2).Draw(t, name)
			}
		}
		f, err := ParseFilter(v)
		if err != nil {
			return
		}
		again, err := ParseFilter(f.Values())
		if err != nil {
			t.Fatalf("%s is not read back: %v", f.Values().Encode(), err)
		}
		if diff := cmp.Diff(f, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
