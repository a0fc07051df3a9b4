package report

import (
	"errors"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
)

func someDay(t testing.TB, s string) Day {
	t.Helper()
	d, err := ParseDay(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFilterReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	today := Date(2026, 11, 22)
	for address, want := range map[string]string{
		"":                              "",
		"period=30d":                    "",
		"period=fy&compare=previous":    "period=fy",
		"from=2026-11-01&to=2026-11-05": "from=2026-11-01&to=2026-11-05",
		"period=range&from=2026-11-01":  "from=2026-11-01&to=2026-11-22",
		"to=2026-11-05":                 "from=2026-10-07&to=2026-11-05",
		"from=2026-12-24":               "from=2026-12-24&to=2026-12-24",
		"platform=organic,amazon&platform=amazon":                                    "platform=amazon&platform=organic",
		"state=MH&state=orissa&payment=cod&by=week&compare=year&channel=b&channel=a": "by=week&channel=a&channel=b&compare=year&payment=cod&state=Maharashtra&state=Odisha",
	} {
		v, err := url.ParseQuery(address)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseFilter(v, today)
		if err != nil {
			t.Errorf("%q: %v", address, err)
			continue
		}
		if got := f.Values().Encode(); got != want {
			t.Errorf("%q became %q, want %q", address, got, want)
		}
		again, err := ParseFilter(f.Values(), today)
		if err != nil {
			t.Errorf("%q: its own form is not read: %v", address, err)
		}
		if diff := cmp.Diff(f, again); diff != "" {
			t.Errorf("%q: read back it differs:\n%s", address, diff)
		}
	}
}

func TestFilterRefuses(t *testing.T) {
	t.Parallel()
	for address, fields := range map[string][]string{
		"period=yesteryear":                       {"period"},
		"period=7d&from=2026-11-01":               {"period"},
		"from=2026-11-05&to=2026-11-01":           {"to"},
		"from=2026-13-01":                         {"from"},
		"from=1850-01-01&to=1850-01-02":           {"from", "to"},
		"from=2001-01-01&to=2099-01-01":           {"from"},
		"platform=ebay&payment=gold&compare=love": {"compare", "payment", "platform"},
		"by=hour&state=Bavaria&colour=red":        {"by", "state", "colour"},
		"period=7d&period=30d":                    {"period"},
	} {
		v, err := url.ParseQuery(address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = ParseFilter(v, Date(2026, 11, 22))
		var faults order.FieldErrors
		if !errors.As(err, &faults) {
			t.Errorf("%q was read: %v", address, err)
			continue
		}
		for _, field := range fields {
			if faults.For(field) == "" {
				t.Errorf("%q: nothing is said about %s: %v", address, field, err)
			}
		}
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		today             string
		preset            Preset
		from, to          string
		beforeFrom, befTo string
	}{
		{"2026-11-22", Today, "2026-11-22", "2026-11-22", "2026-11-21", "2026-11-21"},
		{"2026-11-22", Last7, "2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"},
		{"2026-11-22", ThisMonth, "2026-11-01", "2026-11-22", "2026-10-01", "2026-10-22"},
		{"2026-03-31", ThisMonth, "2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"},
		{"2026-11-22", LastMonth, "2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30"},
		{"2026-11-22", ThisQuarter, "2026-10-01", "2026-11-22", "2026-07-01", "2026-08-22"},
		{"2026-11-22", LastQuarter, "2026-07-01", "2026-09-30", "2026-04-01", "2026-06-30"},
		{"2026-11-22", ThisYear, "2026-04-01", "2026-11-22", "2025-04-01", "2025-11-22"},
		{"2026-03-31", ThisYear, "2025-04-01", "2026-03-31", "2024-04-01", "2025-03-31"},
		{"2026-04-01", ThisYear, "2026-04-01", "2026-04-01", "2025-04-01", "2025-04-01"},
		{"2026-04-01", LastYear, "2025-04-01", "2026-03-31", "2024-04-01", "2025-03-31"},
	} {
		f := Filter{Preset: c.preset, Range: c.preset.Range(someDay(t, c.today))}
		if want := (Range{someDay(t, c.from), someDay(t, c.to)}); f.Range != want {
			t.Errorf("%s on %s is %v, want %v", c.preset, c.today, f.Range, want)
		}
		before, ok := f.Previous()
		if want := (Range{someDay(t, c.beforeFrom), someDay(t, c.befTo)}); !ok || before != want {
			t.Errorf("%s on %s is compared with %v, want %v", c.preset, c.today, before, want)
		}
	}
}

// The steps of a chart cover the period without gap or overlap, whatever its
// edges.
func TestSteps(t *testing.T) {
	t.Parallel()
	from := Date(2026, 1, 30)
	for _, g := range Grains() {
		for length := range 400 {
			r := Range{from + Day(length%11), from + Day(length%11+length)}
			next := r.From
			for _, s := range g.Split(r) {
				if s.From != next || s.To < s.From || s.To > r.To {
					t.Fatalf("%s of %v: step %v does not begin at %v", g, r, s, next)
				}
				next = s.To + 1
			}
			if next != r.To+1 {
				t.Fatalf("%s of %v ends before %v", g, r, next)
			}
		}
	}
	if got := ByWeek.Split(Range{Date(2026, 11, 21), Date(2026, 11, 24)}); len(got) != 2 || got[1].From != Date(2026, 11, 23) {
		t.Errorf("the second week begins on %v, want Monday", got)
	}
}
