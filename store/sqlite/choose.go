package sqlite

import (
	"context"

	"github.com/palmonas/palmonas-crm/order"
)

// few is how many rows are collected and sorted rather than looking for them
// along the sort.
const few = 4000

// fewDue is the same for lists by ship-by time. They are asked for open orders,
// the earliest first, and along the sort nearly all that once were open come
// before those: a walk would test the whole desk.
const fewDue = 30_000

// choose picks the walk. Where a walk in the sort's order may have to test many
// rows for each that it finds, it first counts how many a narrower walk yields:
// a few are collected and sorted.
func (s *orders) choose(ctx context.Context, q query, o ordering) (walk, error) {
	text := q.textWalk()
	if q.wide {
		return text, nil
	}
	if q.number != nil && numberColumn(q.number.Field) != o.column && !q.needsSearch() {
		if less, err := s.fewer(ctx, rangeKeys(*q.number)); err != nil || less {
			return walkRange, err
		}
	}
	if o.column == "seq" {
		return text, nil
	}
	if text != walkTable {
		alone, bound := q, few
		alone.rest = nil
		if o.column == "ship_by" {
			bound = fewDue
		}
		n, err := s.countUpTo(ctx, alone.keys(text, ordering{column: "seq"}, nil), bound)
		if err != nil || n < bound {
			return text, err
		}
	}
	return walkSort, nil
}

// A walk along a sort asks the search index either about each row, some 60 µs,
// or for all rows at once, some 0.4 µs each of what may be the greater part of
// all orders. The first rows of the walk tell how common the words are.
const (
	sampleRows = 40
	commonRows = 4 // of the sample; then a page of 50 takes some 500 rows
)

// askOneByOne decides how a walk along a sort from a position asks the search
// index.
func (s *orders) askOneByOne(ctx context.Context, q *query, o ordering, at *position) error {
	first := query{words: q.words, from: q.from, to: q.to}
	keys := first.keys(walkSort, o, at)
	c := &clause{words: q.words}
	c.add("SELECT 1 FROM (SELECT seq FROM (")
	c.sql.WriteString(keys.sql.String())
	c.args = append(c.args, keys.args...)
	c.add(o.by()+" LIMIT ?)) o WHERE 1", sampleRows)
	q.search(c)
	n, err := s.countUpTo(ctx, c, commonRows)
	q.oneByOne = n >= commonRows
	return err
}

// rangeKeys selects what lies in a number's range, from the index alone.
func rangeKeys(t order.Term) *clause {
	column := numberColumn(t.Field)
	c := &clause{}
	c.add("SELECT o.seq FROM orders o INDEXED BY orders_"+column+
		" WHERE o.archived=0 AND o."+column+" IS NOT NULL AND o."+column+">=? AND o."+column+"<?", t.Lo, t.Hi)
	return c
}

func (s *orders) fewer(ctx context.Context, keys *clause) (bool, error) {
	n, err := s.countUpTo(ctx, keys, few)
	return n < few, err
}

func (s *orders) countUpTo(ctx context.Context, keys *clause, limit int) (int, error) {
	var n int
	text, args := keys.counted(limit)
	err := s.statements.row(ctx, text, args, &n)
	return n, err
}
