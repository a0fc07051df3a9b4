// Package metrics tells Prometheus how the program fares: requests, database
// calls, calls to platforms and runs as they happen; backlogs, freshness and
// disk space when it asks. Labels name routes, channels and operations, never
// people, orders or addresses, so that there are at most some hundred series.
package metrics

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/palmonas/palmonas-crm/channel"
)

const namespace = "palmonas"

// Metrics counts. It is safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	refused  *prometheus.CounterVec

	database *prometheus.HistogramVec
	calls    *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	runs     *prometheus.CounterVec
	orders   *prometheus.CounterVec
	hooks    *prometheus.CounterVec
}

// New makes the metrics of one process.
func New(version string) *Metrics {
	// Buckets follow the promises: pages within 50, 100 and 200 ms, calls of
	// the database within 50 ms.
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .2, .5, 1, 2.5, 10}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: seconds}, labels)
	}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: counter("http_requests_total", "Requests by route pattern, method and status.", "route", "method", "code"),
		duration: histogram("http_request_duration_seconds", "Time to answer, streams left out.", "route", "method"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "http_in_flight", Help: "Requests being answered, streams included."}),
		refused:  counter("refused_total", "Requests refused, by reason: authentication, permission, origin, rate.", "reason"),
		database: histogram("db_op_duration_seconds", "Calls of the database.", "op"),
		calls:    counter("platform_requests_total", "Calls to platforms by answer; code is error when there was none.", "channel", "code"),
		latency:  histogram("platform_request_duration_seconds", "Time until a platform began to answer.", "channel"),
		runs:     counter("sync_runs_total", "Finished runs of a channel by kind and result.", "channel", "kind", "result"),
		orders:   counter("ingest_orders_total", "Orders read from a channel by what became of them.", "channel", "result"),
		hooks:    counter("webhook_requests_total", "Webhooks by answer.", "channel", "code"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "Always 1.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, m.refused, m.database, m.calls, m.latency, m.runs, m.orders, m.hooks, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler writes everything in Prometheus's text format, never packed: whoever
// serves it packs every answer, and twice is once too often.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 10 * time.Second, DisableCompression: true})
}

// Began counts a request that is being answered; call what it returns at its
// end. Streams tell nothing about speed and leave their time out.
func (m *Metrics) Began() (ended func(route, method string, status int, took time.Duration, stream bool)) {
	m.inFlight.Inc()
	return func(route, method string, status int, took time.Duration, stream bool) {
		m.inFlight.Dec()
		m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
		if !stream {
			m.duration.WithLabelValues(route, method).Observe(took.Seconds())
		}
		if reason, ok := refusals()[status]; ok {
			m.refused.WithLabelValues(reason).Inc()
		}
	}
}

func refusals() map[int]string {
	return map[int]string{
		http.StatusUnauthorized: "authentication", http.StatusForbidden: "permission", http.StatusTooManyRequests: "rate",
	}
}

// Hook counts a webhook of a known channel.
func (m *Metrics) Hook(channelID string, status int) {
	m.hooks.WithLabelValues(channelID, strconv.Itoa(status)).Inc()
}

// Run counts a run that has ended; it takes no notice of one that goes on.
func (m *Metrics) Run(r channel.Run) {
	if r.Finished.IsZero() {
		return
	}
	result := "ok"
	if r.Error != "" {
		result = "failed"
	}
	m.runs.WithLabelValues(r.Channel, string(r.Kind), result).Inc()
	for what, n := range map[string]int{"created": r.Created, "updated": r.Updated, "unchanged": r.Unchanged, "rejected": r.Rejected} {
		m.orders.WithLabelValues(r.Channel, what).Add(float64(n))
	}
}
