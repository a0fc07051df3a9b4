package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress tells how far long work is: a bar on a terminal, otherwise a plain
// line every few seconds.
type progress struct {
	w     io.Writer
	bar   bool
	what  string
	of    int // 0: unknown
	start time.Time
	last  time.Time
}

func newProgress(w io.Writer, what string, of int) *progress {
	return &progress{w: w, bar: isTerminal(w), what: what, of: of, start: time.Now()}
}

func (p *progress) update(done int) {
	every := 5 * time.Second
	if p.bar {
		every = 100 * time.Millisecond
	}
	if now := time.Now(); now.Sub(p.last) >= every {
		p.last = now
		p.print(done)
	}
}

func (p *progress) finish(done int) {
	p.print(done)
	if p.bar {
		fmt.Fprintln(p.w)
	}
}

func (p *progress) print(done int) {
	rate := float64(done) / max(time.Since(p.start).Seconds(), 0.001)
	switch {
	case !p.bar && p.of > 0:
		fmt.Fprintf(p.w, "%s: %d of %d, %.0f/s\n", p.what, done, p.of, rate)
	case !p.bar:
		fmt.Fprintf(p.w, "%s: %d, %.0f/s\n", p.what, done, rate)
	case p.of > 0:
		const width = 30
		full := min(width, done*width/p.of)
		fmt.Fprintf(p.w, "\r%s [%s%s] %d of %d, %.0f/s ", p.what, strings.Repeat("#", full), strings.Repeat(".", width-full), done, p.of, rate)
	default:
		fmt.Fprintf(p.w, "\r%s %d, %.0f/s ", p.what, done, rate)
	}
}
