package rollup

import (
	"cmp"
	"slices"
	"sync"
	"unsafe"

	"github.com/palmonas/palmonas-crm/report"
)

// The decoded days in memory: some four years of figures of a desk with a
// million orders a year, and a year of its sales when thousands of products are
// sold each day. What is beyond is read again each time.
const (
	figureBytes = 32 << 20
	saleBytes   = 96 << 20
)

// cache holds decoded documents of days by their revision. It is safe for
// concurrent use.
type cache[T any] struct {
	limit  int
	sizeOf func(T) int

	mu    sync.Mutex
	size  int
	clock int64
	days  map[report.Day]*cached[T]
}

type cached[T any] struct {
	revision Revision
	value    T
	size     int
	used     int64
}

func newCache[T any](limit int, sizeOf func(T) int) *cache[T] {
	return &cache[T]{limit: limit, sizeOf: sizeOf, days: map[report.Day]*cached[T]{}}
}

// get puts what it has of the revisions into found and returns the other days.
func (c *cache[T]) get(revisions []Revision, found map[report.Day]T) (missing []report.Day) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	for _, r := range revisions {
		if have := c.days[r.Day]; have != nil && have.revision == r {
			have.used = c.clock
			found[r.Day] = have.value
		} else {
			missing = append(missing, r.Day)
		}
	}
	return missing
}

func (c *cache[T]) put(r Revision, v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.days[r.Day]; old != nil {
		c.size -= old.size
	}
	n := &cached[T]{revision: r, value: v, size: c.sizeOf(v), used: c.clock}
	c.days[r.Day] = n
	if c.size += n.size; c.size > c.limit {
		c.evict()
	}
}

// evict drops what was not used for longest, some at a time.
func (c *cache[T]) evict() {
	type aged struct {
		day  report.Day
		used int64
	}
	all := make([]aged, 0, len(c.days))
	for d, n := range c.days {
		all = append(all, aged{d, n.used})
	}
	slices.SortFunc(all, func(a, b aged) int { return cmp.Or(cmp.Compare(a.used, b.used), cmp.Compare(a.day, b.day)) })
	for _, a := range all {
		if c.size <= c.limit-c.limit/10 {
			return
		}
		c.size -= c.days[a.day].size
		delete(c.days, a.day)
	}
}

const dayBytes = 256 // what a day takes besides its lists, about

func sizeOfFigures(f *report.DayFigures) int {
	return dayBytes + cap(f.Cells)*int(unsafe.Sizeof(report.Cell{})) + cap(f.Hours)*int(unsafe.Sizeof(report.Hour{})) +
		cap(f.Waits)*int(unsafe.Sizeof(report.Wait{}))
}

func sizeOfSales(s []report.Sale) int { return dayBytes + cap(s)*int(unsafe.Sizeof(report.Sale{})) }

// spots holds the days that were counted on the spot a moment ago. It is safe
// for concurrent use.
type spots struct {
	mu   sync.Mutex
	days map[report.Day]*spotted
}

// get returns what was counted under a mark, or nil.
func (c *spots) get(m Mark) *spotted {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.days[m.Day]; s != nil && s.mark == m {
		return s
	}
	return nil
}

// put remembers a day, and forgets those that are of no use any more.
func (c *spots) put(s *spotted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for d, old := range c.days {
		if len(c.days) > 2*spotDays || s.at.Sub(old.at) > 2*spotAge {
			delete(c.days, d)
		}
	}
	c.days[s.mark.Day] = s
}
