package report

import "math"

// holtWinters is additive exponential smoothing of level, trend and the seven
// weekdays; phi damps the trend, so that two weeks ahead it does not run away.
type holtWinters struct{ alpha, beta, gamma, phi float64 }

// hwState is what smoothing knows after some days.
type hwState struct {
	holtWinters
	level, trend float64
	weekdays     [week]float64
	n            int // days seen; the next one has weekday n%week
}

// fitHoltWinters chooses the factors whose forecasts of the next day had the
// smallest squared errors.
func fitHoltWinters(y []float64) holtWinters {
	best, least := holtWinters{.2, .05, .1, .9}, math.Inf(1)
	for _, alpha := range []float64{.05, .1, .2, .35, .5} {
		for _, beta := range []float64{0, .05, .15} {
			for _, gamma := range []float64{.05, .15, .3} {
				for _, phi := range []float64{.8, .95} {
					p := holtWinters{alpha, beta, gamma, phi}
					if e := p.squares(y); e < least {
						best, least = p, e
					}
				}
			}
		}
	}
	return best
}

// begin reads level and weekdays from the first two weeks.
func (p holtWinters) begin(y []float64) hwState {
	s := hwState{holtWinters: p}
	weeks := min(2, len(y)/week)
	if weeks == 0 {
		return s
	}
	s.n = weeks * week
	s.level = sum(y[:s.n]) / float64(s.n)
	for i := range s.n {
		s.weekdays[i%week] += (y[i] - s.level) / float64(weeks)
	}
	return s
}

func (p holtWinters) squares(y []float64) float64 {
	s, total := p.begin(y), 0.0
	for _, v := range y[s.n:] {
		e := v - s.next()
		total += e * e
		s.learn(v)
	}
	return total
}

func (p holtWinters) run(y []float64) hwState {
	s := p.begin(y)
	for _, v := range y[s.n:] {
		s.learn(v)
	}
	return s
}

// next is the forecast of the next day.
func (s *hwState) next() float64 { return s.level + s.phi*s.trend + s.weekdays[s.n%week] }

func (s *hwState) learn(v float64) {
	season := &s.weekdays[s.n%week]
	before := s.level
	s.level = s.alpha*(v-*season) + (1-s.alpha)*(s.level+s.phi*s.trend)
	s.trend = s.beta*(s.level-before) + (1-s.beta)*s.phi*s.trend
	*season = s.gamma*(v-s.level) + (1-s.gamma)**season
	s.n++
}

// ahead forecasts the coming days; none is below zero.
func (s *hwState) ahead() []float64 {
	out := make([]float64, Horizon)
	damp, trend := 1.0, 0.0
	for h := range out {
		damp *= s.phi
		trend += damp * s.trend
		out[h] = math.Max(0, s.level+trend+s.weekdays[(s.n+h)%week])
	}
	return out
}
