package ingest

import (
	"context"
	"runtime/debug"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/tracing"
)

// quietPages is how many pages without news go by between two writes.
const quietPages = 20

// worthAhead is how many records make a page worth reading the next one while
// it is stored.
const worthAhead = 20

// pages reads from a cursor until no page waits, storing each before its
// cursor. While a full page is stored the next one is read, at most one ahead.
func (r *run) pages(ctx context.Context, p Platform, cursor string) error {
	ctx, cancel := context.WithCancel(ctx)
	var ahead *fetching
	defer func() {
		cancel()
		_, _ = ahead.wait() // nothing reads on when the run is over
	}()
	course := newCourse(cursor, r.s.c.MaxPages)
	ahead = fetch(ctx, p, cursor)
	for {
		page, err := ahead.wait()
		if err != nil {
			return err
		}
		circle := course.follow(page)
		ahead = nil
		if page.More && circle == nil && len(page.Reports) >= worthAhead {
			ahead = fetch(ctx, p, page.Next)
		}
		if err := r.store(ctx, page.Reports, page.Rejects); err != nil {
			return err
		}
		if r.tap != nil {
			r.tap(page.Reports)
		}
		r.pageDone++
		if circle != nil {
			return circle
		}
		if r.progress != nil && page.Next != "" {
			r.progress.Cursor = page.Next
		}
		if !page.More {
			return nil // the end of the run saves the cursor
		}
		// Where to go on is worth a write once something was read; adapters walk
		// through several lists to find nothing.
		if r.By != "" || r.notable() || r.Rejected > 0 || r.pageDone%quietPages == 0 {
			if err := r.save(ctx); err != nil {
				return err
			}
		}
		if ahead == nil {
			ahead = fetch(ctx, p, page.Next)
		}
	}
}

// fetching is a page on its way.
type fetching struct {
	done chan struct{}
	page Page
	err  error
}

func fetch(ctx context.Context, p Platform, cursor string) *fetching {
	f := &fetching{done: make(chan struct{})}
	go func() {
		defer close(f.done)
		ctx, span := tracing.Step(ctx, "channel fetch")
		f.page, f.err = guard(func() (Page, error) { return p.Fetch(ctx, cursor) })
		span.Count("reports", len(f.page.Reports))
		span.End(f.err)
	}()
	return f
}

// wait returns the page; nothing when none was asked for.
func (f *fetching) wait() (Page, error) {
	if f == nil {
		return Page{}, nil
	}
	<-f.done
	return f.page, f.err
}

// one reads a single order.
func (r *run) one(ctx context.Context, p Platform, id string) error {
	report, err := guard(func() (order.Report, error) { return p.FetchOne(ctx, id) })
	if err != nil {
		return err
	}
	if err := r.store(ctx, []order.Report{report}, nil); err != nil {
		return err
	}
	if r.Rejected > 0 {
		return nil
	}
	return r.release(ctx, report.Ref.PlatformOrderID)
}

// guard turns a panic of an adapter, say over an answer nobody foresaw, into an
// error of its run.
func guard[T any](fn func() (T, error)) (v T, err error) {
	defer func() {
		if recover() != nil {
			err = &panicError{stack: debug.Stack()}
		}
	}()
	return fn()
}

type panicError struct{ stack []byte }

// Error leaves out the panic's value, which may quote what the platform sent.
func (e *panicError) Error() string { return "internal fault while reading the platform's answer" }
