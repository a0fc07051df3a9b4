package ingest

import (
	"context"
	"runtime/debug"

	"github.com/palmonas/palmonas-crm/order"
)

// quietPages is how many pages without news go by between two writes.
const quietPages = 20

// pages reads from a cursor until no page waits, storing each before its
// cursor.
func (r *run) pages(ctx context.Context, p Platform, cursor string) error {
	course := newCourse(cursor, r.s.c.MaxPages)
	for {
		page, err := guard(func() (Page, error) { return p.Fetch(ctx, cursor) })
		if err != nil {
			return err
		}
		if err := r.store(ctx, page.Reports, page.Rejects); err != nil {
			return err
		}
		if r.tap != nil {
			r.tap(page.Reports)
		}
		r.pageDone++
		if err := course.follow(page); err != nil {
			return err
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
		cursor = page.Next
	}
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
