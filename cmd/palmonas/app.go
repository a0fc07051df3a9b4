package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/dispatch"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/metrics"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/tracing"
)

// app is what most commands need: the open store and the way to platforms.
type app struct {
	config config
	log    *slog.Logger
	store  store.Store
	keys   *channel.Keyring
	secret []byte
	syncer *ingest.Syncer
	clock  *dispatch.Keeper
	counts *metrics.Metrics
	traces *tracing.Tracer // nil: nobody collects them
}

// use says whether a command shares the embedded database with a server that
// may be running, or wants it alone.
type use bool

const (
	shared    use = false
	exclusive use = true
)

func openApp(ctx context.Context, c config, log *slog.Logger, u use) (*app, error) {
	keys, secret, err := keyring(c)
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, c, log, u)
	if err != nil {
		return nil, err
	}
	counts := metrics.New(version)
	s = counts.Store(s)
	traces, err := tracing.Open(ctx, c.traces, log)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if traces != nil {
		s = tracing.Store(s)
	}
	s = ingest.KeepCalm(s, c.mongoURI == "")
	clock := dispatch.NewKeeper(s.Records(), c.location, time.Now)
	s = dispatch.Stamped(s, clock)
	return &app{clock: clock, traces: traces, config: c, log: log, store: s, keys: keys, secret: secret, counts: counts, syncer: ingest.NewSyncer(ingest.SyncerConfig{
		Transport: platformTransport(counts, traces), Notify: counts.Run, Traces: traces,
		Store: s, Builders: builders(), Keyring: keys, HTTP: platformHTTP(), Location: c.location, Now: time.Now, Log: log,
	})}, nil
}

// platformHTTP is the transport to platforms: bounded in time and idle
// connections, following no redirect.
func platformHTTP() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 4
	t.ResponseHeaderTimeout = 45 * time.Second
	return &http.Client{Transport: t, Timeout: 60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// platformTransport counts the calls of a channel and, when traces are collected,
// shows them there. Only the shop's own website is told which trace it is part of.
func platformTransport(counts *metrics.Metrics, traces *tracing.Tracer) func(channel.Channel, http.RoundTripper) http.RoundTripper {
	return func(ch channel.Channel, next http.RoundTripper) http.RoundTripper {
		next = counts.Transport(ch.ID, next)
		if traces != nil {
			next = tracing.Transport(ch.ID, ch.Adapter == "custom", next)
		}
		return next
	}
}

// close sends the traces that wait and closes the store.
func (a *app) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceTimeout)
	defer cancel()
	if err := a.traces.Close(ctx); err != nil {
		a.log.Warn("some traces were not sent", "err", err) // they are no reason to fail
	}
	return a.store.Close()
}
