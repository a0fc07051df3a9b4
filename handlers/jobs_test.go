package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
)

// finished waits for a job's end.
func finished(t *testing.T, r *Runner, id string) store.Job {
	t.Helper()
	for range 9000 { // a busy machine with the race detector is slow
		j, active, err := r.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if active == nil { // and its record is kept
			return j
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the job never ends")
	return store.Job{}
}

func TestJobOutcomes(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	for name, c := range map[string]struct {
		do    func(context.Context, *Work) error
		state store.JobState
		says  string
	}{
		"done":            {func(_ context.Context, w *Work) error { w.Update(func(j *store.Job) { j.Done = 7 }); return nil }, store.JobDone, ""},
		"failed silently": {func(context.Context, *Work) error { return errors.New("dial tcp 10.0.0.1: secret") }, store.JobFailed, "Something went wrong. What was done before stays."},
		"failed openly":   {func(context.Context, *Work) error { return &jobError{"Row 1 has no order id.", nil} }, store.JobFailed, "Row 1 has no order id."},
		"panic":           {func(context.Context, *Work) error { panic("x") }, store.JobFailed, "Something went wrong. What was done before stays."},
	} {
		t.Run(name, func(t *testing.T) {
			id := "job-" + strings.ReplaceAll(name, " ", "-")
			if err := a.srv.jobs.Start(t.Context(), store.Job{ID: id, Kind: kindImport, By: "u-support", Title: name}, c.do); err != nil {
				t.Fatal(err)
			}
			j := finished(t, a.srv.jobs, id)
			if j.State != c.state || j.Error != c.says || j.Finished.IsZero() {
				t.Errorf("job %+v", j)
			}
			kept, err := a.store.Jobs().Get(t.Context(), id)
			if err != nil || kept.State != c.state || kept.Done != j.Done {
				t.Errorf("kept %+v, %v", kept, err)
			}
		})
	}
}

func TestJobsAreBoundedAndDrained(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r := NewRunner(a.store.Jobs(), a.clock.now, a.srv.Log)
	started := make(chan struct{}, 100)
	wait := func(ctx context.Context, _ *Work) error { started <- struct{}{}; <-ctx.Done(); return ctx.Err() }
	for i := range runningJobs + waitingJobs {
		if err := r.Start(t.Context(), store.Job{ID: "j" + string(rune('a'+i)), Kind: kindImport}, wait); err != nil {
			t.Fatal(err)
		}
	}
	var busy *busyError
	if err := r.Start(t.Context(), store.Job{ID: "more", Kind: kindImport}, wait); !errors.As(err, &busy) {
		t.Errorf("one more: %v", err)
	}
	for range runningJobs {
		<-started
	}
	select {
	case <-started:
		t.Error("more run at once than should")
	case <-time.After(50 * time.Millisecond):
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := a.store.Jobs().List(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range all {
		if j.State != store.JobFailed || !strings.Contains(j.Error, "The program stopped") {
			t.Errorf("%s: %s %q", j.ID, j.State, j.Error)
		}
	}
	if err := r.Start(t.Context(), store.Job{ID: "late", Kind: kindImport}, wait); !errors.As(err, &busy) {
		t.Errorf("after Close: %v", err)
	}
}

func TestLostJobCountsAsFailed(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	now := a.clock.now()
	if err := a.store.Jobs().Save(t.Context(), store.Job{ID: "lost", Kind: kindImport, By: "u-support", Title: "x", State: store.JobRunning, Started: now, Updated: now}); err != nil {
		t.Fatal(err)
	}
	b := a.as("support")
	b.get("/jobs/lost").want(t, http.StatusOK).wantText(t, "Running")
	a.clock.add(jobLost + time.Second)
	b.get("/jobs/lost").want(t, http.StatusOK).wantText(t, "The program stopped").lacksText(t, "hx-sse:connect=\"/jobs")
}

// TestJobsOfTheProcessBefore: where nobody else runs jobs, those of the process
// before are over as soon as there is a new one.
func TestJobsOfTheProcessBefore(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	if err := a.store.Jobs().Save(t.Context(), store.Job{ID: "cut", Kind: kindImport, State: store.JobRunning, Started: a.clock.now(), Updated: a.clock.now()}); err != nil {
		t.Fatal(err)
	}
	a.clock.add(time.Second)
	for _, alone := range []bool{true, false} {
		r := NewRunner(a.store.Jobs(), a.clock.now, a.srv.Log)
		r.alone = alone
		j, _, err := r.Get(scope.With(t.Context(), scope.Everything()), "cut")
		if over := j.State == store.JobFailed; err != nil || over != alone {
			t.Errorf("alone %v: %s, %v", alone, j.State, err)
		}
	}
}

func TestJobPages(t *testing.T) { // N-28
	t.Parallel()
	a := newApp(t)
	a.user("other", account.Support)
	go_ := make(chan struct{})
	err := a.srv.jobs.Start(t.Context(), store.Job{ID: "mine", Kind: kindImport, By: "u-support", Title: "Import of x.csv", Channel: "website"},
		func(ctx context.Context, w *Work) error {
			<-go_
			w.Update(func(j *store.Job) { j.Done, j.Of = 5, 10 })
			<-ctx.Done()
			return ctx.Err()
		})
	if err != nil {
		t.Fatal(err)
	}
	b := a.as("support")
	b.get("/jobs/mine").want(t, http.StatusOK).wantText(t, "Import of x.csv", "Shop website", "Test support")
	b.parts().get("/jobs/mine").want(t, http.StatusOK).lacksText(t, "<html")
	a.as("admin").get("/jobs/mine").want(t, http.StatusOK)
	other := a.as("other")
	for _, path := range []string{"/jobs/mine", "/jobs/mine/events", "/jobs/mine/files/rejects.csv"} {
		other.get(path).want(t, http.StatusNotFound)
	}
	other.post("/jobs/mine/cancel", url.Values{}).want(t, http.StatusNotFound)
	l := b.listen(t, "/jobs/mine/events")
	l.next()
	close(go_)
	for s := l.next(); !strings.Contains(s, `value="5"`); s = l.next() {
		if s == "" {
			t.Fatal("the stream ends before the progress")
		}
	}
	b.post("/jobs/mine/cancel", url.Values{}).want(t, http.StatusSeeOther)
	for s := l.next(); s != "event: done"; s = l.next() {
		if s == "" {
			t.Fatal("the stream ends without done")
		}
	}
	l.wantEnd()
	b.get("/jobs/mine").want(t, http.StatusOK).wantText(t, "Cancelled")
	b.post("/jobs/mine/cancel", url.Values{}).want(t, http.StatusSeeOther)
}
