package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// usersRun is one run of people at work. Its maps are guarded by mu.
type usersRun struct {
	o     userOptions
	begun time.Time

	mu       sync.Mutex
	results  map[string]*result // by kind of page
	changes  map[string]change  // by order, of notes that were left
	events   int
	readings [][]reading // by server
}

func newRun(o userOptions) *usersRun {
	return &usersRun{o: o, begun: time.Now(), results: map[string]*result{}, changes: map[string]change{}}
}

// note counts an answer or what went wrong.
func (r *usersRun) note(kind string, took time.Duration, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.take(kind, took, err)
}

// take is note for callers that hold mu.
func (r *usersRun) take(kind string, took time.Duration, err error) {
	res := r.results[kind]
	if res == nil {
		res = &result{}
		r.results[kind] = res
	}
	if err != nil {
		res.errors++
		if res.first == nil {
			res.first = err
		}
		return
	}
	res.times = append(res.times, took)
}

// pages that people wait for, as opposed to webhooks and events.
func isPage(kind string) bool { return slices.Contains(mix(), kind) }

// What every page is promised to take.
const (
	goal95 = 100.0 // ms
	goal99 = 200.0
)

// report prints what everything took and whether the goals were met. The error
// tells how much went wrong.
func (r *usersRun) report(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(w, "\n| what | times | p50 ms | p95 ms | p99 ms | max ms | errors |\n| --- | --- | --- | --- | --- | --- | --- |")
	bad, slow := 0, 0
	for _, kind := range slices.Sorted(maps.Keys(r.results)) {
		res := r.results[kind]
		slices.Sort(res.times)
		fmt.Fprintf(w, "| %s | %d | %.1f | %.1f | %.1f | %.1f | %d |\n", kind, len(res.times), res.at(.5), res.at(.95), res.at(.99), res.at(1), res.errors)
		bad += res.errors
		if isPage(kind) && (res.at(.95) > goal95 || res.at(.99) > goal99) {
			slow++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(r.results)) {
		if err := r.results[kind].first; err != nil {
			fmt.Fprintf(w, "\nfirst error of %s: %v\n", kind, err)
		}
	}
	if slow == 0 {
		fmt.Fprintf(w, "\nevery page within p95 %.0f ms and p99 %.0f ms\n", goal95, goal99)
	} else {
		fmt.Fprintf(w, "\nkinds of pages beyond p95 %.0f ms or p99 %.0f ms: %d\n", goal95, goal99, slow)
	}
	r.drift(w)
	if bad > 0 {
		return fmt.Errorf("%d errors", bad)
	}
	return nil
}

// drift compares the last quarter of the readings with the second, after which
// everything is warm.
func (r *usersRun) drift(w io.Writer) {
	n := len(r.readings)
	if n < 8 {
		return
	}
	mean := func(of [][]reading, server int, value func(reading) float64) (sum float64) {
		for _, all := range of {
			sum += value(all[server])
		}
		return sum / float64(len(of))
	}
	early, late := r.readings[n/4:n/2], r.readings[n-n/4:]
	for i, base := range r.o.bases {
		for name, value := range map[string]func(reading) float64{
			"resident MB": func(x reading) float64 { return x.resident }, "goroutines": func(x reading) float64 { return x.goroutines },
		} {
			a, b := mean(early, i, value), mean(late, i, value)
			fmt.Fprintf(w, "%s: %s in the second quarter %.0f, in the last %.0f (%+.1f%%)\n", base, name, a, b, 100*(b-a)/max(a, 1))
		}
	}
}
