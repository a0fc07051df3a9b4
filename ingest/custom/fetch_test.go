package custom

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func noon() time.Time { return time.Date(2026, 3, 11, 12, 0, 0, 0, time.UTC) }

// site is an adapter in front of a server that answers as told.
func site(t *testing.T, answer http.HandlerFunc) *Adapter {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	p, err := New(ingest.Config{
		Channel: testChannel(srv.URL), Secrets: testSecrets(), Now: noon,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Adapter)
}

func list(next string, records ...string) string {
	if next == "" {
		next = "null"
	} else {
		next = `"` + next + `"`
	}
	return `{"data":[` + strings.Join(records, ",") + `],"next_cursor":` + next + `}`
}

func rec(id, updated string) string {
	return `{"id":"` + id + `","status":"paid","currency":"INR","total_minor":1,"created_at":"2026-03-11T01:00:00Z","updated_at":"` + updated + `"}`
}

// read unmarshals a cursor for a look inside.
func look(t *testing.T, text string) cursor {
	t.Helper()
	c, err := parseCursor(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestForgottenCursor(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	a := site(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.Query().Get("updated_since")+"|"+r.URL.Query().Get("cursor"))
		switch {
		case r.URL.Query().Get("cursor") == "old":
			refuse(w, http.StatusBadRequest, "invalid_cursor", "unknown cursor")
		case len(asked) == 1:
			_, _ = io.WriteString(w, list("old", rec("a", "2026-03-11T10:00:00Z")))
		default:
			_, _ = io.WriteString(w, list("", rec("a", "2026-03-11T10:00:00Z"), rec("b", "2026-03-11T11:00:00Z")))
		}
	})
	text, ids := a.Since(noon().Add(-12*time.Hour), time.Time{}), map[string]bool{}
	for more, n := true, 0; more && n < 5; n++ {
		page, err := a.Fetch(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reports {
			ids[r.Ref.PlatformOrderID] = true
		}
		text, more = page.Next, page.More
	}
	want := []string{"2026-03-11T00:00:00Z|", "2026-03-11T00:00:00Z|old", "2026-03-11T09:59:00Z|"}
	if diff := cmp.Diff(want, asked); diff != "" || !ids["a"] || !ids["b"] {
		t.Errorf("orders %v, requests (-want +got):\n%s", ids, diff)
	}
	if c := look(t, text); !c.Mark.Equal(noon().Add(-time.Hour)) || c.Token != "" || !c.From.IsZero() || c.Restarts != 0 {
		t.Errorf("the cursor between runs is %+v", c)
	}
}

func TestCursorForgottenAgainAndAgain(t *testing.T) {
	t.Parallel()
	a := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") != "" {
			refuse(w, http.StatusGone, "expired", "expired")
			return
		}
		_, _ = io.WriteString(w, list("next", rec("a", "2026-03-11T10:00:00Z")))
	})
	text := ""
	for range 20 {
		page, err := a.Fetch(t.Context(), text)
		if err != nil {
			// Given up, for now: the cursor is not stuck.
			if c := look(t, text); !errors.Is(err, ingest.ErrTemporary) || c.worn(c.RestartedAt.Add(restartRest)) {
				t.Errorf("%v, %+v", err, c)
			}
			return
		}
		text = page.Next
	}
	t.Error("a site that knows no cursor is asked for ever")
}

// All pages of a run ask for the same.
func TestFirstRunHasNoStart(t *testing.T) {
	t.Parallel()
	a := site(t, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Has("updated_since") {
			t.Errorf("asked %s", r.URL.RawQuery)
		} else if q.Get("cursor") == "" {
			_, _ = io.WriteString(w, list("two", rec("a", "2026-03-11T10:00:00Z")))
			return
		}
		_, _ = io.WriteString(w, list("", rec("b", "2026-03-11T09:59:30Z")))
	})
	page, err := a.Fetch(t.Context(), "")
	if err == nil && page.More {
		page, err = a.Fetch(t.Context(), page.Next)
	}
	if err != nil || page.More || len(page.Reports) != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}

// A site that names the page itself as the next one is read on by time, and not
// for ever.
func TestRepeatedNext(t *testing.T) {
	t.Parallel()
	a := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("updated_since") == "" {
			_, _ = io.WriteString(w, list("tok", rec("a", "2026-03-11T10:00:00Z")))
			return
		}
		_, _ = io.WriteString(w, list("tok", rec("b", "2026-03-11T10:30:00Z")))
	})
	text, ids := "", map[string]bool{}
	for range 20 {
		page, err := a.Fetch(t.Context(), text)
		if err != nil {
			if !errors.Is(err, ingest.ErrTemporary) || len(ids) != 2 {
				t.Errorf("%v, orders %v", err, ids)
			}
			return
		}
		for _, r := range page.Reports {
			ids[r.Ref.PlatformOrderID] = true
		}
		if text == page.Next {
			t.Fatal("the cursor does not move")
		}
		text = page.Next
	}
	t.Error("asked for ever")
}

func TestPagingFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"the filter is ignored":  {list("", rec("a", "2020-01-01T00:00:00Z")), "ignores updated_since"},
		"not sorted":             {list("", rec("a", "2026-03-11T11:00:00Z"), rec("b", "2026-03-11T10:30:00Z")), "does not sort"},
		"no data":                {`{"orders":[]}`, `"data"`},
		"another shape of data":  {`{"data":{"a":1}}`, "unexpected answer"},
		"next_cursor is a thing": {`{"data":[],"next_cursor":{"a":1}}`, "neither a text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := site(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, c.body) })
			from := noon().Add(-2 * time.Hour)
			_, err := a.Fetch(t.Context(), cursor{Version: 1, From: from, Mark: from, Token: "tok"}.String())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestFutureDoesNotMoveTheMark(t *testing.T) {
	t.Parallel()
	a := site(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, list("", rec("a", "2026-03-11T11:00:00Z"), rec("b", "2027-01-01T00:00:00Z")))
	})
	page, err := a.Fetch(t.Context(), "")
	if err != nil || len(page.Reports) != 2 {
		t.Fatal(len(page.Reports), err)
	}
	if c := look(t, page.Next); !c.Mark.Equal(noon()) {
		t.Errorf("mark %s, want the time it is", c.Mark)
	}
}

func TestCursorOfAnotherVersion(t *testing.T) {
	t.Parallel()
	a := site(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	for _, text := range []string{`{"v":2}`, `{}x`, `[]`, `7`} {
		if _, err := a.Fetch(t.Context(), text); err == nil {
			t.Errorf("%q was taken for a cursor", text)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	build := func(base, rate, hook string) (ingest.Platform, error) {
		ch := testChannel(base)
		ch.Options = map[string]string{"rate": rate}
		s := testSecrets()
		s.Webhook = []string{hook}
		return New(ingest.Config{Channel: ch, Secrets: s})
	}
	for base, want := range map[string]string{
		"https://shop.example": "https://shop.example/crm/v1", "https://shop.example/in/": "https://shop.example/in/crm/v1",
		"https://shop.example/crm/v1/": "https://shop.example/crm/v1", "http://localhost:9/x": "http://localhost:9/x/crm/v1",
	} {
		p, err := build(base, "50", "")
		if err != nil || p.(*Adapter).base.String() != want {
			t.Errorf("%s: %v, %v", base, p, err)
		}
	}
	_, err := build("http://shop.example", "fast", "whsec_short")
	for _, word := range []string{"base_url", "rate", "webhook secret"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v, want all faults, %s among them", err, word)
		}
	}
	for _, rate := range []string{"0", "-1", "NaN", "Inf", "1e9"} {
		if _, err := build("https://shop.example", rate, ""); err == nil {
			t.Errorf("rate %s was accepted", rate)
		}
	}
}

func parse(t *testing.T, name string) order.Report {
	t.Helper()
	body, err := os.ReadFile(name)
	if err != nil {
		t.Skip("no example beside the repository")
	}
	a := &Adapter{now: noon}
	d, err := a.Parse(http.Header{"Webhook-Id": {"msg_1"}}, body)
	if err != nil || len(d.Reports) != 1 || d.EventID != "msg_1" {
		t.Fatalf("%+v, %v", d, err)
	}
	r := d.Reports[0]
	r.Ref.Channel = "site"
	if err := r.Validate(); err != nil {
		t.Error(err)
	}
	return r
}

func TestFacts(t *testing.T) {
	t.Parallel()
	r := parse(t, "testdata/webhook.order.json")
	want := order.Report{
		Ref: order.Ref{Channel: "site", PlatformOrderID: "ord_7"}, Platform: order.Organic, Source: order.FromWebhook, Status: order.Shipped,
		At: time.Date(2026, 3, 11, 4, 29, 59, 250e6, time.UTC), Version: time.Date(2026, 3, 11, 4, 30, 0, 0, time.UTC).UnixMilli(),
		Facts: order.Facts{
			OrderNumber: "PLM-7", OrderedAt: time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC), PlatformStatus: "shipped", SubStatus: "in_transit",
			Flags:   []order.Flag{order.PartiallyRefunded, order.PartiallyShipped},
			Payment: order.COD,
			Customer: order.Customer{Name: "मीरा शाह", Email: "meera@example.com", Phone: "+919000000007", Address: order.Address{
				Line1: "7 Lake Road", City: "Surat", State: "Gujarat", Pincode: "395007", Country: "IN"}},
			Items: []order.Item{
				{LineID: "ln_1", SKU: "RNG-7", ProductID: "701", Title: "Twist Ring", Quantity: 2, UnitPrice: order.INR(99900),
					Discount: order.INR(9990), Tax: order.INR(5529), Total: order.INR(189810)},
				{LineID: "ln_2", SKU: "EAR-3", Title: "Hoops", Quantity: 1, UnitPrice: order.INR(49900),
					Discount: order.INR(0), Tax: order.INR(1453), Total: order.INR(49900)},
			},
			Subtotal: order.INR(249700), Discount: order.INR(9990), Shipping: order.INR(4900), Tax: order.INR(6982), Total: order.INR(244610),
			Shipment: order.Shipment{Carrier: "Blue Dart", AWB: "0007123", TrackingURL: "https://track.example.com/0007123"},
		},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSharedFixture(t *testing.T) {
	t.Parallel()
	r := parse(t, filepath.Join("..", "..", "..", "shared", "platforms", "custom-website", "fixtures", "own.webhook.order.updated.body.json"))
	f := r.Facts
	if r.Status != order.Confirmed || f.Payment != order.COD || f.Total != order.INR(228910) || f.Customer.Address.State != "Maharashtra" ||
		f.Customer.Name != "आशा वर्मा" || len(f.Flags) != 0 || f.OrderNumber != "PLM-1001" {
		t.Errorf("%+v", r)
	}
}

func TestStatusDetails(t *testing.T) {
	t.Parallel()
	with := func(more string) string {
		return `{"id":"a","currency":"INR","created_at":"2026-03-11T01:00:00Z","updated_at":"2026-03-11T01:00:00Z",` + more + `}`
	}
	for name, c := range map[string]struct {
		raw    string
		status order.Status
		sub    string
		flags  []order.Flag
	}{
		"payable at the door":  {with(`"total_minor":1,"status":"created","payment":{"method":"cod","state":"pending"}`), order.Confirmed, "", nil},
		"not paid":             {with(`"total_minor":1,"status":"created","payment":{"method":"card","state":"pending"}`), order.Pending, "", nil},
		"payment failed":       {with(`"total_minor":1,"status":"created","payment":{"method":"upi","state":"failed"}`), order.Pending, "payment_failed", nil},
		"cancelled by someone": {with(`"total_minor":1,"status":"cancelled","cancellation":{"by":"Customer"}`), order.Cancelled, "cancelled_by_customer", nil},
		"cancelled by a text":  {with(`"total_minor":1,"status":"cancelled","cancellation":{"by":"Asha Rao, 98"}`), order.Cancelled, "", nil},
		"partly refunded":      {with(`"total_minor":9,"status":"delivered","payment":{"state":"partially_refunded"}`), order.Delivered, "", []order.Flag{order.PartiallyRefunded}},
		"lost":                 {with(`"total_minor":9,"status":"shipped","shipments":[{"status":"lost"}]`), order.Shipped, "lost", []order.Flag{order.DeliveryException}},
		"sums differ": {with(`"total_minor":500,"status":"paid","lines":[{"quantity":1,"unit_price_minor":900}]`), order.Confirmed, "",
			[]order.Flag{order.NeedsAttention}},
		"sums differ by a rupee": {with(`"total_minor":1000,"status":"paid","lines":[{"quantity":1,"unit_price_minor":900}]`), order.Confirmed, "", nil},
	} {
		r, err := normalise(json.RawMessage(c.raw), noon())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.flags, r.Facts.Flags); diff != "" || r.Status != c.status || r.Facts.SubStatus != c.sub {
			t.Errorf("%s: %s, %q, flags %s", name, r.Status, r.Facts.SubStatus, diff)
		}
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	base := map[string]any{"id": "a", "status": "paid", "currency": "INR", "total_minor": 1, "created_at": "2026-03-11T01:00:00Z", "updated_at": "2026-03-11T01:00:00Z"}
	for name, change := range map[string]map[string]any{
		"no id": {"id": nil}, "id with a path": {"id": "../a"}, "no status": {"status": ""}, "no currency": {"currency": nil}, "no total": {"total_minor": nil},
		"total with decimals": {"total_minor": "12.50"}, "total beyond int64": {"total_minor": json.Number("92233720368547758080")},
		"total as 1e3": {"total_minor": json.Number("1e3")}, "no time": {"updated_at": nil}, "time of a clock only": {"created_at": "10:00"},
		"half a piece": {"lines": []any{map[string]any{"quantity": 0.5}}}, "price overflow": {"lines": []any{map[string]any{"quantity": 1000, "unit_price_minor": 9223372036854775807}}},
	} {
		v := map[string]any{}
		for k, x := range base {
			v[k] = x
		}
		for k, x := range change {
			v[k] = x
		}
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := normalise(raw, noon()); err == nil {
			t.Errorf("%s: read as %+v", name, r)
		}
	}
}

func TestWebhookKinds(t *testing.T) {
	t.Parallel()
	a := &Adapter{now: noon}
	for _, kind := range []string{"ping", "customer.created"} {
		if _, err := a.Parse(http.Header{}, event(kind, noon(), nil)); !errors.Is(err, ingest.ErrIgnored) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	d, err := a.Parse(http.Header{}, event("order.updated", noon(), map[string]any{"id": "ord_5"}))
	if err != nil || len(d.Refetch) != 1 || d.Refetch[0] != "ord_5" {
		t.Errorf("%+v, %v", d, err)
	}
	for name, body := range map[string]string{"no type": `{"data":{}}`, "no order": `{"type":"order.updated"}`, "no JSON": `order=1`,
		"bad order": `{"type":"order.updated","data":{"order":{"id":"ord_6","status":"paid"}}}`} {
		d, err := a.Parse(http.Header{}, []byte(body))
		if err != nil || len(d.Rejects) != 1 || string(d.Rejects[0].Payload) != body {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
		if name == "bad order" && d.Rejects[0].PlatformOrderID != "ord_6" {
			t.Errorf("order %q", d.Rejects[0].PlatformOrderID)
		}
	}
	late := event("order.updated", noon().Add(time.Hour), json.RawMessage(rec("a", "2026-03-11T10:00:00Z")))
	if d, err := a.Parse(http.Header{}, late); err != nil || d.Reports[0].Version != noon().UnixMilli() {
		t.Errorf("an event of the future: %+v, %v", d, err)
	}
}
