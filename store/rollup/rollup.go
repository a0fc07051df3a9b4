// Package rollup keeps the figures of store.Figures: what is counted when, what
// is cached, and in what form a counted day is stored. It is the same for every
// engine; an engine brings only what touches its database (Engine).
//
// A counted day is three documents: its figures, what was sold of each product
// (most of all bytes, and few pages ask for it), and the visits of its customers.
// Customers are kept one by one besides, each with all its visits, and the sums
// over everybody; both follow from the visits of the days alone. That is why
// only days are ever dirty: recounting a day tells which customers changed.
package rollup

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// Form is the version of the documents. An engine whose documents have another
// one forgets them and counts anew.
const Form = formVersion

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

// Config is how to count.
type Config struct {
	Zone *time.Location // of the business day; nil: India
	Now  func() time.Time
}

// Keeper implements store.Figures on an Engine.
type Keeper struct {
	engine     Engine
	zone       *time.Location
	now        func() time.Time
	names      *report.Dictionary
	figures    *cache[*report.DayFigures]
	sales      *cache[[]report.Sale]
	spots      *spots
	recounting chan struct{} // full while somebody recounts
}

// New returns the figures of an engine.
func New(e Engine, c Config) *Keeper {
	if c.Zone == nil {
		c.Zone = India()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Keeper{engine: e, zone: c.Zone, now: c.Now, names: report.NewDictionary(),
		figures: newCache(figureBytes, sizeOfFigures), sales: newCache(saleBytes, sizeOfSales), spots: &spots{days: map[report.Day]*spotted{}}, recounting: make(chan struct{}, 1)}
}

// India is the zone of business days unless another is configured. It needs no
// database of zones: the clock there was never changed since 1945.
func India() *time.Location { return time.FixedZone("Asia/Kolkata", (5*60+30)*60) }

// spotDays bounds how many dirty days an answer counts on the spot.
const spotDays = 8

// spotAge is how long a count on the spot serves for the same mark. An engine
// may store a change a moment after its mark.
const spotAge = time.Second

// Days implements store.Figures.
func (k *Keeper) Days(ctx context.Context, r report.Range) (report.Figures, error) {
	return k.answer(ctx, r, false)
}

// Sales implements store.Figures.
func (k *Keeper) Sales(ctx context.Context, r report.Range) (report.Figures, error) {
	return k.answer(ctx, r, true)
}

func (k *Keeper) answer(ctx context.Context, r report.Range, sales bool) (report.Figures, error) {
	found, pending, err := k.days(ctx, r, sales)
	if err != nil {
		return report.Figures{}, fmt.Errorf("figures: %w", err)
	}
	list := make([]*report.DayFigures, 0, len(found))
	for _, f := range found {
		if f.Orders > 0 {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *report.DayFigures) int { return int(a.Day - b.Day) })
	return report.Figures{Range: r, Names: k.names.Names(), Days: list, Pending: pending}, nil
}

// days returns kept days, and in their place those that are dirty as they are
// now, as far as they are few.
func (k *Keeper) days(ctx context.Context, r report.Range, sales bool) (map[report.Day]*report.DayFigures, int, error) {
	marks, err := k.engine.Marks(ctx, r, spotDays+1)
	if err != nil {
		return nil, 0, err
	}
	revisions, err := k.engine.Revisions(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	found, err := load(ctx, k, PartFigures, k.figures, revisions, decodeFigures)
	if err != nil {
		return nil, 0, err
	}
	if sales {
		if err := k.addSales(ctx, found, revisions); err != nil {
			return nil, 0, err
		}
	}
	pending := 0
	if len(marks) > spotDays {
		if pending, err = k.pending(ctx, r); err != nil {
			return nil, 0, err
		}
		marks = marks[:spotDays]
		pending -= spotDays
	}
	for _, m := range marks {
		s, err := k.spot(ctx, m)
		if err != nil {
			return nil, 0, err
		}
		f := *s.figures
		if !sales {
			f.Sales = nil
		}
		found[m.Day] = &f
	}
	return found, pending, nil
}

// addSales puts copies with their sales in the place of days.
func (k *Keeper) addSales(ctx context.Context, found map[report.Day]*report.DayFigures, revisions []Revision) error {
	sales, err := load(ctx, k, PartSales, k.sales, revisions, decodeSales)
	for d, f := range found {
		with := *f
		with.Sales = sales[d]
		found[d] = &with
	}
	return err
}

// manyMarks is more than a range can have.
const manyMarks = 1 << 20

func (k *Keeper) pending(ctx context.Context, r report.Range) (int, error) {
	marks, err := k.engine.Marks(ctx, r, manyMarks)
	return len(marks), err
}

// load returns a document of each kept day, decoded, from the cache where it is
// there.
func load[T any](ctx context.Context, k *Keeper, p Part, c *cache[T], revisions []Revision,
	decode func([]byte, *report.Dictionary) (T, error)) (map[report.Day]T, error) {
	found := make(map[report.Day]T, len(revisions))
	missing := c.get(revisions, found)
	if len(missing) == 0 {
		return found, nil
	}
	err := k.engine.Read(ctx, p, missing, func(at Revision, doc []byte) error {
		v, err := decode(doc, k.names)
		if err != nil {
			return fmt.Errorf("figures of %s: %w", at.Day, err)
		}
		found[at.Day] = v
		c.put(at, v)
		return nil
	})
	return found, err
}

// spotted is a day counted from its orders.
type spotted struct {
	mark    Mark
	at      time.Time
	figures *report.DayFigures
	visits  []report.Visit
}

// spot counts a dirty day, unless that was just done.
func (k *Keeper) spot(ctx context.Context, m Mark) (*spotted, error) {
	now := k.now()
	if s := k.spots.get(m); s != nil && now.Sub(s.at) < spotAge && !now.Before(s.at) {
		return s, nil
	}
	t, err := k.count(ctx, m.Day)
	if err != nil {
		return nil, err
	}
	s := &spotted{mark: m, at: now, figures: t.Figures(), visits: t.Visits()}
	k.spots.put(s)
	return s, nil
}

// countBatch is how many orders are handed over at a time.
const countBatch = 128

// count counts the orders of a day: while some are counted, the next are read.
func (k *Keeper) count(ctx context.Context, d report.Day) (*report.Tally, error) {
	t := report.NewTally(d, k.zone, k.names)
	read, counted := make(chan []order.Order, 2), make(chan struct{})
	go func() {
		defer close(counted)
		for batch := range read {
			for i := range batch {
				t.Add(batch[i])
			}
		}
	}()
	batch := make([]order.Order, 0, countBatch)
	err := k.engine.Placed(ctx, d.Start(k.zone), (d + 1).Start(k.zone), func(o order.Order) error {
		if batch = append(batch, o); len(batch) == countBatch {
			read <- batch
			batch = make([]order.Order, 0, countBatch)
		}
		return nil
	})
	read <- batch
	close(read)
	<-counted
	return t, err
}

// Recount implements store.Figures. Of two that meet, one wins each day.
func (k *Keeper) Recount(ctx context.Context, limit int) (int, error) {
	select {
	case k.recounting <- struct{}{}:
		defer func() { <-k.recounting }()
	case <-ctx.Done():
		return 0, fmt.Errorf("recount: %w", ctx.Err())
	}
	marks, err := k.engine.Marks(ctx, report.Ever(), limit)
	if err != nil {
		return 0, fmt.Errorf("recount: %w", err)
	}
	for n, m := range marks {
		if err := k.recount(ctx, m); err != nil {
			return n, fmt.Errorf("recount %s: %w", m.Day, err)
		}
	}
	return len(marks), nil
}

func (k *Keeper) recount(ctx context.Context, m Mark) error {
	c := Counted{Mark: m}
	var before []report.Visit
	revisions, err := k.engine.Revisions(ctx, report.Range{From: m.Day, To: m.Day})
	if err != nil {
		return err
	}
	for _, r := range revisions {
		c.Before = r.Number
	}
	err = k.engine.Read(ctx, PartVisits, []report.Day{m.Day}, func(at Revision, doc []byte) error {
		if at.Number != c.Before {
			return errOvertaken
		}
		before, err = decodeVisits(doc)
		return err
	})
	if errors.Is(err, errOvertaken) {
		return nil // by another process; the mark stays if there is more to do
	}
	if err != nil {
		return err
	}
	t, err := k.count(ctx, m.Day)
	if err != nil {
		return err
	}
	figures, visits := t.Figures(), t.Visits()
	if figures.Orders > 0 {
		names := k.names.Names()
		c.Figures, c.Sales, c.Visits = encodeFigures(figures, names), encodeSales(figures.Sales, names), encodeVisits(visits)
	}
	c.Changes = changes(before, visits)
	_, err = k.engine.Keep(ctx, c)
	return err
}

var errOvertaken = errors.New("the day was counted by another process")

// changes lists the customers whose visits differ; both lists are sorted by
// customer.
func changes(before, after []report.Visit) []Change {
	var list []Change
	for len(before) > 0 || len(after) > 0 {
		var customer string
		switch {
		case len(before) == 0:
			customer = after[0].Customer
		case len(after) == 0:
			customer = before[0].Customer
		default:
			customer = min(before[0].Customer, after[0].Customer)
		}
		var was, is []report.Visit
		was, before = cut(before, customer)
		is, after = cut(after, customer)
		if !slices.EqualFunc(was, is, sameVisit) {
			list = append(list, Change{Customer: customer, Visits: is})
		}
	}
	return list
}

func sameVisit(a, b report.Visit) bool {
	times := a.First.Equal(b.First) && a.Last.Equal(b.Last)
	a.First, a.Last, b.First, b.Last = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return times && a == b
}

// cut splits off the visits at the head of a list that are of a customer.
func cut(list []report.Visit, customer string) (head, rest []report.Visit) {
	n := 0
	for n < len(list) && list[n].Customer == customer {
		n++
	}
	return list[:n], list[n:]
}

// Rebuild implements store.Figures.
func (k *Keeper) Rebuild(ctx context.Context, progress func(done, of int)) error {
	days, err := k.engine.Occupied(ctx)
	if err == nil {
		err = k.engine.Restart(ctx, days)
	}
	if err != nil {
		return fmt.Errorf("rebuild figures: %w", err)
	}
	of, err := k.pending(ctx, report.Ever())
	if err != nil {
		return fmt.Errorf("rebuild figures: %w", err)
	}
	const step = 4
	for done := 0; ; {
		n, err := k.Recount(ctx, step)
		if err != nil {
			return err
		}
		if n == 0 {
			return ctx.Err()
		}
		done += n
		progress(min(done, of), of)
	}
}
