package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store/sqlite"
)

type bench struct {
	Keeper
	at   time.Time
	fail bool
}

func newBench(t *testing.T) *bench {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	zone := time.FixedZone("IST", 5*3600+1800)
	b := &bench{at: time.Date(2026, 11, 22, 2, 0, 0, 0, zone)}
	b.Keeper = Keeper{Records: s.Records(), Dir: t.TempDir(), Zone: zone, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return b.at },
		Copy: func(_ context.Context, file string) error {
			if b.fail {
				return errors.New("disk full")
			}
			return os.WriteFile(file, []byte("copy"), 0o600)
		}}
	return b
}

func (b *bench) count(t *testing.T, want int) {
	t.Helper()
	all, err := b.Backups()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != want {
		t.Errorf("at %s: %d copies, want %d", b.at, len(all), want)
	}
}

// TestDue: one copy a day after its hour, also when the program was off at
// that hour, and as many as the plan keeps.
func TestDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	due := func() {
		t.Helper()
		if err := b.Due(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	due() // 02:00, none was ever made
	b.count(t, 1)
	due()
	b.count(t, 1)
	b.at = b.at.Add(90 * time.Minute) // 03:30
	due()
	due()
	b.count(t, 2)
	for range 5 {
		b.at = b.at.Add(24 * time.Hour)
		due()
	}
	b.count(t, usual().Keep)
	last, err := b.LastBackup(t.Context())
	if err != nil || !last.Equal(b.at) {
		t.Errorf("newest %s, %v", last, err)
	}
	if err := b.SetPlan(t.Context(), Plan{Off: true, Keep: 1}); err != nil {
		t.Fatal(err)
	}
	b.at = b.at.Add(48 * time.Hour)
	due()
	b.count(t, usual().Keep)
}

// TestFailureKeepsOldCopies: what cannot be copied costs no older copy.
func TestFailureKeepsOldCopies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.SetPlan(t.Context(), Plan{Hour: 3, Keep: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Make(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.fail, b.at = true, b.at.Add(48*time.Hour)
	if err := b.Due(t.Context()); err == nil {
		t.Error("a failed copy was no error")
	}
	b.count(t, 1)
	other := filepath.Join(b.Dir, Folder, "palmonas-mine.db")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.fail = false
	if err := b.Due(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.count(t, 1)
	if _, err := os.Stat(other); err != nil {
		t.Error("somebody's own file was taken")
	}
	for _, bad := range []Plan{{Keep: 0}, {Keep: 61}, {Keep: 1, Hour: 24}, {Keep: 1, Hour: -1}} {
		if err := b.SetPlan(t.Context(), bad); !errors.Is(err, ErrPlan) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
