package report

import (
	"net/url"
	"testing"
)

// Whatever a report is built of, each group equals the list it leads to, and
// the groups sum up to the whole.
func TestPivotsLeadToTheirOrders(t *testing.T) {
	t.Parallel()
	s := newShop(t, 400, 50)
	for _, rows := range Dimensions() {
		for _, columns := range append(Dimensions(), "") {
			if rows == columns {
				continue
			}
			b := Build{Filter: Filter{Preset: Last30, Range: Last30.Range(s.today)}, Amount: "orders", Rows: rows, Columns: columns}
			p := b.Pivot(s.fig)
			sum, followed := 0, 0
			for i, r := range p.Rows {
				for k, c := range p.Columns {
					n := p.Cells[i][k].Orders
					sum += n
					if !r.Linked || !c.Linked || n == 0 || followed > 30 {
						continue
					}
					followed++
					part := Join(r.Part, c.Part)
					if got := s.matching(t, b.List(part)); got != n {
						t.Errorf("%s %q by %s %q has %d orders, its list %d", rows, r.Value, columns, c.Value, n, got)
					}
				}
			}
			if sum != p.Total.Orders || sum == 0 {
				t.Errorf("%s by %s: the groups have %d orders, all %d", rows, columns, sum, p.Total.Orders)
			}
		}
	}
}

func TestBuildReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	today := Date(2026, 11, 22)
	v := url.Values{"amount": {"returnRate"}, "rows": {"state"}, "columns": {"payment"}, "q": {"total>500 sku:a,b"}, "period": {"fy"}}
	b, err := ParseBuild(v, today)
	if err != nil {
		t.Fatal(err)
	}
	if b.Q != "total>500 sku:a,b" || b.Values().Encode() != v.Encode() {
		t.Errorf("became %v", b.Values())
	}
	for _, bad := range []url.Values{{"rows": {"colour"}}, {"rows": {"day"}, "columns": {"day"}}, {"q": {"total>>5"}}, {"amount": {"love"}}, {"period": {"never"}}, {"x": {"1"}}} {
		if _, err := ParseBuild(bad, today); err == nil {
			t.Errorf("%v was read", bad)
		}
	}
}
