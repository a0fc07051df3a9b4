package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// result is what a scenario took.
type result struct {
	times  []time.Duration
	bytes  int64
	errors int
	first  error
	took   time.Duration
}

// measure warms up for a tenth of the time and then counts.
func measure(ctx context.Context, c *client, s scenario, o options) (result, error) {
	if _, err := load(ctx, c, s, o, o.each/10); err != nil {
		return result{}, err
	}
	return load(ctx, c, s, o, o.each)
}

func load(ctx context.Context, c *client, s scenario, o options, d time.Duration) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, d+30*time.Second)
	defer cancel()
	until := time.Now().Add(d)
	var mu sync.Mutex
	var all result
	start := time.Now()
	note := func(took time.Duration, n int64, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			all.errors++
			if all.first == nil {
				all.first = err
			}
			return
		}
		all.times, all.bytes = append(all.times, took), all.bytes+n
	}
	ask := func(due time.Time) {
		path, err := s.path(ctx, c)
		if err != nil {
			note(0, 0, err)
			return
		}
		n, err := c.get(ctx, path)
		note(time.Since(due), n, err)
	}
	var wg sync.WaitGroup
	if o.rate > 0 {
		// An answer's time counts from when it was due, so that a server that
		// falls behind cannot hide it.
		for i := 0; ; i++ {
			due := start.Add(time.Duration(float64(i) / o.rate * float64(time.Second)))
			if due.After(until) {
				break
			}
			time.Sleep(time.Until(due))
			wg.Go(func() { ask(due) })
		}
	} else {
		for range o.conns {
			wg.Go(func() {
				for time.Now().Before(until) && ctx.Err() == nil {
					ask(time.Now())
				}
			})
		}
	}
	wg.Wait()
	all.took = time.Since(start)
	if len(all.times) == 0 && all.first != nil {
		return all, all.first
	}
	return all, nil
}

func (r result) at(q float64) float64 {
	if len(r.times) == 0 {
		return 0
	}
	i := min(int(q*float64(len(r.times))), len(r.times)-1)
	return float64(r.times[i].Microseconds()) / 1000
}

func (r result) print(w io.Writer, name, memory string) {
	slices.Sort(r.times)
	n := max(len(r.times), 1)
	fmt.Fprintf(w, "| %s | %.0f | %.1f | %.1f | %.1f | %.1f | %.1f | %d | %s |\n", name, float64(len(r.times))/r.took.Seconds(),
		r.at(.5), r.at(.95), r.at(.99), r.at(1), float64(r.bytes)/float64(n)/1000, r.errors, memory)
	if r.first != nil {
		fmt.Fprintf(w, "\n%s: %v\n\n", name, r.first)
	}
}
