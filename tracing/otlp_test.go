package tracing

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env   map[string]string
		want  Collector
		fault string
	}{
		"none": {nil, Collector{Service: "palmonas", Version: "1"}, ""},
		"base": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318/", "OTEL_SERVICE_NAME": "desk",
			"OTEL_EXPORTER_OTLP_HEADERS": "x-key=a%20b, other=c"},
			Collector{Endpoint: "http://localhost:4318/v1/traces", Service: "desk", Version: "1", Headers: map[string]string{"x-key": "a b", "other": "c"}}, ""},
		"traces": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://b/in"},
			Collector{Endpoint: "https://b/in", Service: "palmonas", Version: "1", Headers: map[string]string{}}, ""},
		"disabled": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "true"}, Collector{Service: "palmonas", Version: "1"}, ""},
		"grpc":     {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, Collector{}, "http/protobuf"},
		"no URL":   {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"}, Collector{}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		"headers":  {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_HEADERS": "secret-without-name"}, Collector{}, "OTEL_EXPORTER_OTLP_HEADERS"},
	} {
		got, err := Settings(func(name string) string { return c.env[name] }, "1")
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "secret-without-name") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s: %v %s", name, err, d)
		}
	}
}

// collector is one that takes OTLP over HTTP, or refuses it.
type collector struct {
	mu     sync.Mutex
	refuse bool
	bodies []string
	key    string
}

// ServeHTTP implements http.Handler.
func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || c.refuse || r.URL.Path != "/v1/traces" {
		w.WriteHeader(http.StatusBadRequest) // not one that is tried again
		return
	}
	c.bodies, c.key = append(c.bodies, string(body)), r.Header.Get("X-Key")
}

// TestOpen sends spans to a collector, and goes on when it refuses them.
func TestOpen(t *testing.T) {
	t.Parallel()
	to := &collector{}
	web := httptest.NewServer(to)
	defer web.Close()
	var log strings.Builder
	tracer, err := Open(t.Context(), Collector{Endpoint: web.URL + "/v1/traces", Headers: map[string]string{"X-Key": "k"}, Service: "desk", Version: "1.2"},
		slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"first", "refused", "refused again", "last"} {
		to.mu.Lock()
		to.refuse = strings.HasPrefix(name, "refused")
		to.mu.Unlock()
		_, s := tracer.Begin(t.Context(), name)
		s.End(nil)
		if err := tracer.provider.ForceFlush(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	all := strings.Join(to.bodies, "")
	for _, want := range []string{"first", "last", "service.name", "desk", "service.version", "1.2"} {
		if !strings.Contains(all, want) {
			t.Errorf("the collector was not told %q", want)
		}
	}
	if strings.Contains(all, "refused") || to.key != "k" {
		t.Errorf("key %q", to.key)
	}
	if n := strings.Count(log.String(), "does not answer"); n != 1 || strings.Count(log.String(), "answers again") != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
}
