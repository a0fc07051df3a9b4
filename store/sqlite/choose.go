package sqlite

import (
	"context"
	"math"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// What a walk costs at a million orders, in processor time: an entry of an
// index 0.3 µs, a row of the table that lies somewhere else than the one before
// up to 8 µs, a match that the search index counts 0.1 µs and puts into a set
// 0.35 µs; asked about one row, the search index takes 700 µs. A page takes some
// fifty rows, so a walk along the sort that finds one of k looks at 50·k
// entries. Thus, of n orders that match among N, collecting them all costs 8n,
// and making a set of them and then walking along the sort's index
// 0.35n + 15N/n: they meet where n² is about 2N.
//
// Where more than one thing is asked, or along the ship-by time, a larger part
// is collected. The latter is asked for open orders, the earliest first, and
// nearly all that once were open come before those; of two filters nobody knows
// whether they meet at all. Then the walk would test the whole desk.
const (
	fewest      = 100 // are collected in any case
	mixedPart   = 50  // one in so many is collected where more is asked
	setPart     = 20  // up to one in so many, a set is made rather than rows asked
	fewEntries  = 30_000
	unknownSize = 200_000
)

// choose picks the walk. Where a walk in the sort's order may have to test many
// rows for each that it finds, it first counts how many a narrower walk yields:
// a few are collected and sorted.
func (s *orders) choose(ctx context.Context, q query, o ordering) (walk, error) {
	text := q.textWalk()
	if q.wide {
		return text, nil
	}
	least, best := math.MaxInt, walkSort
	if o.column == "seq" {
		best = text
	}
	if q.number != nil && numberColumn(q.number.Field) != o.column && !q.needsSearch() {
		bound, err := s.rangeBound(ctx, &q, o)
		if err != nil {
			return text, err
		}
		if n, err := s.countUpTo(ctx, rangeKeys(*q.number), bound); err != nil {
			return text, err
		} else if n < bound {
			least, best = n, walkRange
		}
	}
	if text == walkTable || o.column == "seq" {
		return best, nil
	}
	size, err := s.size(ctx)
	if err != nil {
		return text, err
	}
	bound := few(size)
	if len(q.rest) > 0 || o.column == "ship_by" {
		bound = part(size, mixedPart)
	}
	alone := q
	alone.rest = nil
	n, err := s.countUpTo(ctx, alone.keys(text, ordering{column: "seq"}, nil), min(bound, least))
	if err == nil && n < min(bound, least) {
		best = text
	}
	return best, err
}

// rangeBound is how many orders of a number's range are collected.
func (s *orders) rangeBound(ctx context.Context, q *query, o ordering) (int, error) {
	size, err := s.size(ctx)
	switch alone := len(q.text)+len(q.rest) == 1; {
	case !alone:
		return part(size, mixedPart), err
	case o.column == "seq":
		return fewEntries, err // nothing else is read
	}
	return few(size), err
}

// few is how many of all orders are collected and sorted rather than looked for
// along the sort.
func few(size int) int { return max(fewest, int(math.Sqrt(2*float64(size)))) }

func part(size, one int) int { return max(fewest, size/one) }

// size is how many orders there were when the statistics were last made, and a
// guess before that.
func (s *orders) size(ctx context.Context) (n int, err error) {
	var tables int
	if err = s.statements.row(ctx, "SELECT count(*) FROM sqlite_schema WHERE name='sqlite_stat1'", nil, &tables); err != nil || tables == 0 {
		return unknownSize, err
	}
	const text = "SELECT ifnull((SELECT CAST(stat AS INTEGER) FROM sqlite_stat1 WHERE idx='orders_ref'), 0)"
	if err = s.statements.row(ctx, text, nil, &n); n == 0 {
		n = unknownSize
	}
	return n, err
}

// tests says how a walk along a sort finds out about its rows: it asks each, or
// makes a set of all that hold first.
type tests struct {
	textSet   bool
	number    *order.Term // a set is made of its range; nil: none
	searching bool        // the search index is asked about each row
}

// planTests decides how a walk along a sort from a position tests its rows. A
// set is made of what few orders have. What many have is not: its rows are
// quickly found, and where they are not, they lie apart together.
func (s *orders) planTests(ctx context.Context, q *query, o ordering, at *position) error {
	size, err := s.size(ctx)
	if err != nil {
		return err
	}
	bound := part(size, setPart)
	if q.number != nil && numberColumn(q.number.Field) != o.column {
		n, err := s.countUpTo(ctx, rangeKeys(*q.number), bound)
		if err != nil {
			return err
		}
		if n < bound {
			q.tests.number = q.number
		}
	}
	switch {
	case len(q.text) == 0:
		return nil
	case q.needsSearch():
		if size >= manyOrders && !merges(q.match) {
			q.tests.searching, err = s.common(ctx, q, o, at, 8, 3)
		}
		q.tests.textSet = !q.tests.searching
		return err
	}
	if common, err := s.common(ctx, q, o, at, 40, 2); err != nil || common {
		return err
	}
	alone := *q
	alone.rest = nil
	n, err := s.countUpTo(ctx, alone.keys(q.textWalk(), ordering{column: "seq"}, nil), bound)
	q.tests.textSet = n < bound
	return err
}

// manyOrders is from how many orders on the search index is asked about rows.
// That costs 700·50/p µs against 0.35·p·N, for a share p of N orders: at a
// million it is worth while for a third of them, at a hundred thousand never.
const manyOrders = 500_000

// common reports whether a text holds for so many of the first rows of a walk.
func (s *orders) common(ctx context.Context, q *query, o ordering, at *position, rows, hold int) (bool, error) {
	first := query{words: q.words, from: q.from, to: q.to}
	keys := first.keys(walkSort, o, at)
	c := &clause{words: q.words}
	c.add("SELECT 1 FROM (SELECT seq FROM (")
	c.sql.WriteString(keys.sql.String())
	c.args = append(c.args, keys.args...)
	c.add(o.by()+" LIMIT ?)) k CROSS JOIN orders o ON o.seq=k.seq WHERE 1", rows)
	q.rowText(c)
	n, err := s.countUpTo(ctx, c, hold)
	return n >= hold, err
}

// merges reports whether an expression asks for all words that begin with
// something: they are merged anew for each row that is asked about.
func merges(match string) bool { return strings.Contains(match, `" *`) }

// rangeKeys selects what lies in a number's range, from the index alone.
func rangeKeys(t order.Term) *clause {
	column := numberColumn(t.Field)
	c := &clause{}
	c.add("SELECT o.seq FROM orders o INDEXED BY orders_"+column+
		" WHERE o.archived=0 AND o."+column+" IS NOT NULL AND o."+column+">=? AND o."+column+"<?", t.Lo, t.Hi)
	return c
}

func (s *orders) countUpTo(ctx context.Context, keys *clause, limit int) (int, error) {
	var n int
	text, args := keys.counted(limit)
	err := s.statements.row(ctx, text, args, &n)
	return n, err
}
