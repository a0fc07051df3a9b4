package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/palmonas/palmonas-crm/tracing"
)

// TestTracesHoldNoPersonalData looks at everything that a collector is told of
// pages, searches, mistakes and strangers.
func TestTracesHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	memory := tracetest.NewInMemoryExporter()
	a := newApp(t, func(d *Deps) {
		d.Traces = tracing.New(sdk.NewSimpleSpanProcessor(memory))
		d.Store = tracing.Store(d.Store)
	})
	id := a.orders(1)[0]
	b := a.as("support")
	memory.Reset()
	b.get("/orders?q=asha.secret%40example.org").want(t, http.StatusOK)
	b.get("/orders/"+id.String()).want(t, http.StatusOK)
	b.get("/orders/asha.secret@example.org").want(t, http.StatusNotFound)
	b.get("/asha.secret@example.org").want(t, http.StatusNotFound)
	b.get("/orders?status=asha.secret@example.org").want(t, http.StatusUnprocessableEntity)
	a.hook("/webhooks/asha.secret@example.org", `{"name":"Asha Raghunathan"}`)
	b.get("/healthz").want(t, http.StatusOK)

	all, list := "", tracetest.SpanStub{}
	names := map[string]int{}
	for _, s := range memory.GetSpans() {
		names[s.Name]++
		all += fmt.Sprintln(s.Name, s.Attributes, s.Events, s.Status)
		if s.Name == "GET /orders" && list.Name == "" {
			list = s
		}
	}
	for _, name := range []string{"GET /orders", "GET /orders/:id", "POST /webhooks/:channel", "GET (none)", "store.orders.list", "store.orders.get"} {
		if names[name] == 0 {
			t.Errorf("no span %s among %v", name, names)
		}
	}
	for _, name := range []string{"GET /healthz"} {
		if names[name] != 0 {
			t.Errorf("%s is a span", name)
		}
	}
	for _, secret := range []string{"asha", "Asha", "Raghunathan", "Hidden Lane", "9876543210", "411001", "support@example.com", "Test support", "127.0.0.1"} {
		if strings.Contains(all, secret) {
			t.Errorf("the collector is told %q:\n%s", secret, all)
		}
	}
	for _, s := range memory.GetSpans() {
		if s.Name == "store.orders.list" && s.Parent.TraceID() != list.SpanContext.TraceID() && names["store.orders.list"] == 1 {
			t.Error("the call of the database is not part of the request")
		}
	}
	for _, attr := range list.Attributes {
		if string(attr.Key) == "palmonas.request" && attr.Value.AsString() != "" {
			return
		}
	}
	t.Errorf("no request id: %v", list.Attributes)
}

// BenchmarkTraced is the whole answer to a list with nobody collecting traces,
// and with a collector that takes everything at once.
func BenchmarkTraced(b *testing.B) {
	for name, change := range map[string]func(*Deps){
		"off": func(*Deps) {},
		"on": func(d *Deps) {
			d.Traces = tracing.New(sdk.NewBatchSpanProcessor(tracetest.NewNoopExporter()))
			d.Store = tracing.Store(d.Store)
		},
	} {
		b.Run(name, func(b *testing.B) {
			a := newApp(b, change)
			a.orders(200)
			cookie := a.as("support").cookie()
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, "http://localhost/orders", nil)
				r.AddCookie(&http.Cookie{Name: "palmonas_session", Value: cookie})
				w := httptest.NewRecorder()
				a.srv.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
