package store

import (
	"context"

	"github.com/palmonas/palmonas-crm/report"
)

// Figures are the numbers that pages show on every visit, kept ready so that
// any range is answered at once. What they count is said by report.Tally, for
// every engine alike.
//
// A stored order marks its day dirty together with the change (both days when
// it moves). Recount works marks off; what is asked for meanwhile is counted on
// the spot, so that an answer never lags behind the orders by more than a
// moment. Only when very many days are dirty at once, as after an import of
// years, do answers lag; they say so with Pending.
type Figures interface {
	// Days returns the days of a range that have orders, without their Sales. It
	// may be shared with others: read only.
	Days(ctx context.Context, r report.Range) (report.Figures, error)
	// Sales is Days with Sales, which are many times larger than all else.
	Sales(ctx context.Context, r report.Range) (report.Figures, error)
	// Customers answers what customers bought in a range.
	Customers(ctx context.Context, q report.CustomerQuery) (report.Customers, error)
	// Customer sums up one customer over all time; ErrNotFound for a key without
	// a counted order.
	Customer(ctx context.Context, key string) (report.Customer, error)
	// Loyalty tells how customers come back, over all time.
	Loyalty(ctx context.Context) (report.Loyalty, error)
	// Recount works off at most limit dirty days, the newest first, and returns
	// how many. It may run in several processes.
	Recount(ctx context.Context, limit int) (int, error)
	// Verify calls fn with every figure that is not what the orders amount to.
	// Days that are dirty, or change while they are looked at, are left out:
	// recount before. An error from fn ends it and is returned untouched.
	Verify(ctx context.Context, fn func(report.Difference) error) error
	// Rebuild counts everything anew; progress is told the days done so far.
	// Answers meanwhile are as good as before.
	Rebuild(ctx context.Context, progress func(done, of int)) error
}
