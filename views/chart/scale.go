package chart

import (
	"math"
	"slices"
	"strconv"
)

// Ticks are the round values of an axis that begins at 0 and holds most, at
// about n distances of 1, 2, 2.5 or 5 times a power of ten. Distances are
// whole numbers of the unit, so that no axis shows half an order.
func Ticks(most int64, n int, u Unit) []int64 {
	unit := u.step()
	if most <= 0 {
		return []int64{0, unit}
	}
	want := float64(most) / float64(unit) / float64(max(n, 1))
	power := math.Pow(10, math.Floor(math.Log10(math.Max(want, 1))))
	step := int64(10 * power)
	for _, f := range []float64{1, 2, 2.5, 5} {
		if s := f * power; s >= want && s == math.Trunc(s) {
			step = int64(s)
			break
		}
	}
	step *= unit
	ticks := []int64{0}
	for t := step; ; t += step {
		ticks = append(ticks, t)
		if t >= most || t > math.MaxInt64-step {
			return ticks
		}
	}
}

// frame turns values into heights inside a plot.
type frame struct {
	top, height float64 // pixels of the plot, without the labels below it
	most        int64   // the value at its top
}

// y is the pixel row of a value.
func (f frame) y(v int64) float64 {
	if f.most <= 0 {
		return f.top + f.height
	}
	return f.top + f.height - float64(v)/float64(f.most)*f.height
}

// bands divides the width among n columns; share is how much of its band a bar
// fills.
type bands struct {
	n     int
	share float64
}

// x and width are a bar's place in percent of the plot.
func (b bands) x(i int) float64 {
	return (float64(i) + (1-b.share)/2) / float64(max(b.n, 1)) * 100
}

func (b bands) width() float64 { return b.share / float64(max(b.n, 1)) * 100 }

// centre is the middle of a band in percent.
func (b bands) centre(i int) float64 { return (float64(i) + .5) / float64(max(b.n, 1)) * 100 }

// marks are the indexes of at most n labels, evenly apart from the first on.
// Every second one is minor: narrow screens leave it out.
func marks(total, n int) (at []int, minor func(int) bool) {
	every := 1
	for total > n*every {
		every++
	}
	for i := 0; i < total; i += every {
		at = append(at, i)
	}
	if len(at) <= 4 {
		return at, func(int) bool { return false }
	}
	return at, func(i int) bool { return slices.Index(at, i)%2 == 1 }
}

// f1 prints a coordinate.
func f1(x float64) string {
	s := strconv.FormatFloat(x, 'f', 2, 64)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}

func pc(x float64) string { return f1(x) + "%" }
