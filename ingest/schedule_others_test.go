package ingest

import (
	"context"
	"testing"
	"time"
)

func TestScheduleRunsOthers(t *testing.T) {
	t.Parallel()
	ran := make(chan struct{}, 1)
	s := NewSchedule(ScheduleConfig{Syncer: NewSyncer(SyncerConfig{Store: newStore(t)}), Others: []Job{{
		Name: "other", Every: 20 * time.Millisecond, Deadline: time.Second,
		Run: func(context.Context) {
			select {
			case ran <- struct{}{}:
			default:
			}
		},
	}}})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		select {
		case <-ran:
		case <-time.After(10 * time.Second):
			t.Fatal("the job did not run again")
		}
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
