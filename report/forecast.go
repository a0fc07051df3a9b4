package report

import (
	"math"
	"slices"
)

// Horizon is how many days a forecast looks ahead.
const Horizon = 14

const (
	week = 7
	// minHistory is the least a forecast learns from: four weeks to learn, two
	// to be tested on.
	minHistory = 6 * week
	// testDays is how many of the newest days forecasts are tested on.
	testDays = 8 * week
	// inside is the share of days an interval promises to hold.
	inside = .8
)

// Forecast is what the next days are likely to bring, and how well such
// forecasts did on days that are over.
type Forecast struct {
	// Method is the one that did best in the test; empty when there were too
	// few days to learn from, and then nothing else is set.
	Method Method     `json:"method,omitempty"`
	Points []Expected `json:"points"`
	Test   Backtest   `json:"backtest"`
	// errors are those of the test, by origin and by days ahead; they make the
	// interval of a sum.
	errors [][]float64
	actual []float64
	start  int
}

// Expected is one day of a forecast; Low to High holds the day with the
// probability inside.
type Expected struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// whole is the forecast of an amount in whole paise.
func (f Forecast) whole() Forecast {
	points := make([]Expected, len(f.Points))
	for i, p := range f.Points {
		points[i] = Expected{math.Round(p.Value), math.Round(p.Low), math.Round(p.High)}
	}
	f.Points = points
	return f
}

// Method is a way to forecast.
type Method string

// The methods, the simplest first: of equals the simpler one is chosen.
const (
	WeekdayMean   Method = "weekday-mean"   // the mean of the last four same weekdays
	SeasonalDrift Method = "seasonal-drift" // the same weekday last week, moved by the recent change from week to week
	HoltWinters   Method = "holt-winters"   // level, damped trend and weekdays, each smoothed
	Combined      Method = "sum"            // the sum of other forecasts
)

// Words names the method for people.
func (m Method) Words() string {
	switch m {
	case WeekdayMean:
		return "the mean of the last four same weekdays"
	case SeasonalDrift:
		return "last week's same day plus the recent drift"
	case HoltWinters:
		return "Holt-Winters with weekdays and a damped trend"
	case Combined:
		return "the sum of the platforms' forecasts"
	}
	return string(m)
}

// Backtest says how forecasts made in the past did. Every forecast is made
// from the days before it alone. The interval's coverage is measured on days
// that its width was not learned from.
type Backtest struct {
	Days      int     `json:"days"`      // tested days
	Forecasts int     `json:"forecasts"` // one a tested day and distance ahead
	MAPE      float64 `json:"mape"`      // mean of |error| / actual in percent, days without any left out
	WAPE      float64 `json:"wape"`      // sum of |error| / sum of actuals in percent
	Coverage  float64 `json:"coverage"`  // percent of values inside the interval
	// Others are the WAPE of the methods that were not chosen.
	Others map[Method]float64 `json:"others,omitempty"`
}

// Predict forecasts the Horizon days behind a series of daily values, oldest
// first and without gaps. The last value must be of a day that is over. The
// methods compete on the newest days, and the one whose errors were smallest
// wins.
func Predict(daily []int64) Forecast {
	first := slices.IndexFunc(daily, func(v int64) bool { return v != 0 })
	if first < 0 || len(daily)-first < minHistory {
		return Forecast{Points: []Expected{}}
	}
	y := make([]float64, len(daily))
	for i, v := range daily {
		y[i] = float64(v)
	}
	start := testStart(len(y), first)
	var best Forecast
	others := map[Method]float64{}
	for _, m := range []Method{WeekdayMean, SeasonalDrift, HoltWinters} {
		f := compete(m, y, first, start)
		if best.Method == "" || f.Test.WAPE < best.Test.WAPE {
			if best.Method != "" {
				others[best.Method] = best.Test.WAPE
			}
			best = f
		} else {
			others[m] = f.Test.WAPE
		}
	}
	best.Test.Others = others
	return best
}

// testStart is the index of the first tested day: at least four weeks after
// the series began.
func testStart(n, first int) int { return max(n-testDays, first+4*week) }

// ahead forecasts Horizon days from the values before an index.
type ahead func(y []float64) []float64

// compete tests one method from every origin of the test and forecasts with it.
func compete(m Method, y []float64, first, start int) Forecast {
	predict := methodOf(m, y[first:start])
	f := Forecast{Method: m, actual: y, start: start}
	for origin := start; origin < len(y); origin++ {
		p := predict(y[first:origin])
		var errs []float64
		for h := 0; h < Horizon && origin+h < len(y); h++ {
			errs = append(errs, y[origin+h]-p[h])
		}
		f.errors = append(f.errors, errs)
	}
	f.Points = make([]Expected, Horizon)
	for h, v := range predict(y[first:]) {
		f.Points[h].Value = v
	}
	f.judge()
	return f
}

// methodOf makes a method's forecaster; what must be learned is learned from
// the days before the test.
func methodOf(m Method, learn []float64) ahead {
	switch m {
	case SeasonalDrift:
		return seasonalDrift
	case HoltWinters:
		p := fitHoltWinters(learn)
		return func(y []float64) []float64 { s := p.run(y); return s.ahead() }
	}
	return weekdayMean
}

func weekdayMean(y []float64) []float64 {
	out := make([]float64, Horizon)
	for h := range out {
		n, sum := 0, 0.0
		for k := 1; k <= 4; k++ {
			if i := len(y) - k*week + h%week; i >= 0 {
				sum += y[i]
				n++
			}
		}
		if n > 0 {
			out[h] = sum / float64(n)
		}
	}
	return out
}

// seasonalDrift moves last week by the mean change from week to week over the
// last four, halved: a full drift runs away.
func seasonalDrift(y []float64) []float64 {
	out := make([]float64, Horizon)
	drift := 0.0
	if weeks := min(4, len(y)/week-1); weeks > 0 {
		drift = (sum(y[len(y)-week:]) - sum(y[len(y)-(weeks+1)*week:len(y)-weeks*week])) / float64(weeks*week) / 2
	}
	for h := range out {
		if i := len(y) - week + h%week; i >= 0 {
			out[h] = math.Max(0, y[i]+drift*float64(1+h/week))
		}
	}
	return out
}

func sum(list []float64) float64 {
	var s float64
	for _, v := range list {
		s += v
	}
	return s
}

// Combine is the forecast of a sum from the forecasts of its parts over the
// same days. Parts without a forecast count as nothing; without any the result
// has no method.
func Combine(parts ...Forecast) Forecast {
	total := Forecast{Points: []Expected{}}
	for _, p := range parts {
		if p.Method == "" {
			continue
		}
		if total.Method == "" {
			total = Forecast{Method: Combined, Points: make([]Expected, Horizon), start: p.start, actual: make([]float64, len(p.actual)),
				errors: make([][]float64, len(p.errors))}
			for i := range p.errors {
				total.errors[i] = make([]float64, len(p.errors[i]))
			}
		}
		total.add(p)
	}
	if total.Method != "" {
		total.judge()
	}
	return total
}

// add aligns both at their ends, since a young part has fewer tested days.
func (f *Forecast) add(p Forecast) {
	for h := range f.Points {
		f.Points[h].Value += p.Points[h].Value
	}
	for i := 1; i <= min(len(f.actual), len(p.actual)); i++ {
		f.actual[len(f.actual)-i] += p.actual[len(p.actual)-i]
	}
	if len(p.errors) < len(f.errors) {
		f.errors = f.errors[len(f.errors)-len(p.errors):]
		f.start = len(f.actual) - len(f.errors)
	}
	for i := 1; i <= len(f.errors); i++ {
		mine, theirs := f.errors[len(f.errors)-i], p.errors[len(p.errors)-i]
		for h := range mine {
			mine[h] += theirs[h]
		}
	}
}

// Recent are the newest n known days of the series, oldest first.
func (f Forecast) Recent(n int) []float64 { return f.actual[max(0, len(f.actual)-n):] }
