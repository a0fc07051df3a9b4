package ingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

// Refresh makes the jobs follow the channels as they are now, so that a change
// made on a page takes effect at once.
func (s *Schedule) Refresh(ctx context.Context) error {
	// One at a time, or an older list could be applied after a newer one.
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	channels, err := s.c.Syncer.c.Store.Channels().List(ctx)
	if err != nil {
		return err
	}
	jobs, err := s.follow(channels) //nolint:contextcheck // jobs end with the schedule, not with ctx
	if jobs != nil {
		s.leases.keep(ctx, jobs)
	}
	return err
}

// follow returns the jobs that run now, nil when none should.
func (s *Schedule) follow(channels []channel.Channel) (map[string]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cron == nil {
		return nil, nil
	}
	s.seen = s.c.Syncer.c.Now()
	if err := s.apply(channels); err != nil {
		return nil, err
	}
	jobs := make(map[string]bool, len(s.jobs))
	for name := range s.jobs {
		jobs[name] = true
	}
	return jobs, nil
}

func (s *Schedule) refresh(ctx context.Context) {
	if err := s.Refresh(ctx); err != nil && ctx.Err() == nil {
		s.c.Log.Warn("schedule not refreshed", "err", err)
	}
}

func (s *Schedule) maintain(ctx context.Context) {
	if err := s.c.Syncer.c.Store.Maintain(ctx, s.c.Syncer.c.Now()); err != nil && ctx.Err() == nil {
		s.c.Log.Warn("store not maintained", "err", err)
	}
}

// answerBell works on webhooks as soon as one came in, until the schedule
// stops.
func (s *Schedule) answerBell() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.c.Syncer.inbox.bell:
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.c.Deadline)
		s.leases.run(ctx, "inbox", s.workInbox)
		cancel()
	}
}

// keepLeases prolongs what this process runs and takes over what nobody runs
// any more: a job with a long period must not wait for its next tick when the
// process that ran it died.
func (s *Schedule) keepLeases(ctx context.Context) {
	s.leases.renew(ctx)
	s.mu.Lock()
	var slow []scheduledJob
	for _, j := range s.jobs {
		if !j.own && j.every > s.leases.ttl && s.leases.elsewhere(j.name) {
			slow = append(slow, j)
		}
	}
	s.mu.Unlock()
	for _, j := range slow {
		if s.leases.take(ctx, j.name, nil) {
			s.runNow(j)
		}
	}
}

// runNow lets a job run before its time.
func (s *Schedule) runNow(j scheduledJob) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cron == nil {
		return
	}
	for _, scheduled := range s.cron.Jobs() {
		if scheduled.ID() != j.id {
			continue
		}
		if err := scheduled.RunNow(); err != nil {
			s.c.Log.Warn("job not begun", "job", j.name, "err", err)
		}
	}
}

func (s *Schedule) workInbox(ctx context.Context) {
	if err := s.c.Syncer.WorkInbox(ctx); err != nil && ctx.Err() == nil {
		s.c.Log.Warn("inbox not worked off", "err", err)
	}
}

// Alive reports whether the schedule runs and could read the channels lately:
// the readiness of a server.
func (s *Schedule) Alive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cron != nil && s.c.Syncer.c.Now().Sub(s.seen) < 4*s.c.Refresh+time.Minute
}

// Jobs lists the names of the running jobs in order.
func (s *Schedule) Jobs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.jobs))
	for name := range s.jobs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// outcome is how a run by hand ended.
type outcome struct {
	run channel.Run
	err error
}

// launch starts a pull that ends with the schedule, not with its caller.
func (s *Schedule) launch(channelID, by string) (<-chan outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil, context.Canceled
	}
	done := make(chan outcome, 1)
	s.byHand.Go(func() {
		ctx, cancel := context.WithTimeout(s.ctx, s.c.Deadline)
		defer cancel()
		run, err := s.c.Syncer.Pull(ctx, channelID, by)
		done <- outcome{run, err}
	})
	return done, nil
}

// Trigger pulls a channel now, whether it rests or not, and waits for the end
// or for ctx, whichever comes first: the run itself goes on after ctx is over,
// until it ends or the schedule stops. by is the user who asked. Errors are
// those of Syncer.Pull, and the context's.
func (s *Schedule) Trigger(ctx context.Context, channelID, by string) (channel.Run, error) {
	done, err := s.launch(channelID, by) //nolint:contextcheck // the pull ends with the schedule, not with ctx
	if err != nil {
		return channel.Run{Channel: channelID}, err
	}
	select {
	case o := <-done:
		return o.run, o.err
	case <-ctx.Done():
		return channel.Run{Channel: channelID}, ctx.Err()
	}
}

// Begin is Trigger without the wait: it returns as soon as the run has begun,
// and its figures appear in the channel's progress. Errors: ErrRunning,
// ErrDisabled, those of Syncer.Platform; what goes wrong later is in the run's
// record.
func (s *Schedule) Begin(ctx context.Context, channelID, by string) error {
	ch, _, err := s.c.Syncer.Platform(ctx, channelID)
	switch {
	case err != nil:
		return err
	case !ch.Enabled:
		return fmt.Errorf("channel %s: %w", channelID, ErrDisabled)
	case s.c.Syncer.Running(channelID):
		return fmt.Errorf("channel %s: %w", channelID, ErrRunning)
	}
	_, err = s.launch(channelID, by) //nolint:contextcheck // the pull ends with the schedule, not with ctx
	return err
}

// Stop cancels every job and waits for them, but not beyond its patience or
// ctx, and hands the jobs to other processes. What was stored stays, and the next start goes on from there. A second
// Stop changes nothing.
func (s *Schedule) Stop(ctx context.Context) error {
	s.mu.Lock()
	cron := s.cron
	s.cron, s.stopped = nil, true
	s.mu.Unlock()
	s.cancel()
	ctx, cancel := context.WithTimeout(ctx, s.c.Patience)
	defer cancel()
	waited := make(chan struct{})
	go func() {
		s.byHand.Wait()
		close(waited)
	}()
	var err error
	if cron != nil {
		err = cron.ShutdownWithContext(ctx)
	}
	select {
	case <-waited:
	case <-ctx.Done():
		return ctx.Err() // what still runs keeps its lease, which ends by itself
	}
	if err == nil {
		s.leases.keep(ctx, nil)
	}
	return err
}

// watchFreshness tells of channels that are late. A process that has just
// started gives them the time to be read.
func (s *Schedule) watchFreshness(ctx context.Context) {
	if s.c.Syncer.c.Now().Sub(s.began) >= LateEvery {
		s.alarm.look(ctx, s.c.Syncer)
	}
}
