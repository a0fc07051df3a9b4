package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
)

// Collector is where spans go, in OTLP over HTTP.
type Collector struct {
	// Endpoint is the whole address, such as
	// http://localhost:4318/v1/traces; empty: nobody is told anything.
	Endpoint string
	// Headers go with every call, to say who sends.
	Headers map[string]string
	// Service and Version are the program as the collector shows it.
	Service, Version string
}

// exportTime bounds one call of the collector.
const exportTime = 10 * time.Second

// Open makes a Tracer that tells a collector, in batches behind the program's
// back; nil for an empty endpoint. A collector that does not answer costs spans,
// never a request, and is logged once until it answers again. How many traces
// are kept follows OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG.
func Open(ctx context.Context, c Collector, log *slog.Logger) (*Tracer, error) {
	if c.Endpoint == "" {
		return nil, nil //nolint:nilnil // no tracer is one that works
	}
	to, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(c.Endpoint), otlptracehttp.WithHeaders(c.Headers),
		otlptracehttp.WithTimeout(exportTime))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	// Only what is named here: the usual detectors would tell the host's name,
	// the command line and the user.
	about := resource.NewSchemaless(semconv.ServiceName(c.Service), semconv.ServiceVersion(c.Version))
	return New(sdk.NewBatchSpanProcessor(&spoken{SpanExporter: to, log: log}), sdk.WithResource(about)), nil
}

// spoken logs when a collector stops answering, and when it answers again.
type spoken struct {
	sdk.SpanExporter
	log    *slog.Logger
	silent atomic.Bool
}

// ExportSpans implements sdk.SpanExporter. Errors end in the log.
func (s *spoken) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := s.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && s.silent.CompareAndSwap(false, true):
		s.log.Warn("the collector of traces does not answer; spans are lost until it does", slog.Any("err", err))
	case err == nil && s.silent.CompareAndSwap(true, false):
		s.log.Info("the collector of traces answers again")
	}
	return nil
}

// Settings reads the standard OTEL_ variables; get returns "" for one that is
// not set. The error names each that cannot be followed.
func Settings(get func(name string) string, version string) (Collector, error) {
	c := Collector{Service: get("OTEL_SERVICE_NAME"), Version: version}
	if c.Service == "" {
		c.Service = "palmonas"
	}
	if strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") || strings.EqualFold(get("OTEL_TRACES_EXPORTER"), "none") {
		return c, nil
	}
	c.Endpoint = get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if base := get("OTEL_EXPORTER_OTLP_ENDPOINT"); c.Endpoint == "" && base != "" {
		c.Endpoint = strings.TrimSuffix(base, "/") + "/v1/traces"
	}
	if c.Endpoint == "" {
		return c, nil
	}
	var faults []error
	if u, err := url.Parse(c.Endpoint); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		faults = append(faults, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: use an address such as http://localhost:4318"))
	}
	protocol := get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
	if protocol == "" {
		protocol = get("OTEL_EXPORTER_OTLP_PROTOCOL")
	}
	if protocol != "" && protocol != "http/protobuf" {
		faults = append(faults, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not spoken here, only http/protobuf", protocol))
	}
	var err error
	if c.Headers, err = headers(get("OTEL_EXPORTER_OTLP_HEADERS")); err != nil {
		faults = append(faults, err)
	}
	return c, errors.Join(faults...)
}

// headers reads "name=value,name=value" with values as in a URL. It quotes no
// part of it, since that is where keys are.
func headers(text string) (map[string]string, error) {
	all := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !ok || name == "" || err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS: use name=value,name=value")
		}
		all[name] = plain
	}
	return all, nil
}
