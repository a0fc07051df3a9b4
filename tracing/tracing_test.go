package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// recorded is a tracer and what it recorded so far, by name.
func recorded(t *testing.T) (*Tracer, func() map[string]tracetest.SpanStub) {
	t.Helper()
	memory := tracetest.NewInMemoryExporter()
	tracer := New(sdk.NewSimpleSpanProcessor(memory))
	return tracer, func() map[string]tracetest.SpanStub {
		all := map[string]tracetest.SpanStub{}
		for _, s := range memory.GetSpans() {
			all[s.Name] = s
		}
		return all
	}
}

func attributes(s tracetest.SpanStub) string {
	var all []string
	for _, a := range s.Attributes {
		all = append(all, string(a.Key)+"="+a.Value.String())
	}
	return strings.Join(all, " ")
}

// TestOff: without a collector nothing is begun and nothing is allocated.
func TestOff(t *testing.T) { // not parallel: it counts allocations
	var off *Tracer
	ctx := t.Context()
	n := testing.AllocsPerRun(100, func() {
		ctx, s := off.Begin(ctx, "run")
		ctx, inner := Step(ctx, "page")
		inner.Channel("shop")
		inner.Count("fetched", 3)
		inner.Order(1)
		inner.End(nil)
		_, web := off.Request(ctx, nil, true, "GET", "/orders", "r")
		web.Answered(200)
		s.End(context.Canceled)
	})
	if n != 0 {
		t.Errorf("%v allocations while nobody collects traces", n)
	}
	if err := off.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestStepsAreChildren(t *testing.T) {
	t.Parallel()
	tracer, spans := recorded(t)
	ctx, run := tracer.Begin(t.Context(), "channel pull")
	run.Channel("shop")
	run.Count("fetched", 7)
	_, page := Step(ctx, "channel page")
	page.End(nil)
	run.End(nil)
	if _, lone := Step(t.Context(), "lone"); lone.On() {
		t.Error("a step began a trace")
	}
	got := spans()
	if got["channel page"].Parent.SpanID() != got["channel pull"].SpanContext.SpanID() {
		t.Error("the page does not belong to its run")
	}
	if a := attributes(got["channel pull"]); a != "palmonas.channel=shop palmonas.fetched=7" {
		t.Errorf("attributes: %s", a)
	}
}

// TestErrorsKeepTheirWords: what went wrong is told by its type.
func TestErrorsKeepTheirWords(t *testing.T) {
	t.Parallel()
	bad := &order.TransitionError{}
	for name, c := range map[string]struct {
		err    error
		kind   string
		failed bool
	}{
		"typed":     {fmt.Errorf("asha@example.org: %w", bad), "*order.TransitionError", true},
		"plain":     {fmt.Errorf("Asha: %w", errors.New("12 Hidden Lane")), "*errors.errorString", true},
		"not found": {fmt.Errorf("x: %w", store.ErrNotFound), "not found", false},
		"cancelled": {context.Canceled, "cancelled", false},
		"deadline":  {context.DeadlineExceeded, "deadline", true},
		"conflict":  {store.ErrConflict, "conflict", true},
	} {
		tracer, spans := recorded(t)
		_, s := tracer.Begin(t.Context(), "step")
		s.End(c.err)
		got := spans()["step"]
		if a := attributes(got); a != "error.type="+c.kind {
			t.Errorf("%s: %s", name, a)
		}
		if (got.Status.Code == codes.Error) != c.failed || got.Status.Description != "" || len(got.Events) != 0 {
			t.Errorf("%s: %+v, %d events", name, got.Status, len(got.Events))
		}
	}
}

// TestCallersAreBelievedOnlyWhenTrusted: a stranger's trace is not gone on with.
func TestCallersAreBelievedOnlyWhenTrusted(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	h := http.Header{"Traceparent": {"00-" + trace + "-00f067aa0ba902b7-01"}}
	for believed, same := range map[bool]bool{true: true, false: false} {
		tracer, spans := recorded(t)
		_, s := tracer.Request(t.Context(), h, believed, "GET", "/orders/:id", "r1")
		s.Answered(503)
		got := spans()["GET /orders/:id"]
		if (got.SpanContext.TraceID().String() == trace) != same {
			t.Errorf("believed %v: trace %s", believed, got.SpanContext.TraceID())
		}
		if want := "http.request.method=GET http.route=/orders/:id palmonas.request=r1 http.response.status_code=503 error.type=503"; attributes(got) != want {
			t.Errorf("attributes: %s", attributes(got))
		}
	}
}

// TestTransport: only the shop's own website learns of the trace.
func TestTransport(t *testing.T) {
	t.Parallel()
	var told string
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told = r.Header.Get("Traceparent")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer web.Close()
	for _, shared := range []bool{true, false} {
		tracer, spans := recorded(t)
		ctx, run := tracer.Begin(t.Context(), "run")
		for _, c := range []context.Context{ctx, t.Context()} {
			req, err := http.NewRequestWithContext(c, http.MethodGet, web.URL+"/orders?email=asha%40example.org", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := Transport("shop", shared, nil).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if want := shared && c == ctx; (told != "") != want {
				t.Errorf("shared %v: told %q", shared, told)
			}
		}
		run.End(nil)
		got := spans()
		if len(got) != 2 {
			t.Errorf("%d spans", len(got))
		}
		if a := attributes(got["platform GET"]); a != "palmonas.channel=shop http.request.method=GET http.response.status_code=429 error.type=429" {
			t.Errorf("attributes: %s", a)
		}
	}
}

// TestStore: every call that is made for somebody is a step, and answers as
// before.
func TestStore(t *testing.T) {
	t.Parallel()
	plain, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	s, now := Store(plain), ordertest.Noon()
	tracer, spans := recorded(t)
	ctx, run := tracer.Begin(t.Context(), "run")
	done, err := s.Orders().Absorb(ctx, []order.Report{ordertest.Synthetic(1, 1, 30, now)}, now)
	if err != nil || len(done) != 1 {
		t.Fatal(done, err)
	}
	if _, err := s.Orders().Get(ctx, done[0].ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Records().Get(ctx, "none", "none"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if _, err := s.Inbox().Put(ctx, store.Message{Channel: "shop", EventID: "1", At: now}); err != nil {
		t.Error(err)
	}
	if _, _, err := s.Inbox().Backlog(ctx, ""); err != nil {
		t.Error(err)
	}
	run.End(nil)
	got := spans()
	for _, name := range []string{"store.orders.absorb", "store.orders.get", "store.records.get", "store.inbox.put", "store.inbox.backlog"} {
		if got[name].Parent.SpanID() != got["run"].SpanContext.SpanID() {
			t.Errorf("no step %s", name)
		}
	}
	if a := attributes(got["store.records.get"]); a != "error.type=not found" {
		t.Errorf("attributes: %s", a)
	}
	if took := got["store.orders.absorb"].EndTime.Sub(got["store.orders.absorb"].StartTime); took <= 0 || took > time.Minute {
		t.Errorf("absorbing took %s", took)
	}
}
