// Package tracing tells an OpenTelemetry collector where time went: in requests,
// in runs of channels and the pages, webhooks and pushes they are made of, and in
// calls of the database and the platforms under them. Without a collector to
// tell, nothing is begun, and asking costs the look into a context.
//
// A span may carry nothing but what this package has a method for: names of
// routes, channels, jobs and operations, ids of requests and orders, numbers, and
// the Go type of an error. Addresses, queries, error messages and whatever else
// might hold personal data have no way in.
package tracing

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// scope names this program's spans to a collector.
const scope = "github.com/palmonas/palmonas-crm/tracing"

// Tracer begins traces. It is safe for concurrent use; nil begins none.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// New makes a Tracer that hands its spans to a processor.
func New(to sdk.SpanProcessor, options ...sdk.TracerProviderOption) *Tracer {
	p := sdk.NewTracerProvider(append(options, sdk.WithSpanProcessor(to))...)
	return &Tracer{provider: p, tracer: p.Tracer(scope)}
}

// Close sends what is left and ends the tracer; later spans are lost.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Begin begins a step of the trace in ctx or, when there is none, a trace. The
// name must come from a small set.
func (t *Tracer) Begin(ctx context.Context, name string) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	return begin(ctx, t.tracer, name, trace.SpanKindInternal)
}

// Step begins a step of the trace in ctx, if there is one: below code that
// begins traces nobody needs a Tracer.
func Step(ctx context.Context, name string) (context.Context, Span) {
	return step(ctx, name, trace.SpanKindInternal)
}

func step(ctx context.Context, name string, kind trace.SpanKind) (context.Context, Span) {
	in := trace.SpanFromContext(ctx)
	if !in.IsRecording() {
		return ctx, Span{}
	}
	return begin(ctx, in.TracerProvider().Tracer(scope), name, kind)
}

func begin(ctx context.Context, t trace.Tracer, name string, kind trace.SpanKind) (context.Context, Span) {
	ctx, s := t.Start(ctx, name, trace.WithSpanKind(kind))
	return ctx, Span{s}
}

// Span is one step. The zero Span takes everything and keeps nothing.
type Span struct{ span trace.Span }

// On reports whether anybody will see the span.
func (s Span) On() bool { return s.span != nil && s.span.IsRecording() }

// Channel notes which channel a step is about, by its id.
func (s Span) Channel(id string) {
	if id != "" {
		s.text("palmonas.channel", id)
	}
}

// Order notes which order a step is about, by our id.
func (s Span) Order(id order.ID) {
	if s.On() {
		s.text("palmonas.order", id.String())
	}
}

// Count notes a number of things that a step dealt with, such as "created".
func (s Span) Count(what string, n int) {
	if s.On() {
		s.span.SetAttributes(attribute.Int("palmonas."+what, n))
	}
}

func (s Span) text(key attribute.Key, value string) {
	if s.On() {
		s.span.SetAttributes(key.String(value))
	}
}

// End ends the span. Of an error only its type is told, since its words may
// quote what a platform or a person wrote; what was not found, and what somebody
// broke off, is no failure.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil && s.On() {
		s.span.SetAttributes(attribute.String("error.type", kindOf(err)))
		if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, context.Canceled) {
			s.span.SetStatus(codes.Error, "")
		}
	}
	s.span.End()
}

// Ended is End for a deferred call: *err is read when the function returns.
func (s Span) Ended(err *error) { s.End(*err) }

// kindOf names an error by what it is, without its words.
func kindOf(err error) string {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "not found"
	case errors.Is(err, store.ErrConflict):
		return "conflict"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return fmt.Sprintf("%T", err)
		}
		err = inner
	}
}
