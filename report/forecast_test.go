package report

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

// weekly is a series with quiet Mondays and busy weekends, a trend and noise.
func weekly(days int, level, trend, noise float64, seed uint64) []int64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	shape := [week]float64{.7, .8, .9, 1, 1.1, 1.3, 1.2}
	y := make([]int64, days)
	for i := range y {
		y[i] = int64(math.Max(0, (level+trend*float64(i))*shape[i%week]*(1+noise*rng.NormFloat64())))
	}
	return y
}

func TestForecastFollowsTheWeek(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		y    []int64
		wape float64 // at most
	}{
		"steady":        {weekly(200, 1000, 0, 0, 1), 1},
		"noisy":         {weekly(200, 1000, 0, .1, 2), 14},
		"growing":       {weekly(200, 400, 4, .05, 3), 12},
		"young, noisy":  {weekly(minHistory, 300, 0, .1, 4), 20},
		"began late on": {append(make([]int64, 100), weekly(80, 500, 0, .05, 5)...), 12},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := Predict(c.y)
			if f.Method == "" || len(f.Points) != Horizon {
				t.Fatalf("no forecast: %+v", f)
			}
			if f.Test.WAPE > c.wape || f.Test.WAPE < 0 {
				t.Errorf("%s was off by %.1f %% in the test, want at most %v", f.Method, f.Test.WAPE, c.wape)
			}
			for i, p := range f.Points {
				if p.Low > p.Value || p.High < p.Value || p.Low < 0 {
					t.Errorf("day %d: %v is not inside %v to %v", i, p.Value, p.Low, p.High)
				}
			}
			for m, wape := range f.Test.Others {
				if wape < f.Test.WAPE {
					t.Errorf("%s would have been better: %.2f against %.2f", m, wape, f.Test.WAPE)
				}
			}
		})
	}
}

// What the forecast says of the next two weeks holds for two weeks that it has
// not seen.
func TestForecastOfUnseenDays(t *testing.T) {
	t.Parallel()
	held, all := 0, 0
	for seed := range uint64(40) {
		y := weekly(220, 800, 1, .12, seed)
		f := Predict(y[:len(y)-Horizon])
		for h, p := range f.Points {
			v := float64(y[len(y)-Horizon+h])
			all++
			if p.Low <= v && v <= p.High {
				held++
			}
		}
	}
	if share := float64(held) / float64(all); share < .68 || share > .92 {
		t.Errorf("%.0f %% of the days fell into the intervals, which promise %.0f", share*100, inside*100)
	}
}

// The test's coverage is honest: measured on noise it comes out near what the
// interval promises.
func TestCoverageIsNearThePromise(t *testing.T) {
	t.Parallel()
	sum := 0.0
	const rounds = 30
	for seed := range uint64(rounds) {
		sum += Predict(weekly(300, 500, 0, .15, 100+seed)).Test.Coverage
	}
	if mean := sum / rounds; mean < 68 || mean > 90 {
		t.Errorf("mean coverage is %.1f %%", mean)
	}
}

func TestForecastNeedsDays(t *testing.T) {
	t.Parallel()
	for name, y := range map[string][]int64{
		"nothing":       nil,
		"only zeros":    make([]int64, 300),
		"five weeks":    weekly(5*week, 100, 0, 0, 1),
		"began lately":  append(make([]int64, 300), weekly(20, 100, 0, 0, 1)...),
		"a single sale": {0, 0, 1},
	} {
		if f := Predict(y); f.Method != "" || len(f.Points) != 0 {
			t.Errorf("%s: forecast %+v", name, f)
		}
	}
}

func TestCombineAddsUp(t *testing.T) {
	t.Parallel()
	a, b := Predict(weekly(200, 500, 0, .1, 1)), Predict(append(make([]int64, 140), weekly(60, 100, 0, .1, 2)...))
	total := Combine(a, Forecast{}, b)
	for h, p := range total.Points {
		if want := a.Points[h].Value + b.Points[h].Value; math.Abs(p.Value-want) > 1e-6 {
			t.Errorf("day %d: %v, want %v", h, p.Value, want)
		}
	}
	if total.Test.Days != b.Test.Days || total.Test.WAPE <= 0 || total.Test.WAPE > 20 {
		t.Errorf("the sum was tested with %+v", total.Test)
	}
	if none := Combine(Forecast{}); none.Method != "" || none.Points == nil {
		t.Errorf("the sum of nothing is %+v", none)
	}
}

// anomalous is a shop whose Flipkart orders of one day are n, the usual being
// about 20.
func anomalous(t *testing.T, back, n int, change func(i int, r *order.Report)) (s shop, odd Day) {
	t.Helper()
	base := newShop(t, 0, 1)
	odd = base.today - Day(back)
	var days []Day
	for d := base.today - 120; d < base.today; d++ {
		count := 20 + int(d)%3
		if d == odd {
			count = n
		}
		for range count {
			days = append(days, d)
		}
	}
	return newShop(t, len(days), 1, func(i int, r *order.Report) {
		r.Platform, r.Ref.Channel = order.Flipkart, "flipkart-in"
		r.Facts.OrderedAt = days[i].Start(india(t)).UTC()
		r.Facts.Items = []order.Item{{SKU: []string{"A", "B", "C", "D", "E"}[i%5], Title: "Thing", Quantity: 1, Total: order.INR(100000)}}
		r.Facts.Total = order.INR(100000)
		if days[i] == odd && change != nil {
			change(i, r)
		}
	}), odd
}

func TestAnomalies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		n      int
		change func(i int, r *order.Report)
		drop   bool
		want   Reason
	}{
		"platform down": {0, nil, true, Reason{Kind: PlatformDown}},
		"one product":   {60, func(_ int, r *order.Report) { r.Facts.Items[0].SKU = "A" }, false, Reason{Kind: OneProduct, SKU: "A", Title: "Thing", Share: 100}},
		"one channel": {60, func(i int, r *order.Report) {
			if i%4 > 0 {
				r.Ref.Channel = "flipkart-2"
			}
		}, false, Reason{Kind: OneChannel, Channel: "flipkart-2", Share: 100}},
		"prices": {21, func(_ int, r *order.Report) {
			r.Facts.Total, r.Facts.Items[0].Total = order.INR(300000), order.INR(300000)
		}, false, Reason{Kind: PriceChange}},
		"all over": {60, nil, false, Reason{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, odd := anomalous(t, 4, c.n, c.change)
			list, _ := Filter{}.Anomalies(s.fig, s.today)
			if len(list) != 1 {
				t.Fatalf("found %+v, want one day", list)
			}
			Filter{}.Explain(s.fig, list)
			a := list[0]
			if a.Day != odd || a.Platform != order.Flipkart || a.Score < 0 != c.drop {
				t.Errorf("found %+v, want one on %s", a, odd)
			}
			a.Reason.Share = math.Round(a.Reason.Share/34) * 34 // three quarters or more
			c.want.Share = math.Round(c.want.Share/34) * 34
			if a.Reason != c.want {
				t.Errorf("the reason is %+v, want %+v", a.Reason, c.want)
			}
		})
	}
}

func TestUsualDaysAreNoNews(t *testing.T) {
	t.Parallel()
	s, _ := anomalous(t, 4, 21, nil)
	if list, enough := (Filter{}).Anomalies(s.fig, s.today); len(list) != 0 || !enough {
		t.Errorf("found %+v, enough days: %v", list, enough)
	}
	random := newShop(t, 3000, 150)
	if list, enough := (Filter{}).Anomalies(random.fig, random.today); len(list) > 3 || !enough {
		t.Errorf("plain noise gives %d events in two weeks over five platforms", len(list))
	}
	young := newShop(t, 600, 30)
	if list, enough := (Filter{}).Anomalies(young.fig, young.today); len(list) != 0 || enough {
		t.Errorf("a month is enough to find %+v", list)
	}
}

func TestStaleChannelIsTheReasonOfADrop(t *testing.T) {
	t.Parallel()
	list := []Anomaly{{Score: -5, Reason: Reason{Kind: PlatformDown}}, {Score: 5, Reason: Reason{Kind: OneProduct, SKU: "A"}}}
	Stale(list, func(Anomaly) (string, bool) { return "flipkart-in", true })
	if list[0].Reason != (Reason{Kind: ChannelStale, Channel: "flipkart-in"}) || list[1].Reason.Kind != OneProduct {
		t.Errorf("reasons are %+v", list)
	}
}

func TestCategory(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Rose Gold Plated Solitaire Ring": "Rings", "Pearl Drop Earrings": "Earrings", "Spring Drawstring Bag for Travel": "Other",
		"Necklace Set with Earrings": "Sets", "T-shirt": "T-shirt", "Kurta, XL": "Kurta", "": "Other", "Layered chain necklace": "Necklaces",
	} {
		if got := Category(title); got != want {
			t.Errorf("%q is of %q, want %q", title, got, want)
		}
	}
}

func BenchmarkPredict(b *testing.B) {
	y := weekly(historyDays, 500, .3, .1, 1)
	for b.Loop() {
		Predict(y)
	}
}
