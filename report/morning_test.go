package report

import (
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

func TestMorning(t *testing.T) {
	t.Parallel()
	s, _ := anomalous(t, 1, 0, nil)
	list, _ := Filter{}.Anomalies(s.fig, s.today)
	Filter{}.Explain(s.fig, list)
	m := Filter{}.Morning(s.fig, s.today, Now{ToDispatch: 7, Late: 2}, []Source{{Name: "Flipkart", Enabled: true, Failures: 3}, {Name: "Fine", Enabled: true}}, list)
	got := m.Text(order.Money.Decimal, func(id string) string { return id })
	for _, want := range []string{"Yesterday, Saturday 21 November", "0 orders, 2", "7 orders to dispatch, 2 of them late", "orders to expect today",
		"Flipkart is not read as it should be", "flipkart: 0 orders instead of about 2", "Not one order came in"} {
		if !strings.Contains(got, want) {
			t.Errorf("the digest lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "Fine") {
		t.Errorf("the digest names a channel that is well:\n%s", got)
	}
	if want := "Sun 22 Nov: 0 orders yesterday, 7 to dispatch, 2 late"; m.Subject() != want {
		t.Errorf("the subject is %q, want %q", m.Subject(), want)
	}
}
