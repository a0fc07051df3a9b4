package amazon

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

const sale = "index,Order ID,Date,Status,Fulfilment,Sales Channel ,ship-service-level,Category,Size,Courier Status,Qty,currency,Amount,ship-city,ship-state,ship-postal-code,ship-country,B2B,fulfilled-by\r\n" +
	"0,404-0000001-0000001,04-30-22,Shipped,Amazon,Amazon.in,Expedited,Ring,7,Shipped,1,INR,647.62,\"NAVI MUMBAI, VASHI\",MAHARASHTRA,400703.0,IN,TRUE,\r\n" +
	"1,404-0000002-0000002,06-05-2022,Shipped - Delivered to Buyer,Merchant,Amazon.in,Standard,Bangle,2.6,Shipped,2,INR,1000,PUNE,MAHARASHTRA,411001,IN,FALSE,Easy Ship\r\n" +
	"2,404-0000001-0000001,04-30-22,Shipped,Amazon,Amazon.in,Expedited,Anklet,S,Shipped,1,INR,0,\"NAVI MUMBAI, VASHI\",MAHARASHTRA,400703.0,IN,TRUE,\r\n" +
	"3,404-0000003-0000003,05/13/22,Cancelled,Merchant,Amazon.in,Standard,Ring,8,Cancelled,0,,,,,,,FALSE,Easy Ship\r\n" +
	"4,S02-0000004-0000004,06-29-2022,Shipping,Amazon,Non-Amazon,Standard,Ring,9,Unshipped,1,,,DELHI,DELHI,110001,IN,FALSE,\r\n" +
	"5,404-0000005-0000005,06-29-2022,Pending,Amazon,Amazon.in,Standard,Ring,9,Unshipped,1,INR,500.00,DELHI,DELHI,110001,IN,FALSE,\r\n"

func TestReadReport(t *testing.T) {
	t.Parallel()
	plain, err := ReadReport(strings.NewReader("\ufeff" + sale))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, sale)
	z.Close()
	zipped, err := ReadReport(&packed)
	if diff := cmp.Diff(plain, zipped, cmp.AllowUnexported(shop.Order{}), cmp.Comparer(func(a, b shop.Order) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) })); diff != "" || err != nil {
		t.Errorf("the gzipped file reads differently: %v %s", err, diff)
	}
	if len(plain) != 5 {
		t.Fatalf("%d orders", len(plain))
	}
	a, b, c, d := plain[0], plain[1], plain[2], plain[3]
	if a.ID != "404-0000001-0000001" || len(a.Lines) != 2 || a.Total() != 647_62 || !a.ByPlatform || !a.Business || a.Customer.Pincode != "400703" || len(a.Parcels) != 0 {
		t.Errorf("%+v", a)
	}
	if b.Status != order.Delivered || b.Created.In(kolkata).Format(time.DateOnly) != "2022-06-05" || b.Lines[0].Unit != 500_00 || b.Lines[0].Fulfilled != 2 || !b.Collected {
		t.Errorf("%+v", b)
	}
	if c.Status != order.Cancelled || c.Priced() || c.Created.In(kolkata).Format(time.DateOnly) != "2022-05-13" {
		t.Errorf("%+v", c)
	}
	if d.Status != order.Processing || !d.Foreign || len(d.Parcels) != 1 || d.Updated.In(kolkata).Format(time.DateOnly) != "2022-06-29" {
		t.Errorf("%+v", d)
	}
}

func TestReadReportNamesTheFault(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{"06-05-2022": "31-12-2022", "Shipped - Delivered to Buyer": "Beamed up", "2,INR,1000": "two,INR,1000", "INR,647.62": "INR,x", "404-0000002-0000002": ""} {
		_, err := ReadReport(strings.NewReader(strings.Replace(sale, from, to, 1)))
		if err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q for %q: %v", to, from, err)
		}
	}
	for _, text := range []string{"", "a,b\n1,2\n"} {
		if _, err := ReadReport(strings.NewReader(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// sharedFile finds a file beside the repository, or skips the test.
func sharedFile(tb testing.TB, name string) string {
	tb.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "shared", filepath.FromSlash(name)))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		tb.Skipf("the real data is not here: %v", err)
	}
	return path
}

func loadReport(tb testing.TB, path string) *shop.Shop {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	all, err := ReadReport(f)
	if err != nil {
		tb.Fatal(err)
	}
	return shop.Load(shop.Config{Now: func() time.Time { return noon }, Traits: Traits()}, all)
}

// The account that serves the real report holds what a plain recount of its
// rows finds.
func TestRealReport(t *testing.T) {
	t.Parallel()
	path := sharedFile(t, "data/amazon-in/amazon_sale_report_full.csv.gz")
	s := loadReport(t, path)
	type count struct {
		rows, qty int
		paise     int64
	}
	want, rows := map[string]count{}, 0
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[1:] {
		c := want[r[1]]
		var rupees float64
		fmt.Sscan(r[12], &rupees)
		var q int
		fmt.Sscan(r[10], &q)
		c.rows, c.qty, c.paise = c.rows+1, c.qty+q, c.paise+int64(rupees*100+0.5)
		want[r[1]] = c
		rows++
	}
	got := map[string]count{}
	first, last := noon, time.Time{}
	s.Each(func(o shop.Order) {
		c := count{rows: len(o.Lines), paise: o.Total()}
		for _, l := range o.Lines {
			c.qty += l.Quantity
		}
		got[o.ID] = c
		if o.Created.Before(first) {
			first = o.Created
		}
		if o.Updated.After(last) {
			last = o.Updated
		}
	})
	if rows != 128_976 || len(want) != 120_229 {
		t.Fatalf("the file has %d rows and %d orders", rows, len(want))
	}
	if !maps.Equal(want, got) {
		t.Errorf("%d orders differ from the recount of %d", len(got), len(want))
	}
	if first.Before(time.Date(2022, 3, 31, 0, 0, 0, 0, kolkata)) || !last.Before(time.Date(2022, 6, 30, 0, 0, 0, 0, kolkata)) {
		t.Errorf("times from %s to %s leave the period of the file", first, last)
	}
	totals := s.Totals()
	if totals[order.Delivered] == 0 || totals[order.Returned] == 0 || totals[order.Pending] == 0 {
		t.Errorf("%v", totals)
	}
}

// BenchmarkServeReport pages through the real report.
func BenchmarkServeReport(b *testing.B) {
	s := loadReport(b, sharedFile(b, "data/amazon-in/amazon_sale_report_full.csv.gz"))
	a := New(s, Options{LimitFactor: 1e9, AllTime: true})
	token := "Atza|" + a.seal(fmt.Appendf(nil, "seller %d", noon.Add(time.Hour).Unix()))
	q := url.Values{"lastUpdatedAfter": {"2022-01-01T00:00:00Z"}, "includedData": {"BUYER,RECIPIENT,PROCEEDS,FULFILLMENT,PACKAGES,PAYMENT,CANCELLATION"}}
	n := 0
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, listPath+"?"+q.Encode(), nil)
		r.Header.Set("x-amz-access-token", token)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		n += strings.Count(w.Body.String(), `"orderId"`)
		_, rest, more := strings.Cut(w.Body.String(), `"nextToken":"`)
		q.Del("paginationToken")
		if next, _, ok := strings.Cut(rest, `"`); more && ok {
			q.Set("paginationToken", next)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "orders/s")
}
