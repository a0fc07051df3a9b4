package metrics

import (
	"net/http"
	"strconv"
	"time"
)

// Transport counts the calls of a channel to its platform.
func (m *Metrics) Transport(channelID string, next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return transport{m, channelID, next}
}

type transport struct {
	m       *Metrics
	channel string
	next    http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := t.next.RoundTrip(r)
	code := "error"
	if err == nil {
		code = strconv.Itoa(resp.StatusCode)
	}
	t.m.calls.WithLabelValues(t.channel, code).Inc()
	t.m.latency.WithLabelValues(t.channel).Observe(time.Since(start).Seconds())
	return resp, err
}
