package rollup

import (
	"cmp"
	"slices"
	"sync"
	"unsafe"

	"github.com/palmonas/palmonas-crm/report"
)

// cacheBytes bounds the decoded days in memory: some three years of a desk with
// a million orders a year. Days beyond it are read again each time.
const cacheBytes = 96 << 20

// cache holds decoded days by their revision, and days counted on the spot.
type cache struct {
	mu    sync.Mutex
	limit int
	size  int
	clock int64
	days  map[report.Day]*cached
	spots map[report.Day]*spotted
}

type cached struct {
	revision Revision
	figures  *report.DayFigures
	size     int
	used     int64
}

func newCache(limit int) *cache {
	return &cache{limit: limit, days: map[report.Day]*cached{}, spots: map[report.Day]*spotted{}}
}

// get puts what it has of the revisions into found and returns the other days.
func (c *cache) get(revisions []Revision, found map[report.Day]*report.DayFigures) (missing []report.Day) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock++
	for _, r := range revisions {
		if have := c.days[r.Day]; have != nil && have.revision == r {
			have.used = c.clock
			found[r.Day] = have.figures
		} else {
			missing = append(missing, r.Day)
		}
	}
	return missing
}

func (c *cache) put(r Revision, f *report.DayFigures) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.days[r.Day]; old != nil {
		c.size -= old.size
	}
	n := &cached{revision: r, figures: f, size: sizeOf(f), used: c.clock}
	c.days[r.Day] = n
	if c.size += n.size; c.size > c.limit {
		c.evict()
	}
}

// evict drops what was not used for longest, some at a time.
func (c *cache) evict() {
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

// spotted returns what was counted under a mark, or nil.
func (c *cache) spotted(m Mark) *spotted {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.spots[m.Day]; s != nil && s.mark == m {
		return s
	}
	return nil
}

// putSpotted remembers a few days.
func (c *cache) putSpotted(s *spotted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for d, old := range c.spots {
		if len(c.spots) > 2*spotDays || s.at.Sub(old.at) > 2*spotAge {
			delete(c.spots, d)
		}
	}
	c.spots[s.mark.Day] = s
}

func sizeOf(f *report.DayFigures) int {
	return int(unsafe.Sizeof(*f)) + cap(f.Cells)*int(unsafe.Sizeof(report.Cell{})) + cap(f.Hours)*int(unsafe.Sizeof(report.Hour{})) +
		cap(f.Sales)*int(unsafe.Sizeof(report.Sale{})) + cap(f.Waits)*int(unsafe.Sizeof(report.Wait{}))
}
