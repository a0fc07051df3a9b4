package shop

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestFaultSpecs(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]Faults{
		"":     {},
		"none": {},
		"429=0.1,500=0.05,slow=2s,drop=0.05,duplicate=0.1,overlap,unparsable=0.01,skew=-10m,html=0.02": {
			TooMany: 0.1, ServerError: 0.05, Slow: 2 * time.Second, SlowShare: 1, Drop: 0.05, Duplicate: 0.1, Overlap: 5, Unparsable: 0.01,
			Skew: -10 * time.Minute, HTML: 0.02},
		"slow=1s@0.5, overlap=9 ,revoked,repeat=1,expire=0.5,unknown=0.2,hang=0.1": {
			Slow: time.Second, SlowShare: 0.5, Overlap: 9, Revoked: true, Repeat: 1, Expire: 0.5, Unknown: 0.2, Hang: 0.1},
		"revoked=false": {},
	} {
		got, err := ParseFaults(spec)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", spec, got, err, want)
		}
		if again, err := ParseFaults(got.String()); err != nil || again != got {
			t.Errorf("%q prints as %q, which reads as %+v, %v", spec, got, again, err)
		}
	}
	for _, spec := range []string{"429", "429=1.5", "429=-1", "429=x", "500=NaN", "slow=fast", "skew=1", "teapot=1", "overlap=-1", "overlap=x", "slow=1s@2"} {
		if f, err := ParseFaults(spec); err == nil {
			t.Errorf("%q was accepted as %+v", spec, f)
		}
	}
}

// serve puts a shop with faults before a handler that answers "0123456789".
func serve(t *testing.T, f Faults) (s *Shop, url string, hits *int) {
	t.Helper()
	s, _ = testShop(0)
	s.SetFaults(f)
	hits = new(int)
	gate := s.Gate(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*hits++
		_, _ = io.WriteString(w, "0123456789")
	}), func(w http.ResponseWriter, _ *http.Request, status int) { http.Error(w, "refused", status) })
	srv := httptest.NewServer(gate)
	t.Cleanup(srv.Close)
	return s, srv.URL, hits
}

func get(t *testing.T, url string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := http.Client{Timeout: 300 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := c.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res, string(b), err
}

func TestGateFaults(t *testing.T) {
	t.Parallel()
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		s, url, _ := serve(t, Faults{})
		if res, body, err := get(t, url); err != nil || res.StatusCode != 200 || body != "0123456789" {
			t.Errorf("%v %q %v", res, body, err)
		}
		if recent, by := s.Calls(); len(recent) != 1 || by[200] != 1 {
			t.Errorf("calls: %+v %v", recent, by)
		}
	})
	for name, want := range map[string]struct {
		f      Faults
		status int
		hits   int
	}{
		"429":  {Faults{TooMany: 1}, 429, 0},
		"500":  {Faults{ServerError: 1}, 500, 0},
		"html": {Faults{HTML: 1}, 200, 0},
		"slow": {Faults{Slow: 20 * time.Millisecond, SlowShare: 1}, 200, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, url, hits := serve(t, want.f)
			began := time.Now()
			res, body, err := get(t, url)
			if err != nil || res.StatusCode != want.status || *hits != want.hits {
				t.Errorf("%v %q %v, handler ran %d times", res, body, err, *hits)
			}
			if time.Since(began) < want.f.Slow {
				t.Error("the answer was not slow")
			}
		})
	}
	t.Run("drop", func(t *testing.T) {
		t.Parallel()
		s, url, hits := serve(t, Faults{Drop: 1})
		res, body, err := get(t, url)
		if err == nil || res == nil || body != "01234" || *hits != 1 {
			t.Errorf("%v %q %v, handler ran %d times; want half a body and an error", res, body, err, *hits)
		}
		if _, by := s.Calls(); by[200] != 1 {
			t.Errorf("calls: %v", by)
		}
	})
	t.Run("hang", func(t *testing.T) {
		t.Parallel()
		_, url, hits := serve(t, Faults{Hang: 1})
		if _, _, err := get(t, url); err == nil || *hits != 0 {
			t.Errorf("%v, handler ran %d times", err, *hits)
		}
	})
	t.Run("alike", func(t *testing.T) {
		t.Parallel()
		run := func() (codes []int) {
			_, url, _ := serve(t, Faults{TooMany: 0.3, ServerError: 0.3})
			for range 20 {
				res, _, err := get(t, url)
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, res.StatusCode)
			}
			return codes
		}
		a, b := run(), run()
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("the same calls met other faults: %v and %v", a, b)
			}
		}
	})
}

func TestMarkedOrders(t *testing.T) {
	t.Parallel()
	s, _ := testShop(3000)
	s.SetFaults(Faults{Unparsable: 0.1, Unknown: 0.5})
	bad, unknown := 0, 0
	s.Each(func(o Order) {
		if first, again := s.Unparsable(o), s.Unparsable(o); first != again {
			t.Fatal("the mark changes")
		}
		if s.Unparsable(o) {
			bad++
		}
		if s.Unknown(o) {
			unknown++
		}
	})
	if bad < 240 || bad > 360 || unknown < 1400 || unknown > 1600 {
		t.Errorf("of 3000 orders %d are unparsable and %d unknown", bad, unknown)
	}
}
