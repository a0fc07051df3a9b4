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
	"fmt"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

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
