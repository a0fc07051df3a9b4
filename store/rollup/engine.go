package rollup

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// Mark says that a day is dirty. Its number differs from that of every mark the
// day had before, so that whoever recounted can tell whether more happened
// meanwhile.
type Mark struct {
	Day    report.Day
	Number int64
}

// Revision is a kept day; each recount that changed anything gives it another
// number.
type Revision struct {
	Day    report.Day
	Number int64
}

// Part is one of the documents of a day.
type Part int

// The parts.
const (
	PartFigures Part = iota // all but sales
	PartVisits
	PartSales
)

// Form is the version of the documents and of what they mean. An engine whose
// documents have another one forgets them and counts anew.
const Form = formVersion<<16 | report.Meaning

// Counted is a recounted day, to be kept.
type Counted struct {
	Mark Mark // as it was before counting
	// Before is the revision that Visits was compared with, 0 when the day was
	// not kept.
	Before  int64
	Figures []byte // all three are empty when no order of the day counts
	Visits  []byte
	Sales   []byte
	// Changes are the customers whose visits of the day differ from what was
	// kept.
	Changes []Change
}

// Change is one customer's visits of a day, none when there are none any more.
type Change struct {
	Customer string
	Visits   []report.Visit
}

// Engine is what a database does for the figures. Its methods are safe for
// concurrent use.
type Engine interface {
	// Marks lists the dirty days of a range, newest first, at most limit.
	Marks(ctx context.Context, r report.Range, limit int) ([]Mark, error)
	// Revisions lists the kept days of a range, oldest first.
	Revisions(ctx context.Context, r report.Range) ([]Revision, error)
	// Read calls fn with a document of each of the days that is kept, oldest
	// first; doc is valid during the call only.
	Read(ctx context.Context, p Part, days []report.Day, fn func(at Revision, doc []byte) error) error
	// Placed calls fn for every order with from <= OrderedAt < to, archived ones
	// too.
	Placed(ctx context.Context, from, to time.Time, fn func(order.Order) error) error
	// Keep stores a counted day and what follows from it for customers. When the
	// day has another revision than Before by now, or no mark, nothing is stored
	// and kept is false. The mark is cleared unless it changed meanwhile.
	Keep(ctx context.Context, c Counted) (kept bool, err error)
	// Occupied lists the days that have orders, archived ones too.
	Occupied(ctx context.Context) ([]report.Day, error)
	// Restart makes the days dirty and all kept ones, forgets all customers and
	// their sums, and takes the visits of kept days for none.
	Restart(ctx context.Context, days []report.Day) error
	// Best lists customers over all time, and Visits all visits of one (none
	// for an unknown one). Sums are those of
	// everybody, of some kinds.
	Best(ctx context.Context, by report.CustomerSort, limit, offset int) ([]report.Customer, error)
	Visits(ctx context.Context, customer string) ([]report.Visit, error)
	Sums(ctx context.Context, kinds ...report.SumKind) (report.CustomerSums, error)
	// Everybody calls fn with the visits of each kept customer and what Best
	// would say of it.
	Everybody(ctx context.Context, fn func(c report.Customer, visits []report.Visit) error) error
}
