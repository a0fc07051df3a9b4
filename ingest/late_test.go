package ingest

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// A channel that has no success for three intervals is told of once, and once
// more when it is well again.
func TestLate(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "1")
	var log bytes.Buffer
	d.c.Log = slog.New(slog.NewTextHandler(&log, nil))
	heard := -1
	d.c.OnLate = func(late []Late) { heard = len(late) }
	var a alarm
	look := func(want int) {
		t.Helper()
		if a.look(t.Context(), d.Syncer); heard != want {
			t.Errorf("%d channels are late, want %d", heard, want)
		}
	}
	look(0)
	d.clock.advance(4 * time.Minute)
	look(1)
	look(1)
	d.pull()
	look(0)
	look(0)
	if warned, well := strings.Count(log.String(), "channel is late"), strings.Count(log.String(), "on time again"); warned != 1 || well != 1 {
		t.Errorf("warned %d times, well %d times:\n%s", warned, well, log.String())
	}
}
