package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/amazon"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/order"
)

// The desk's own adapters read each platform to the end, whatever goes wrong,
// and then hold what the ledger says.
func TestAdaptersMatchTheLedger(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{
		"calm":    "none",
		"trouble": "429=0.05,500=0.05,drop=0.05,html=0.05,duplicate=0.3,overlap=7",
		"poison":  "unparsable=0.05,unknown=0.05",
	} {
		faults, err := sandbox.ParseFaults(spec)
		if err != nil {
			t.Fatal(err)
		}
		w, err := sandbox.New(sandbox.Options{Seed: 9, Orders: 700, Days: 20, Faults: faults, LimitFactor: 1e6, AmazonSettle: -1})
		if err != nil {
			t.Fatal(err)
		}
		urls, stop, err := w.Serve(t.Context(), "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(stop)
		all := builds()
		all[sandbox.Amazon] = amazon.New
		for platform, build := range all {
			t.Run(name+"/"+platform, func(t *testing.T) {
				t.Parallel()
				compare(t, w.Ledger(platform), pull(t, w, platform, urls[platform], build))
			})
		}
	}
}

// haul is what an adapter brought home.
type haul struct {
	reports map[string]order.Report
	rejects map[string]bool
}

func pull(t *testing.T, w *sandbox.World, platform, url string, build ingest.Build) haul {
	t.Helper()
	c, secrets := w.Channel(platform, url)
	p, err := build(ingest.Config{Channel: c, Secrets: secrets, HTTP: &http.Client{Timeout: 10 * time.Second}, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	h := haul{reports: map[string]order.Report{}, rejects: map[string]bool{}}
	cursor, failures := "", 0
	for {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			if failures++; failures > 100 || !errors.Is(err, ingest.ErrTemporary) {
				t.Fatalf("after %d failures: %v", failures, err)
			}
			continue
		}
		for _, r := range page.Reports {
			h.reports[r.Ref.PlatformOrderID] = r
		}
		for _, r := range page.Rejects {
			h.rejects[r.PlatformOrderID] = true
		}
		if cursor = page.Next; !page.More {
			return h
		}
	}
}

func compare(t *testing.T, ledger []sandbox.Entry, h haul) {
	t.Helper()
	if len(h.reports)+len(h.rejects) != len(ledger) {
		t.Errorf("%d reports and %d rejects of %d orders", len(h.reports), len(h.rejects), len(ledger))
	}
	for _, e := range ledger {
		r, ok := h.reports[e.ID]
		switch {
		case e.Unparsable:
			if !h.rejects[e.ID] {
				t.Errorf("%s cannot be read and was not rejected", e)
			}
		case !ok:
			t.Errorf("%s is missing", e)
		case e.Unknown:
			if word := strings.ToLower(r.Facts.PlatformStatus); !strings.Contains(word, "inspection") && !strings.Contains(word, "engraving") {
				t.Errorf("%s has an unknown word and was read as %s, %q", e, r.Status, r.Facts.PlatformStatus)
			}
		case r.Status != e.Status, !r.At.Equal(e.Updated), !r.Facts.OrderedAt.Equal(e.Created),
			r.Facts.Total.Known() && r.Facts.Total.Minor != e.Total:
			t.Errorf("%s was read as %s %d, %s", e, r.Status, r.Facts.Total.Minor, r.At)
		}
	}
}
