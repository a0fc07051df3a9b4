package ingest

import (
	"slices"
	"strings"
	"time"
)

// JobState is one recurring job as this process sees it.
type JobState struct {
	Name  string
	Every time.Duration
	Last  time.Time // when it began last here; zero when it did not yet
	Next  time.Time
}

// States lists the recurring jobs by name; empty while the schedule stands.
func (s *Schedule) States() []JobState {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cron == nil {
		return nil
	}
	var all []JobState
	for _, j := range s.cron.Jobs() {
		state := JobState{Name: j.Name(), Every: s.jobs[j.Name()].every}
		// Errors say that the job was removed at this moment.
		state.Last, _ = j.LastRunStartedAt()
		state.Next, _ = j.NextRun()
		all = append(all, state)
	}
	slices.SortFunc(all, func(a, b JobState) int { return strings.Compare(a.Name, b.Name) })
	return all
}
