package dispatch

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/order"
)

func kolkata(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestDue(t *testing.T) {
	t.Parallel()
	c := Usual()
	c.Holidays = []string{"2026-11-24"}
	c.Platforms = map[order.Platform]Rule{order.Amazon: {Cutoff: "11:30", Leaves: "16:00"}, order.Blinkit: {Off: true}}
	c.Channels = map[string]Rule{"amazon-express": {Cutoff: "20:00", Leaves: "21:15"}}
	loc := kolkata(t)
	const layout = "2006-01-02 15:04"
	for _, tt := range []struct{ name, platform, channel, placed, want string }{
		{"before the cut-off", "organic", "website", "2026-11-20 13:59", "2026-11-20 18:00"},
		{"at the cut-off", "organic", "website", "2026-11-20 14:00", "2026-11-21 18:00"},
		{"on Saturday evening", "organic", "website", "2026-11-21 15:00", "2026-11-23 18:00"},
		{"on Sunday morning", "organic", "website", "2026-11-22 09:00", "2026-11-23 18:00"},
		{"before a holiday", "organic", "website", "2026-11-23 15:00", "2026-11-25 18:00"},
		{"on a holiday", "organic", "website", "2026-11-24 10:00", "2026-11-25 18:00"},
		{"over the year's end", "organic", "website", "2026-12-31 23:59", "2027-01-01 18:00"},
		{"its platform's rule", "amazon", "amazon-in", "2026-11-20 11:30", "2026-11-21 16:00"},
		{"its channel's rule", "amazon", "amazon-express", "2026-11-20 19:59", "2026-11-20 21:15"},
		{"no time at all", "blinkit", "blinkit-1", "2026-11-20 10:00", ""},
	} {
		placed, err := time.ParseInLocation(layout, tt.placed, loc)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if at := c.Due(order.Platform(tt.platform), tt.channel, placed.UTC(), loc); !at.IsZero() {
			got = at.In(loc).Format(layout)
		}
		if got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if at := c.Due(order.Organic, "website", time.Time{}, loc); !at.IsZero() {
		t.Error("an order without a time is due at ", at)
	}
	if at := (Calendar{Usual: Usual().Usual}).Due(order.Organic, "website", time.Now(), loc); !at.IsZero() {
		t.Error("without working days an order is due at ", at)
	}
}

// TestDueIsAhead: an order never leaves before it was placed, always on a
// working day, and a later order never before an earlier one.
func TestDueIsAhead(t *testing.T) {
	t.Parallel()
	loc := kolkata(t)
	c := Usual()
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) time.Time {
			return time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, name), 0)
		}
		a, b := at("a"), at("b")
		if b.Before(a) {
			a, b = b, a
		}
		first, second := c.Due(order.Organic, "w", a, loc), c.Due(order.Organic, "w", b, loc)
		if !first.After(a) || second.Before(first) || !c.works(first.In(loc)) {
			t.Fatalf("placed %v due %v, placed %v due %v", a, first, b, second)
		}
	})
}

func TestClean(t *testing.T) {
	t.Parallel()
	c := Usual()
	c.Workdays = []time.Weekday{5, 1, 5}
	c.Holidays = ParseHolidays("2026-11-08 Diwali\n\n 2026-01-26\n2026-11-08\n")
	got, err := c.Clean()
	if err != nil || len(got.Workdays) != 2 || len(got.Holidays) != 2 || got.Holidays[0] != "2026-01-26" {
		t.Errorf("%v %v", got, err)
	}
	bad := Calendar{
		Usual:     Rule{Cutoff: "2 pm", Leaves: "18:00"},
		Platforms: map[order.Platform]Rule{order.Amazon: {Cutoff: "14:00"}, order.Swiggy: {Off: true}},
		Channels:  map[string]Rule{"website": {Cutoff: "18:00", Leaves: "14:00"}},
		Holidays:  []string{"8 November"},
	}
	_, err = bad.Clean()
	var faults order.FieldErrors
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	for _, field := range []string{"cutoff", "leaves.platform.amazon", "leaves.channel.website", "workdays", "holidays"} {
		if faults.For(field) == "" {
			t.Errorf("nothing at %s: %v", field, faults)
		}
	}
	if len(faults) != 5 {
		t.Errorf("%v", faults)
	}
}
