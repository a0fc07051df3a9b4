package report

import (
	"math"
	"slices"
)

// judge measures the errors of the test and sets the interval from them.
func (f *Forecast) judge() {
	var off, actual, relative float64
	days := 0
	for i, errs := range f.errors {
		for h, e := range errs {
			v := f.actual[f.start+i+h]
			off += math.Abs(e)
			actual += v
			f.Test.Forecasts++
			if v > 0 {
				relative += math.Abs(e) / v
				days++
			}
		}
	}
	f.Test.Days = len(f.errors)
	f.Test.WAPE, f.Test.MAPE = percentOf(off, actual), percentOf(relative, float64(days))
	f.Test.Coverage = f.coverage()
	for h := range f.Points {
		low, high := band(f.errors, h)
		p := &f.Points[h]
		p.Low, p.High = math.Max(0, p.Value+low), math.Max(0, p.Value+high)
	}
}

// coverage sets the width from the older half of the test and counts how many
// values of the newer half it held. The halves do not touch: the older
// forecasts end before the newer ones begin where the test is long enough.
func (f *Forecast) coverage() float64 {
	half := len(f.errors) / 2
	var low, high [Horizon]float64
	for h := range Horizon {
		low[h], high[h] = band(f.errors[:half], h)
	}
	held, all := 0, 0
	for _, errs := range f.errors[half:] {
		for h, e := range errs {
			all++
			if low[h] <= e && e <= high[h] {
				held++
			}
		}
	}
	return percentOf(float64(held), float64(all))
}

// band is the range that held the share inside of the errors at a distance,
// pooled with the distances within two days of it. With n errors the outer ones
// are taken a little further out, as many as an interval for a new value needs.
func band(errors [][]float64, h int) (low, high float64) {
	var pool []float64
	for _, errs := range errors {
		for k := max(0, h-2); k <= h+2 && k < len(errs); k++ {
			pool = append(pool, errs[k])
		}
	}
	if len(pool) == 0 {
		return 0, 0
	}
	slices.Sort(pool)
	n := float64(len(pool))
	tail := (1 - inside) / 2
	at := func(q float64) float64 {
		return pool[min(max(int(math.Round(q*(n+1)))-1, 0), len(pool)-1)]
	}
	return math.Min(at(tail), 0), math.Max(at(1-tail), 0)
}

func percentOf(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole * 100
}
