package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/palmonas/palmonas-crm/order"
)

// maxRepeats is how many pages in a row may repeat pages of the same run. A
// platform may send one twice; one that ignores the paging sends nothing else.
const maxRepeats = 3

// pages reads from a cursor until no page waits, storing each before its
// cursor.
func (r *run) pages(ctx context.Context, p Platform, cursor string) error {
	cursors, contents, repeats := map[string]bool{cursor: true}, map[[32]byte]bool{}, 0
	for n := 1; ; n++ {
		if n > r.s.c.MaxPages {
			return fmt.Errorf("paging does not end: %d pages", n-1)
		}
		page, err := guard(func() (Page, error) { return p.Fetch(ctx, cursor) })
		if err != nil {
			return err
		}
		if err := r.store(ctx, page.Reports, page.Rejects); err != nil {
			return err
		}
		r.pageDone++
		if page.More {
			if page.Next == "" || cursors[page.Next] {
				return fmt.Errorf("paging goes round in circles: page %d leads back to cursor %q", n, short(page.Next))
			}
			repeats++
			if sum := fingerprint(page); !contents[sum] {
				contents[sum], repeats = true, 0
			}
			if repeats >= maxRepeats {
				return fmt.Errorf("paging does not end: page %d and the %d before it repeat others", n, repeats-1)
			}
			cursors[page.Next] = true
		}
		if r.progress != nil && page.Next != "" {
			r.progress.Cursor = page.Next
		}
		if !page.More {
			return nil // the end of the run saves the cursor
		}
		if err := r.save(ctx); err != nil {
			return err
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

// fingerprint tells two pages' contents apart.
func fingerprint(p Page) [32]byte {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, r := range p.Reports {
		// Texts and numbers always encode.
		_ = enc.Encode([]any{r.Ref.PlatformOrderID, r.At.UnixMilli(), r.Facts.PlatformStatus})
	}
	for _, r := range p.Rejects {
		_ = enc.Encode([]any{r.PlatformOrderID, r.Payload})
	}
	return [32]byte(h.Sum(nil))
}

// short keeps a cursor, which may be long, out of the way in an error.
func short(cursor string) string {
	if len(cursor) > 60 {
		return cursor[:60] + "…"
	}
	return cursor
}
