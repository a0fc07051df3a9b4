package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"

	"github.com/palmonas/palmonas-crm/channel"
)

// ScheduleConfig is what a Schedule needs; zero durations take their defaults.
type ScheduleConfig struct {
	Syncer *Syncer
	Log    *slog.Logger // nil for none
	// Refresh is how often changed channels are looked for. Default 15 s.
	Refresh time.Duration
	// Maintain is how often the store is maintained. Default 5 min.
	Maintain time.Duration
	// Deadline bounds one run of a channel; what it left goes on with the next.
	// Default 15 min.
	Deadline time.Duration
	// Patience is how long Stop waits for jobs that were told to stop. Default 10 s.
	Patience time.Duration
	// Holder names this process, and this start of it, to others on the same
	// store. Default a random name.
	Holder string
	// Alone says that no other process could run jobs on this store, so that
	// none asks for a lease.
	Alone bool
	// Others are recurring jobs that have nothing to do with platforms.
	Others []Job
	// LeaseTTL is how long after its death a process keeps others from its jobs.
	// Default 20 s.
	LeaseTTL time.Duration
}

// How often channels are looked after, and the inbox where nobody rings.
const (
	PushEvery      = 5 * time.Second
	InboxEvery     = 2 * time.Second
	ReconcileEvery = 10 * time.Minute
)

// Schedule runs the recurring jobs: reading each enabled channel, listening to
// its queue and telling it what people decided, each on its own, working off the inbox, and the upkeep of
// the store. Of several processes on one store, each job runs in one. It is safe
// for concurrent use.
type Schedule struct {
	c ScheduleConfig

	ctx    context.Context
	cancel context.CancelFunc
	byHand sync.WaitGroup

	refreshing sync.Mutex // taken before mu
	leases     *leases

	mu      sync.Mutex
	cron    gocron.Scheduler // nil before Start and after Stop
	stopped bool
	jobs    map[string]scheduledJob
	began   time.Time // set before any job runs
	alarm   alarm     // of the job freshness alone
	seen    time.Time // when the channels were read last
}

type scheduledJob struct {
	job
	id uuid.UUID
}

// NewSchedule makes a schedule; nothing runs before Start.
func NewSchedule(c ScheduleConfig) *Schedule {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&c.Refresh, 15*time.Second)
	def(&c.Maintain, 5*time.Minute)
	def(&c.Deadline, 15*time.Minute)
	def(&c.Patience, 10*time.Second)
	def(&c.LeaseTTL, 20*time.Second)
	if c.Holder == "" {
		c.Holder = strings.ToLower(rand.Text())
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := newLeases(c.Syncer.c.Store.Leases(), c.Holder, c.LeaseTTL, c.Syncer.c.Now, c.Log)
	l.alone = c.Alone
	return &Schedule{c: c, ctx: ctx, cancel: cancel, leases: l, jobs: map[string]scheduledJob{}}
}

// Job is recurring work that somebody else brings along. Of several processes
// on one store it runs in one at a time, and again after a crash anywhere, so
// doing it twice must change nothing.
type Job struct {
	Name     string // unlike any other job's
	Every    time.Duration
	Deadline time.Duration // of one run
	Run      func(context.Context)
}

// job is one line of the table.
type job struct {
	name     string
	every    time.Duration
	deadline time.Duration
	run      func(context.Context)
	own      bool // runs in every process
}

// table is everything that recurs. No job waits for another.
func (s *Schedule) table(channels []channel.Channel) []job {
	y, long := s.c.Syncer, s.c.Deadline
	t := []job{
		{"refresh", s.c.Refresh, time.Minute, s.refresh, true},
		{"leases", s.leases.every(), s.leases.every(), s.keepLeases, true},
		{"maintain", s.c.Maintain, s.c.Maintain, s.maintain, false},
		{"inbox", InboxEvery, long, s.workInbox, false},
		{"freshness", LateEvery, LateEvery, s.watchFreshness, false},
	}
	for _, o := range s.c.Others {
		t = append(t, job{o.Name, o.Every, o.Deadline, o.Run, false})
	}
	for _, ch := range channels {
		if !ch.Enabled || ch.Adapter == channel.Manual {
			continue
		}
		each := func(run func(context.Context, string)) func(context.Context) {
			return func(ctx context.Context) { run(ctx, ch.ID) }
		}
		t = append(t,
			job{"pull:" + ch.ID, max(ch.Interval, channel.MinInterval), long, each(y.scheduled), false},
			job{"push:" + ch.ID, PushEvery, long, each(y.scheduledPush), false},
			job{"reconcile:" + ch.ID, ReconcileEvery, 4 * long, each(y.scheduledReconcile), false},
		)
		if y.listens(ch) {
			t = append(t, job{"listen:" + ch.ID, ListenEvery, long, each(y.scheduledListen), false})
		}
	}
	return t
}

// Start begins to run the jobs, each at once and then at its period; a second
// Start changes nothing. A Schedule that was stopped does not start again.
func (s *Schedule) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopped:
		return errors.New("schedule: stopped for good")
	case s.cron != nil:
		return nil
	}
	channels, err := s.c.Syncer.c.Store.Channels().List(ctx)
	if err != nil {
		return fmt.Errorf("schedule: channels: %w", err)
	}
	cron, err := gocron.NewScheduler(gocron.WithStopTimeout(s.c.Patience), gocron.WithLogger(s.c.Log))
	if err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	if s.c.Alone {
		s.c.Syncer.closeLeft(ctx, channels)
	}
	s.cron, s.seen = cron, s.c.Syncer.c.Now()
	s.began = s.seen
	if err := s.apply(channels); err != nil { //nolint:contextcheck // jobs end with the schedule, not with ctx
		s.cron = nil
		return errors.Join(err, cron.Shutdown())
	}
	cron.Start()
	s.byHand.Go(s.answerBell)
	return nil
}

// apply makes the running jobs those of the table. The caller holds mu.
func (s *Schedule) apply(channels []channel.Channel) error {
	gone := maps.Clone(s.jobs)
	for _, j := range s.table(channels) {
		delete(gone, j.name)
		old, ok := s.jobs[j.name]
		if ok && old.every == j.every {
			continue
		}
		if ok {
			if err := s.remove(old); err != nil {
				return err
			}
		}
		if err := s.add(j); err != nil {
			return err
		}
	}
	for _, old := range gone {
		if err := s.remove(old); err != nil {
			return err
		}
	}
	return nil
}

func (s *Schedule) add(j job) error {
	added, err := s.cron.NewJob(
		// A tenth of jitter keeps channels of one period apart.
		gocron.DurationRandomJob(j.every-j.every/10, j.every+j.every/10),
		gocron.NewTask(func() {
			ctx, cancel := context.WithTimeout(s.ctx, j.deadline)
			defer cancel()
			if j.own {
				j.run(ctx)
				return
			}
			s.leases.run(ctx, j.name, j.run)
		}),
		gocron.WithName(j.name),
		gocron.WithSingletonMode(gocron.LimitModeReschedule),
		gocron.WithStartAt(gocron.WithStartImmediately()),
		// Without this listener a panic ends the process.
		gocron.WithEventListeners(gocron.AfterJobRunsWithPanic(func(_ uuid.UUID, name string, _ any) {
			s.c.Log.Error("job panicked", "job", name)
		})),
	)
	if err != nil {
		return fmt.Errorf("schedule: %s: %w", j.name, err)
	}
	s.jobs[j.name] = scheduledJob{j, added.ID()}
	return nil
}

func (s *Schedule) remove(j scheduledJob) error {
	delete(s.jobs, j.name)
	if err := s.cron.RemoveJob(j.id); err != nil && !errors.Is(err, gocron.ErrJobNotFound) {
		return fmt.Errorf("schedule: %s: %w", j.name, err)
	}
	return nil
}
