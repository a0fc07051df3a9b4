package tracing

import (
	"context"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Request begins the span of a request under its route's pattern. A trace that
// the caller began is gone on with only if the caller is believed: strangers
// must not decide what is kept.
func (t *Tracer) Request(ctx context.Context, h http.Header, believed bool, method, route, requestID string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	if believed {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
	}
	ctx, s := begin(ctx, t.tracer, method+" "+route, trace.SpanKindServer)
	if s.On() {
		s.span.SetAttributes(attribute.String("http.request.method", method), attribute.String("http.route", route),
			attribute.String("palmonas.request", requestID))
	}
	return ctx, s
}

// Answered ends the span of a request.
func (s Span) Answered(status int) {
	if s.span == nil {
		return
	}
	s.status(status, http.StatusInternalServerError)
	s.span.End()
}

// status notes an answer; from bad on it is a failure.
func (s Span) status(code, bad int) {
	if !s.On() {
		return
	}
	s.span.SetAttributes(attribute.Int("http.response.status_code", code))
	if code >= bad {
		s.span.SetAttributes(attribute.String("error.type", strconv.Itoa(code)))
		s.span.SetStatus(codes.Error, "")
	}
}

// Transport makes a step of each call of a channel to its platform. shared says
// that the platform is the shop's own, which is then told the trace; a stranger
// is told nothing.
func Transport(channelID string, shared bool, next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return transport{channelID, shared, next}
}

type transport struct {
	channel string
	shared  bool
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper. The step ends when the answer begins.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, s := step(r.Context(), "platform "+r.Method, trace.SpanKindClient)
	if !s.On() {
		return t.next.RoundTrip(r)
	}
	s.Channel(t.channel)
	s.text("http.request.method", r.Method)
	r = r.Clone(ctx)
	if t.shared {
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(r.Header))
	}
	resp, err := t.next.RoundTrip(r)
	if err == nil {
		s.status(resp.StatusCode, http.StatusBadRequest)
	}
	s.End(err)
	return resp, err
}
