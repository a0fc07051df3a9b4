package shop

import (
	"container/heap"
	"math"
	"sort"
	"time"
)

// kolkata is the zone in which buyers live; India has no summer time.
var kolkata = time.FixedZone("Asia/Kolkata", 5*3600+1800)

// busy is how much of a day's orders an hour of the Indian day gets: little at
// night, a hump at lunch, the peak after dinner.
var busy = [24]float64{1.4, 0.7, 0.3, 0.2, 0.2, 0.3, 0.8, 1.6, 2.8, 3.9, 4.8, 5.4, 5.8, 5.6, 5.0, 4.9, 5.2, 5.6, 6.2, 7.2, 8.6, 9.4, 8.3, 4.8}

// weight is the hourly rate at a moment, 1 on the average of a week.
func weight(t time.Time) float64 {
	t = t.In(kolkata)
	w := busy[t.Hour()] * 24 / 99
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		return w * 1.3
	}
	return w * 0.88
}

// history draws the times of the orders placed before now, oldest first.
func (s *Shop) history(now time.Time) []time.Time {
	start := now.AddDate(0, 0, -s.cfg.Days).Truncate(time.Hour)
	var sums []float64
	sum := 0.0
	for t := start; t.Before(now); t = t.Add(time.Hour) {
		sum += weight(t) * math.Min(1, now.Sub(t).Hours())
		sums = append(sums, sum)
	}
	times := make([]time.Time, s.cfg.Orders)
	r := s.stream(-2, 0)
	for i := range times {
		slot := sort.SearchFloat64s(sums, r.Float64()*sum)
		t := start.Add(time.Duration(slot) * time.Hour)
		room := min(time.Hour, now.Sub(t))
		times[i] = t.Add(time.Duration(r.Int64N(int64(room)))).Truncate(time.Second)
	}
	sort.Slice(times, func(i, j int) bool { return times[i].Before(times[j]) })
	return times
}

// nextArrival draws when the next order comes after t, at the rate of the
// shop's history.
func (s *Shop) nextArrival(t time.Time) time.Time {
	perHour := float64(s.cfg.Orders) / float64(s.cfg.Days*24)
	r := s.stream(len(s.orders), 1<<18)
	need := r.ExpFloat64()
	for range 24 * 365 {
		end := t.Truncate(time.Hour).Add(time.Hour)
		have := perHour * weight(t) * end.Sub(t).Hours()
		if have >= need {
			return t.Add(time.Duration(need / have * float64(end.Sub(t)))).Truncate(time.Second)
		}
		need -= have
		t = end
	}
	return t
}

// Advance lets everything happen that is due by the platform's clock, in the
// order in which it is due, and returns how many orders came and how many
// moved.
func (s *Shop) Advance() (came, moved int) {
	now := s.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		o := s.soonest()
		arrives := !s.arrival.IsZero() && !s.arrival.After(now)
		due := o != nil && !o.next.at.After(now)
		switch {
		case arrives && (!due || s.arrival.Before(o.next.at)):
			s.arrive(s.arrival)
			s.arrival = s.nextArrival(s.arrival)
			came++
		case due:
			s.take(o, o.next.at)
			moved++
		default:
			return came, moved
		}
	}
}

// Arrive places an order now.
func (s *Shop) Arrive() Order {
	now := s.Now().Truncate(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.arrive(now)
}

// Hasten lets the next planned step of some order happen now; false when
// nothing is planned.
func (s *Shop) Hasten() bool {
	now := s.Now().Truncate(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.soonest()
	if o == nil {
		return false
	}
	s.take(o, now)
	return true
}

func (s *Shop) arrive(at time.Time) *Order {
	o := s.compose(len(s.orders), at)
	s.plan(o)
	s.enter(o)
	return o
}

// take performs the planned step of an order, the first of the agenda.
func (s *Shop) take(o *Order, at time.Time) {
	heap.Pop(&s.due)
	s.byUpdated.remove(o.updatedKey())
	next := *o
	s.apply(&next, o.next.status, o.next.detail, at, ByLife)
	s.plan(&next)
	s.orders[o.Seq] = &next
	s.byUpdated.insert(next.updatedKey())
	s.schedule(&next)
	s.tell(Event{ID: next.ID})
}
