package views

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	ist := time.FixedZone("IST", 5*3600+1800)
	c := Clock{Now: time.Date(2026, 11, 22, 8, 35, 0, 0, time.UTC), Zone: ist}
	at := func(s string) time.Time {
		got, err := time.ParseInLocation("2006-01-02 15:04:05", s, ist)
		if err != nil {
			t.Fatal(err)
		}
		return got.UTC()
	}
	tests := []struct {
		name                          string
		at                            time.Time
		date, clock, short, brief, to string
	}{
		{"never", time.Time{}, "", "", "", "", ""},
		{"now", c.Now, "22 Nov 2026", "14:05 IST", "14:05", "14:05", "just now"},
		{"a minute", at("2026-11-22 14:04:00"), "22 Nov 2026", "14:04 IST", "14:04", "14:04", "1 min ago"},
		{"today after midnight", at("2026-11-22 00:10:00"), "22 Nov 2026", "00:10 IST", "00:10", "00:10", "13 h ago"},
		{"yesterday in UTC, today in India", at("2026-11-22 05:29:00"), "22 Nov 2026", "05:29 IST", "05:29", "05:29", "8 h ago"},
		{"yesterday", at("2026-11-21 23:59:59"), "21 Nov 2026", "23:59 IST", "21 Nov, 23:59", "21 Nov", "14 h ago"},
		{"a day", at("2026-11-21 14:05:00"), "21 Nov 2026", "14:05 IST", "21 Nov, 14:05", "21 Nov", "1 day ago"},
		{"days", at("2026-11-10 14:05:00"), "10 Nov 2026", "14:05 IST", "10 Nov, 14:05", "10 Nov", "12 days ago"},
		{"long ago", at("2025-11-22 14:05:00"), "22 Nov 2025", "14:05 IST", "22 Nov 2025", "22 Nov 2025", "22 Nov 2025"},
		{"soon", at("2026-11-22 14:25:30"), "22 Nov 2026", "14:25 IST", "14:25", "14:25", "in 20 min"},
		{"tomorrow", at("2026-11-23 14:06:00"), "23 Nov 2026", "14:06 IST", "23 Nov, 14:06", "23 Nov", "in 1 day"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := [5]string{c.Date(tt.at), c.Time(tt.at), c.Short(tt.at), c.Brief(tt.at), c.Ago(tt.at)}
			if want := [5]string{tt.date, tt.clock, tt.short, tt.brief, tt.to}; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	if got := (Clock{Now: c.Now}).DateTime(c.Now); got != "22 Nov 2026, 08:35 UTC" {
		t.Errorf("without a zone: %q", got)
	}
	if !c.Late(c.Now.Add(-1)) || c.Late(c.Now) || c.Late(time.Time{}) {
		t.Error("a deadline is late after its moment, and none never is")
	}
}

func TestTook(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "", 850 * time.Millisecond: "850 ms", 12400 * time.Millisecond: "12.4 s", 185 * time.Second: "3 min 5 s",
	} {
		if got := took(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestPresets(t *testing.T) {
	t.Parallel()
	// 00:10 on 1 March in India is still February in UTC.
	c := Clock{Now: time.Date(2026, 2, 28, 18, 40, 0, 0, time.UTC), Zone: time.FixedZone("IST", 5*3600+1800)}
	want := map[string][2]string{
		"Today": {"2026-03-01", "2026-03-01"}, "Yesterday": {"2026-02-28", "2026-02-28"}, "Last 7 days": {"2026-02-23", "2026-03-01"},
		"Last 30 days": {"2026-01-31", "2026-03-01"},
	}
	for _, p := range c.presets() {
		if got := [2]string{p.from, p.to}; got != want[p.label] {
			t.Errorf("%s: %v, want %v", p.label, got, want[p.label])
		}
	}
}
