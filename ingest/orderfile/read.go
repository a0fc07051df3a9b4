package orderfile

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Summary tells what was read, and for an Import what came of it.
type Summary struct {
	Format   Format
	Mapping  Mapping
	Rows     int // with text in them, below the header
	Orders   int // handed on
	Rejected int // rows
	First    time.Time
	Last     time.Time // order times
	// MonthFirst tells how numeric order dates were read.
	MonthFirst                  bool
	Created, Updated, Unchanged int
}

// Reject is a row that was not imported. Cells are as in the file.
type Reject struct {
	Line   int // in the file, from 1
	Header []string
	Cells  []string
	Reason string
}

// Read reads the orders of a file and hands them to fn in batches, in the
// order in which their last rows stand in the file; rejected rows go to
// reject. An error of either ends it and is returned. The rows of one order
// need not stand together. An order with a rejected row is rejected whole.
//
// The file is unpacked to disk and read twice: first for what only all of it
// can tell (the order of day and month, the orders whose rows are apart), then
// for the orders. Memory holds some 40 bytes for each order during the first
// pass, and afterwards only orders whose rows are apart, between their rows.
func Read(ctx context.Context, r io.Reader, o Options, fn func([]order.Report) error, reject func(Reject) error) (Summary, error) {
	s, err := newSpool(r, o.TempDir, o.maxBytes())
	if err != nil {
		return Summary{}, err
	}
	defer s.close()
	t, err := openTable(s, o.maxBytes())
	if err != nil {
		return Summary{}, err
	}
	p, err := o.plan(t)
	if err != nil {
		return Summary{Format: t.layout.format}, err
	}
	pass := pass{options: p.options, plan: p, table: t, fn: fn, reject: reject}
	pass.sum = Summary{Format: p.layout.format, Mapping: p.mapping}
	if err := pass.first(ctx); err != nil {
		return pass.sum, err
	}
	return pass.sum, pass.second(ctx)
}

// pass holds the state of one reading.
type pass struct {
	options Options
	plan    plan
	table   *table
	reader  *reader
	fn      func([]order.Report) error
	reject  func(Reject) error
	sum     Summary
	seed    maphash.Seed
	apart   map[uint64]int // last row of each order whose rows are apart, by the hash of its id
	batch   []order.Report
	row     int
	of      int
}

// each calls fn for each row below the header.
func (p *pass) each(ctx context.Context, fn func(rec record) error) error {
	rows, err := p.table.body()
	if err != nil {
		return err
	}
	defer rows.close()
	for p.row = 1; ; p.row++ {
		rec, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if errors.Is(err, ErrUnreadable) {
			return err
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if p.row%1000 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := fn(rec); err != nil {
			return err
		}
	}
}

// first learns what only the whole file can tell.
func (p *pass) first(ctx context.Context) error {
	p.reader = newReader(p.plan.layout, p.table.header.cells, p.plan.mapping, p.options.Location)
	p.seed, p.apart = maphash.MakeSeed(), map[uint64]int{}
	last := map[uint64]int32{} // the last row of each order; a clash of hashes only costs memory
	err := p.each(ctx, func(rec record) error {
		p.sum.Rows++
		id, err := p.reader.key(rec)
		if err != nil {
			return nil // rejected by the second pass
		}
		h := maphash.String(p.seed, id)
		if before, ok := last[h]; ok && int(before) != p.row-1 || p.apart[h] != 0 {
			p.apart[h] = p.row
		}
		last[h] = int32(p.row)
		p.reader.learn(rec)
		return nil
	})
	p.of, p.sum.MonthFirst = p.sum.Rows, p.reader.orders[OrderedAt].monthFirst(p.plan.layout.monthFirst)
	return err
}

// second makes the orders.
func (p *pass) second(ctx context.Context) error {
	open := map[string]*group{} // orders whose rows are apart
	cur := &group{}
	err := p.each(ctx, func(rec record) error {
		id, err := p.reader.key(rec)
		if err != nil {
			done := cur
			cur = &group{}
			return errors.Join(p.emit(done), p.refuse(Reject{Line: rec.line, Cells: rec.cells, Reason: err.Error()}))
		}
		h := maphash.String(p.seed, id)
		last, apart := p.apart[h]
		switch {
		case apart:
			g := open[id]
			if g == nil {
				g = &group{id: id}
				open[id] = g
			}
			g.add(p.reader, rec)
			if last != p.row {
				return nil
			}
			delete(open, id)
			return p.emit(g)
		case id != cur.id:
			if err := p.emit(cur); err != nil {
				return err
			}
			cur = &group{id: id}
		}
		cur.add(p.reader, rec)
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.emit(cur); err != nil {
		return err
	}
	for _, g := range open { // only when two ids share a hash
		if err := p.emit(g); err != nil {
			return err
		}
	}
	return p.flush()
}

// emit hands a complete order on, or rejects its rows.
func (p *pass) emit(g *group) error {
	if g.id == "" {
		return nil
	}
	report, rejects := g.close(p.reader, p.options)
	if rejects != nil {
		for _, r := range rejects {
			if err := p.refuse(r); err != nil {
				return err
			}
		}
		return nil
	}
	at := report.Facts.OrderedAt
	if p.sum.First.IsZero() || at.Before(p.sum.First) {
		p.sum.First = at
	}
	if at.After(p.sum.Last) {
		p.sum.Last = at
	}
	p.sum.Orders++
	if p.batch = append(p.batch, report); len(p.batch) >= p.options.Batch {
		return p.flush()
	}
	return nil
}

func (p *pass) refuse(r Reject) error {
	p.sum.Rejected++
	r.Header = p.table.header.cells
	if p.reject == nil {
		return nil
	}
	return p.reject(r)
}

// flush hands the batch on; the next one is a new slice, so that fn may keep
// this one.
func (p *pass) flush() error {
	if p.options.Progress != nil {
		p.options.Progress(min(p.row, p.of), p.of)
	}
	if len(p.batch) == 0 {
		return nil
	}
	batch := p.batch
	p.batch = make([]order.Report, 0, p.options.Batch)
	return p.fn(batch)
}
