package timetable

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func india(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestWhen(t *testing.T) {
	t.Parallel()
	zone := india(t)
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	daily, weekly := When{Hour: 0, Minute: 30}, When{Hour: 9, Days: []time.Weekday{time.Monday, time.Thursday}}
	for _, tt := range []struct {
		name, now, last, next string
		when                  When
	}{
		{"at the minute", "2026-11-23 00:30", "2026-11-23 00:30", "2026-11-24 00:30", daily},
		{"before it, of the day before", "2026-11-23 00:29", "2026-11-22 00:30", "2026-11-23 00:30", daily},
		{"a chosen day", "2026-11-23 12:00", "2026-11-23 09:00", "2026-11-26 09:00", weekly},
		{"caught up in the night", "2026-11-24 08:59", "2026-11-23 09:00", "2026-11-26 09:00", weekly},
		{"too late to catch up", "2026-11-24 09:00", "", "2026-11-26 09:00", weekly},
		{"over the week's end", "2026-11-28 09:00", "", "2026-11-30 09:00", weekly},
		{"on the same weekday again", "2026-11-23 09:30", "2026-11-23 09:00", "2026-11-30 09:00", When{Hour: 9, Days: []time.Weekday{time.Monday}}},
	} {
		now := at(tt.now).UTC()
		if last, ok := tt.when.Last(now, zone); ok != (tt.last != "") || ok && !last.Equal(at(tt.last)) {
			t.Errorf("%s: last %v %v, want %s", tt.name, last, ok, tt.last)
		}
		if next := tt.when.Next(now, zone); !next.Equal(at(tt.next)) {
			t.Errorf("%s: next %v, want %s", tt.name, next, tt.next)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	bad := Export{Name: "a\nb", Spec: export.Spec{Format: "pdf"}, When: When{Hour: 24, Days: []time.Weekday{7}}, To: "moon"}
	var faults order.FieldErrors
	if err := bad.Check(); !errors.As(err, &faults) {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range faults {
		fields = append(fields, f.Field)
	}
	if diff := cmp.Diff([]string{"name", "time", "day", "to", "format"}, fields); diff != "" {
		t.Error(diff)
	}
}

// TestTurns follows one export: each due time once, one more after a death, a
// missed one once, and none from before it was made.
func TestTurns(t *testing.T) {
	t.Parallel()
	zone := india(t)
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, zone)
	b := Book{Records: s.Records(), Now: func() time.Time { return now }, Zone: zone}
	id, err := b.Add(t.Context(), "u1", Export{Name: "Late", Spec: export.Spec{Format: export.CSV}, When: When{Hour: 7}, To: Folder})
	if err != nil {
		t.Fatal(err)
	}
	due := func(when string, want int) {
		t.Helper()
		if list, err := b.Due(t.Context()); err != nil || len(list) != want {
			t.Errorf("%s: %d due, %v; want %d", when, len(list), err, want)
		}
	}
	begin := func(want bool) Kept {
		t.Helper()
		k, ok, err := b.Begin(t.Context(), id)
		if err != nil || ok != want {
			t.Fatalf("begun: %v, %v; want %v", ok, err, want)
		}
		return k
	}
	due("an hour after today's time, just made", 0)
	begin(false)
	now = now.Add(23 * time.Hour) // 7:00
	due("at the time", 1)
	if err := b.End(t.Context(), begin(true), "no server"); err != nil {
		t.Fatal(err)
	}
	due("after a failure", 0)
	begin(false)
	now = now.Add(47 * time.Hour) // one missed for good, one of the day before
	due("a time was missed", 1)
	begin(true)
	due("the program died", 1)
	k := begin(true)
	due("it died again", 0)
	if k.Value.Last.Tries != 2 || k.Value.Last.Fault != "" {
		t.Errorf("turn %+v", k.Value.Last)
	}
	if err := b.Delete(t.Context(), "u2", id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	if err := errors.Join(b.Delete(t.Context(), "u1", id), b.End(t.Context(), k, "")); err != nil {
		t.Error(err)
	}
}

// TestChange: what was changed waits for its next time, belongs to its owner,
// and keeps what became of it.
func TestChange(t *testing.T) {
	t.Parallel()
	zone := india(t)
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, zone)
	b := Book{Records: s.Records(), Now: func() time.Time { return now }, Zone: zone}
	e := Export{Name: "Net by state", Report: "rows=state", Spec: export.Spec{Format: export.XLSX}, When: When{Hour: 9}, To: Folder}
	id, err := b.Add(t.Context(), "u1", e)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Hour) // 10:00, it is due
	if list, err := b.Due(t.Context()); err != nil || len(list) != 1 {
		t.Fatalf("%d due, %v", len(list), err)
	}
	e.When.Hour, e.Name = 8, "Renamed"
	if _, err := b.Change(t.Context(), "u2", id, e); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	before, err := b.Change(t.Context(), "u1", id, e)
	if err != nil || before.Value.Name != "Net by state" {
		t.Errorf("changed %q: %v", before.Value.Name, err)
	}
	if list, err := b.Due(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%d due for a time before the change, %v", len(list), err)
	}
	now = now.Add(22 * time.Hour) // 8:00
	if k, ok, err := b.Begin(t.Context(), id); err != nil || !ok || k.Value.Name != "Renamed" || !k.Value.OfReport() {
		t.Errorf("begun: %v %+v, %v", ok, k, err)
	}
	e.Spec.Format = export.NDJSON
	var faults order.FieldErrors
	if _, err := b.Change(t.Context(), "", id, e); !errors.As(err, &faults) || faults.For("format") == "" {
		t.Errorf("a report as lines of orders: %v", err)
	}
	if _, err := b.Get(t.Context(), "u2", id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else's: %v", err)
	}
	if k, err := b.Get(t.Context(), "", id); err != nil || k.Value.Name != "Renamed" {
		t.Errorf("anybody's: %+v, %v", k, err)
	}
}

func TestNotTooMany(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := Book{Records: s.Records(), Now: time.Now, Zone: time.UTC}
	e := Export{Name: "x", Spec: export.Spec{Format: export.JSON}, To: Mail}
	for range MaxEach {
		if _, err := b.Add(t.Context(), "u1", e); err != nil {
			t.Fatal(err)
		}
	}
	var faults order.FieldErrors
	if _, err := b.Add(t.Context(), "u1", e); !errors.As(err, &faults) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := b.Add(t.Context(), "u2", e); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}
