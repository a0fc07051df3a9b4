package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reading is what one server said of itself.
type reading struct {
	resident, heap float64 // MB
	goroutines     float64
}

// sample reads the servers' memory until ctx ends, and prints it as it goes.
func (r *usersRun) sample(ctx context.Context, w io.Writer) {
	fmt.Fprintln(w, "| after | requests | errors | by server: resident MB, heap MB, goroutines |\n| --- | --- | --- | --- |")
	begun := time.Now()
	for {
		all := make([]reading, len(r.o.bases))
		var words []string
		for i, base := range r.o.bases {
			var err error
			if all[i], err = r.read(context.WithoutCancel(ctx), base); err != nil {
				words = append(words, err.Error())
				continue
			}
			words = append(words, fmt.Sprintf("%.0f, %.0f, %.0f", all[i].resident, all[i].heap, all[i].goroutines))
		}
		r.mu.Lock()
		r.readings = append(r.readings, all)
		n, bad := 0, 0
		for _, res := range r.results {
			n, bad = n+len(res.times), bad+res.errors
		}
		r.mu.Unlock()
		fmt.Fprintf(w, "| %s | %d | %d | %s |\n", time.Since(begun).Round(time.Second), n, bad, strings.Join(words, " · "))
		if !pause(ctx, r.o.every) {
			return
		}
	}
}

// read asks /metrics, which answers on the server's own machine or with a token.
func (r *usersRun) read(ctx context.Context, base string) (reading, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", nil)
	if err != nil {
		return reading{}, err
	}
	if r.o.metricsToken != "" {
		req.Header.Set("Authorization", "Bearer "+r.o.metricsToken)
	}
	web := http.Client{Timeout: 10 * time.Second}
	resp, err := web.Do(req)
	if err != nil {
		return reading{}, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return reading{}, fmt.Errorf("/metrics: %s", resp.Status)
	}
	var found reading
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil: // a comment
		case name == "process_resident_memory_bytes":
			found.resident = n / 1e6
		case name == "go_memstats_heap_inuse_bytes":
			found.heap = n / 1e6
		case name == "go_goroutines":
			found.goroutines = n
		}
	}
	return found, lines.Err()
}
