package amazon

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	sandbox "github.com/palmonas/palmonas-crm/ingest/sandbox/amazon"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// pullAll reads a simulated account as the Syncer does, trying again after
// temporary failures.
func pullAll(t *testing.T, s *shop.Shop, opt sandbox.Options, options map[string]string) (map[string]order.Report, []string) {
	t.Helper()
	account := sandbox.New(s, opt)
	srv := httptest.NewServer(account)
	t.Cleanup(srv.Close)
	ch, sec := account.Channel(srv.URL)
	for k, v := range options {
		ch.Options[k] = v
	}
	p, err := New(ingest.Config{Channel: ch, Secrets: sec})
	if err != nil {
		t.Fatal(err)
	}
	got, rejects, cursor := map[string]order.Report{}, []string(nil), ""
	for more, failures := true, 0; more; {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			if failures++; !errors.Is(err, ingest.ErrTemporary) || failures > 20 {
				t.Fatal(err)
			}
			continue
		}
		for _, r := range page.Reports {
			got[r.Ref.PlatformOrderID] = r
		}
		for _, r := range page.Rejects {
			rejects = append(rejects, r.PlatformOrderID)
		}
		cursor, more = page.Next, page.More
	}
	return got, distinct(rejects)
}

func TestSandboxWithFaults(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"none", "429=0.05,500=0.05", "duplicate=0.3,repeat=0.1,overlap=5", "expire=0.3", "skew=30m", "skew=-30m", "unparsable=0.1"} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			faults, err := shop.ParseFaults(spec)
			if err != nil {
				t.Fatal(err)
			}
			s := shop.New(shop.Config{Seed: 1, Orders: 600, Days: 25, Traits: sandbox.Traits(), Faults: faults, Now: time.Now})
			got, rejects := pullAll(t, s, sandbox.Options{Seed: 1, LimitFactor: 1e6, Settle: -1}, nil)
			var all []shop.Order
			s.Each(func(o shop.Order) { all = append(all, o) })
			for _, o := range all {
				r, ok := got[o.ID]
				switch {
				case s.Unparsable(o):
					if !slices.Contains(rejects, o.ID) {
						t.Errorf("%s, which cannot be read, was not set aside", o.ID)
					}
				case !ok:
					t.Errorf("%s is missing", o.ID)
				case !r.At.Equal(o.Updated.Truncate(time.Second)):
					t.Errorf("%s: as of %s, the platform has %s", o.ID, r.At, o.Updated)
				case r.Status != o.Status:
					t.Errorf("%s is %q, the platform has %q", o.ID, r.Status, o.Status)
				}
			}
		})
	}
}

// A real sale report, served by the sandbox, arrives with the statuses that
// importing the file gives.
func TestSaleReportThroughTheAPI(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "amazon-in", "amazon_sale_report_with_sku.csv.gz"))
	if err != nil {
		t.Skip("no sale report beside the repository")
	}
	orders, err := sandbox.ReadReport(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	s := shop.Load(shop.Config{Seed: 1, Traits: sandbox.Traits(), Now: time.Now}, orders)
	got, rejects := pullAll(t, s, sandbox.Options{Seed: 1, LimitFactor: 1e6, AllTime: true}, map[string]string{"since": "2022-03-01T00:00:00+05:30"})
	if len(rejects) > 0 {
		t.Errorf("set aside: %v", rejects)
	}
	plain, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(plain).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[strings.TrimSpace(name)] = i
	}
	type figures struct {
		status order.Status
		lines  int
		total  int64
	}
	want, have := map[string]figures{}, map[string]figures{}
	for _, row := range rows[1:] {
		id := row[column["Order ID"]]
		f := want[id]
		if f.status, _, _ = orderfile.AmazonStatus(row[column["Status"]]); f.status == "" {
			t.Fatalf("files do not know %q", row[column["Status"]])
		}
		f.lines++
		if text := row[column["Amount"]]; text != "" {
			m, err := order.ParseMoney(text, "INR")
			if err != nil {
				t.Fatal(err)
			}
			f.total += m.Minor
		}
		want[id] = f
	}
	for id, r := range got {
		have[id] = figures{r.Status, len(r.Facts.Items), r.Facts.Total.Minor}
		if slices.Contains(r.Facts.Flags, order.NeedsAttention) {
			t.Errorf("%s is flagged", id)
		}
	}
	if diff := cmp.Diff(want, have, cmp.AllowUnexported(figures{})); diff != "" {
		t.Errorf("orders differ (-file +API):\n%s", diff)
	}
}
