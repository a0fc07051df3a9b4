package ingest_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// TestRunsLeftOpen: the record of an import or a pull that a dead process left
// open is closed by the next process, if that one is alone; finished ones stay
// as they are.
func TestRunsLeftOpen(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{true, false} {
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "p.db"), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		at := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
		if err := s.Channels().Create(t.Context(), channel.Channel{ID: "shop", Platform: order.Organic, Adapter: channel.Manual, Name: "Shop"}); err != nil {
			t.Fatal(err)
		}
		for _, r := range []channel.Run{{ID: "cut", Channel: "shop", Kind: channel.Pull, Started: at}, {ID: "whole", Channel: "shop", Kind: channel.Pull, Started: at, Finished: at.Add(time.Minute)}} {
			if err := s.Channels().SaveRun(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		schedule := ingest.NewSchedule(ingest.ScheduleConfig{Syncer: ingest.NewSyncer(ingest.SyncerConfig{Store: s, Now: time.Now}), Alone: alone})
		if err := schedule.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := schedule.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		runs, err := s.Channels().Runs(t.Context(), "shop", 10)
		if err != nil || len(runs) != 2 {
			t.Fatal(runs, err)
		}
		for _, r := range runs {
			switch {
			case r.ID == "whole" && (!r.Finished.Equal(at.Add(time.Minute)) || r.Error != ""):
				t.Errorf("a finished run became %+v", r)
			case r.ID == "cut" && (r.Finished.IsZero() == alone || (r.Error != "") != alone):
				t.Errorf("alone %v: the open run is %+v", alone, r)
			}
		}
	}
}
