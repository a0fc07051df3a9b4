package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
)

// Limits of background work.
const (
	runningJobs  = 2
	waitingJobs  = 16
	saveEvery    = 500 * time.Millisecond
	jobHeartbeat = 30 * time.Second
	jobLost      = 3 * time.Minute // without a heartbeat
)

// Runner does long work that a page started, a few at a time, and keeps the
// record of it in the store. It is safe for concurrent use.
type Runner struct {
	jobs store.Jobs
	// as puts a job into the scope that its owner has when it begins; nil leaves
	// it without one.
	as  func(context.Context, account.ID) (context.Context, error)
	now func() time.Time
	log *slog.Logger
	// alone: no other process runs jobs on this store.
	alone bool
	born  time.Time

	ctx    context.Context // ended by Close; jobs outlive the request that started them
	cancel context.CancelFunc
	slots  chan struct{}
	wg     sync.WaitGroup

	mu     sync.Mutex
	closed bool
	active map[string]*Work
}

// Work is one running job as the function that does it sees it.
type Work struct {
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	job    store.Job
	watch  chan struct{} // closed and replaced at each update
}

// Update changes the job's progress; what is shown may lag half a second.
func (w *Work) Update(fn func(*store.Job)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fn(&w.job)
	close(w.watch)
	w.watch = make(chan struct{})
}

// state is the job now, and a channel that closes when it changes.
func (w *Work) state() (store.Job, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	j := w.job
	j.Files = maps.Clone(j.Files)
	return j, w.watch
}

// NewRunner makes a runner; Close ends it.
func NewRunner(jobs store.Jobs, now func() time.Time, log *slog.Logger) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	return &Runner{jobs: jobs, now: now, log: log, born: now(), ctx: ctx, cancel: cancel,
		slots: make(chan struct{}, runningJobs), active: map[string]*Work{}}
}

// errCancelled is the cause of a context that a person ended.
var errCancelled = errors.New("cancelled")

// Start records a job and begins it when a place is free. The function gets a
// context that ends when the job is cancelled or the program stops. Too many
// waiting jobs are a *busyError.
func (r *Runner) Start(ctx context.Context, j store.Job, do func(context.Context, *Work) error) error {
	j.State, j.Started, j.Updated = store.JobRunning, r.now(), r.now()
	jobCtx, cancel := context.WithCancelCause(r.ctx)
	w := &Work{cancel: cancel, job: j, watch: make(chan struct{})}
	if err := r.enter(w); err != nil {
		cancel(nil)
		return err
	}
	if err := r.jobs.Save(ctx, j); err != nil {
		cancel(nil)
		r.leave(w)
		return err
	}
	go r.run(jobCtx, w, do) //nolint:gosec,contextcheck // a job outlives the request that started it
	return nil
}

func (r *Runner) enter(w *Work) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(r.active) >= runningJobs+waitingJobs {
		return &busyError{http.StatusServiceUnavailable, "Too much work is waiting already. Try again when some of it is done.", 30 * time.Second}
	}
	r.active[w.job.ID] = w
	r.wg.Add(1)
	return nil
}

func (r *Runner) leave(w *Work) {
	w.cancel(nil)
	r.mu.Lock()
	delete(r.active, w.job.ID)
	r.mu.Unlock()
	r.wg.Done()
}

func (r *Runner) run(ctx context.Context, w *Work, do func(context.Context, *Work) error) { //nolint:contextcheck // its last words outlive ctx
	defer r.leave(w)
	saved := make(chan struct{})
	saving, stop := context.WithCancel(context.Background())
	go func() {
		defer close(saved)
		r.keep(saving, w)
	}()
	err := r.do(ctx, w, do)
	stop()
	<-saved
	w.Update(func(j *store.Job) { conclude(j, err, context.Cause(ctx), r.now()) })
	final, _ := w.state()
	if final.State == store.JobFailed {
		r.log.Error("job failed", slog.String("job", final.ID), slog.String("kind", final.Kind), slog.Any("err", err))
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // also when the program stops
	defer cancel()
	if err := r.jobs.Save(last, final); err != nil {
		r.log.Error("job record not saved", slog.String("job", final.ID), slog.Any("err", err))
	}
}

// conclude words the end of a job.
func conclude(j *store.Job, err, cause error, at time.Time) {
	j.Finished, j.Updated = at, at
	var said *jobError
	switch {
	case err == nil:
		j.State = store.JobDone
	case errors.Is(cause, errCancelled):
		j.State, j.Error = store.JobCancelled, "Cancelled. What was done before stays."
	case cause != nil:
		j.State, j.Error = store.JobFailed, "The program stopped. What was done before stays; start it again to finish."
	case errors.As(err, &said):
		j.State, j.Error = store.JobFailed, said.message
	default:
		j.State, j.Error = store.JobFailed, "Something went wrong. What was done before stays."
	}
}

// jobError is a failure whose words may be shown.
type jobError struct {
	message string
	err     error
}

func (e *jobError) Error() string { return e.message }
func (e *jobError) Unwrap() error { return e.err }

// do waits for a place and survives a panic.
func (r *Runner) do(ctx context.Context, w *Work, do func(context.Context, *Work) error) (err error) {
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if r.as != nil {
		j, _ := w.state()
		if ctx, err = r.as(ctx, j.By); err != nil {
			return err
		}
	}
	return do(ctx, w)
}

// keep saves the progress while the job runs, and shows that it still does.
func (r *Runner) keep(ctx context.Context, w *Work) {
	for {
		_, changed := w.state()
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-time.After(jobHeartbeat):
		}
		j, _ := w.state()
		j.Updated = r.now()
		if err := r.jobs.Save(ctx, j); err != nil && ctx.Err() == nil {
			r.log.Warn("job progress not saved", slog.String("job", j.ID), slog.Any("err", err))
		}
		if sleep(ctx, saveEvery) != nil {
			return
		}
	}
}

// Get is the job as it stands, with a channel that closes at its next change
// (nil when it does not run here). A job whose process died counts as failed.
func (r *Runner) Get(ctx context.Context, id string) (store.Job, <-chan struct{}, error) {
	r.mu.Lock()
	w := r.active[id]
	r.mu.Unlock()
	if w != nil {
		j, changed := w.state()
		if !scope.From(ctx).SeesJob(j) {
			return store.Job{}, nil, store.ErrNotFound
		}
		return j, changed, nil
	}
	j, err := r.jobs.Get(ctx, id)
	if err == nil && !scope.From(ctx).SeesJob(j) {
		return store.Job{}, nil, store.ErrNotFound
	}
	return r.settled(j), nil, err
}

// List is the newest jobs, as far as the scope of ctx goes.
func (r *Runner) List(ctx context.Context, limit int) ([]store.Job, error) {
	all, err := r.jobs.List(ctx, limit)
	all = slices.DeleteFunc(all, func(j store.Job) bool { return !scope.From(ctx).SeesJob(j) })
	for i := range all {
		all[i] = r.settled(all[i])
	}
	return all, err
}

// settled words a job that nobody runs any more.
func (r *Runner) settled(j store.Job) store.Job {
	over := r.now().Sub(j.Updated) > jobLost || r.alone && j.Updated.Before(r.born)
	if j.State == store.JobRunning && over {
		conclude(&j, context.Canceled, context.Canceled, j.Updated)
	}
	return j
}

// Cancel ends a job that runs here; others are left alone, and it says so with
// store.ErrNotFound.
func (r *Runner) Cancel(id string) error {
	r.mu.Lock()
	w := r.active[id]
	r.mu.Unlock()
	if w == nil {
		return store.ErrNotFound
	}
	w.cancel(errCancelled)
	return nil
}

// Close refuses new jobs, ends the running ones and waits for them until ctx
// ends.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	done := make(chan struct{})
	go func() { r.wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("jobs still running: %w", ctx.Err())
	}
}
