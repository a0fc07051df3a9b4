package order

import (
	"slices"
	"testing"
	"time"
)

func reported(word string, status Status, at time.Time) Report {
	return Report{Ref: Ref{Channel: "c", PlatformOrderID: "1"}, Platform: Amazon, Status: status, Source: FromPlatform, At: at,
		Facts: Facts{OrderedAt: at, OrderNumber: "1", PlatformStatus: word}}
}

// An unknown word that gets a meaning: the flag goes, the same report read with
// the meaning changes nothing, a newer one counts.
func TestRereadUnknownWord(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	o, _ := Absorb(nil, reported("New", Pending, at), at)
	o, _ = Absorb(&o, reported("Packed_V2", "", at.Add(time.Hour)), at)
	if o.Status != Pending || !slices.Contains(o.Facts.Flags, NeedsAttention) {
		t.Fatalf("unknown word: %s %v", o.Status, o.Facts.Flags)
	}
	version := o.Version
	if !o.Reread(Processing, "", nil, "status words", "u1", at) || o.Status != Processing || len(o.Facts.Flags) > 0 || o.Version != version+1 {
		t.Errorf("reread: %s %v, version %d after %d", o.Status, o.Facts.Flags, o.Version, version)
	}
	if o.Reread(Processing, "", nil, "", "u1", at) {
		t.Error("twice changes twice")
	}
	if again, outcome := Absorb(&o, reported("Packed_V2", Processing, at.Add(time.Hour)), at); outcome != Unchanged {
		t.Errorf("the report with its meaning: %s, %s", outcome, again.Status)
	}
	if next, _ := Absorb(&o, reported("Gone", Shipped, at.Add(2*time.Hour)), at); next.Status != Shipped || len(next.Facts.Flags) > 0 {
		t.Errorf("the next report: %s %v", next.Status, next.Facts.Flags)
	}
}

// A wrong meaning that is corrected leaves no trace of a step back, and a
// person's wish stands.
func TestRereadCorrection(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	o, _ := Absorb(nil, reported("Handed", Delivered, at), at)
	if !o.Reread(Shipped, "", nil, "", "u1", at) || o.Status != Shipped || slices.Contains(o.Facts.Flags, NeedsAttention) {
		t.Errorf("corrected: %s %v", o.Status, o.Facts.Flags)
	}
	o, _ = Absorb(nil, reported("New", Pending, at), at)
	if err := o.SetStatus(Confirmed, "u1", "", true, at); err != nil {
		t.Fatal(err)
	}
	if !o.Reread(Cancelled, "", []Flag{CancelRequested}, "", "u1", at) || o.Reported.Status != Cancelled || o.Status != Confirmed || !o.WishOpen() {
		t.Errorf("with a wish: %s, reported %s", o.Status, o.Reported.Status)
	}
}
