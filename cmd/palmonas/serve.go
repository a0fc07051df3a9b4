package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/handlers"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/metrics"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/staff"
)

func runServe(ctx context.Context, p program) error {
	c, err := loadConfig(p.env)
	if err != nil {
		return err
	}
	if err := p.flags("serve", "serve [--addr :8080] [--insecure]", func(fs *flag.FlagSet) {
		fs.StringVar(&c.addr, "addr", c.addr, "address to listen on")
		fs.BoolVar(&c.insecure, "insecure", c.insecure, "allow a public address over plain http")
	}); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(c.addr); err != nil {
		return usageError("--addr %q is not host:port", c.addr)
	}
	if c.publicGuessed {
		c.guessPublicURL()
	}
	if err := c.sealedWay(); err != nil {
		return err
	}
	log := newLogger(c, p.stderr)
	// The listener comes first: a taken port is told before anything is changed.
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, c, log, exclusive)
	if err != nil {
		l.Close()
		return err
	}
	return errors.Join(a.offerSetup(ctx), a.serve(ctx, l, false), a.close(ctx))
}

// offerSetup tells whoever started the program, and nobody else, how the first
// administrator gets in.
func (a *app) offerSetup(ctx context.Context) error {
	office := a.staff()
	needed, err := office.NeedsSetup(ctx)
	if err != nil || !needed {
		return err
	}
	secret, err := office.SetupLink(ctx)
	if err != nil {
		return err
	}
	a.log.Warn("nobody can sign in yet", "open", a.config.publicURL.JoinPath("setup", secret).String(),
		"within", staff.SetupLifetime.String(), "or", "palmonas user add --email E --name N --role admin")
	return nil
}

// staff is what makes changes to accounts.
func (a *app) staff() staff.Office {
	return staff.Office{Users: a.store.Users(), Leases: a.store.Leases(), Audit: a.store.Audit(), Records: a.store.Records(),
		Keys: a.keys, Now: time.Now, Log: a.log}
}

// How long each step of stopping may take; together below the 40 s that the
// service managers in deploy/ grant.
const (
	drainPause   = 3 * time.Second // a proxy notices that /readyz says no
	drainTimeout = 20 * time.Second
	stopTimeout  = 10 * time.Second
	traceTimeout = 3 * time.Second
)

// serve runs the schedule and the web server on l until ctx ends, then stops
// in this order: readiness, event streams, HTTP, jobs, schedule. The store
// stays open.
func (a *app) serve(ctx context.Context, l net.Listener, demo bool) error {
	var web *handlers.Server
	later := func() *handlers.Server { return web }
	schedule := ingest.NewSchedule(ingest.ScheduleConfig{Syncer: a.syncer, Log: a.log, Holder: a.holder(), Alone: a.config.mongoURI == "", Patience: stopTimeout,
		Others: slices.Concat(noticeJobs(later, a.log), a.routineJobs(later),
			[]ingest.Job{recountJob(a.store.Figures(), a.log), a.backupJob(demo), a.retentionJob(), a.outboundJob(demo)})})
	web, err := handlers.New(handlers.Deps{ //nolint:contextcheck // handlers take the context of each request
		Store: a.store, Log: a.log, Now: time.Now, Location: a.config.location, PublicURL: a.config.publicURL,
		DataDir: a.config.dataDir, TrustedProxies: a.config.trustedProxies, Version: version, Demo: demo, Alone: a.config.mongoURI == "",
		Metrics: a.counts, MetricsToken: a.config.metricsToken, Traces: a.traces,
		Sync: trigger{schedule}, Ready: scheduleReady(schedule), Push: a.pushable,
		Dispatch: a.clock, ChannelDeps: handlers.ChannelDeps{Desk: a.syncer, Hooks: a.syncer, Keys: a.keys, Refresh: schedule.Refresh},
		APIDeps: a.apiDeps(demo),
		OpsDeps: a.opsDeps(schedule),
		SSODeps: a.ssoDeps(),
	})
	if err != nil {
		l.Close()
		return err
	}
	a.watch()
	behind, endBehind := context.WithCancel(context.WithoutCancel(ctx))
	var rekeyed sync.WaitGroup
	rekeyed.Go(func() { a.rekeyBehind(behind) })
	defer rekeyed.Wait()
	defer endBehind()
	// The schedule outlives ctx: it is stopped in its turn.
	if err := schedule.Start(context.WithoutCancel(ctx)); err != nil {
		l.Close()
		return errors.Join(err, web.Close(ctx))
	}
	server := handlers.NewHTTPServer(web, a.log)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	a.log.Info("serving", "addr", l.Addr().String(), "url", a.config.publicURL.String(), "version", version)

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
	}
	a.log.Info("stopping")
	web.Drain()
	if !demo && cause == nil {
		time.Sleep(drainPause)
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err = server.Shutdown(shutdown)
	stop, cancelStop := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancelStop()
	err = errors.Join(err, web.Close(stop), schedule.Stop(stop))
	if errors.Is(cause, http.ErrServerClosed) {
		cause = nil
	}
	a.log.Info("stopped")
	return errors.Join(cause, err)
}

// watch gives Prometheus what is read when it asks.
func (a *app) watch() {
	w := metrics.Watched{Store: a.store, Now: time.Now, Log: a.log, Stale: ingest.Stale, DataDir: a.config.dataDir}
	if a.config.mongoURI == "" {
		w.Database, w.LastBackup = a.databaseFile(), a.backups().LastBackup
	}
	a.counts.Watch(w)
}

// holder names this process to the leases of its jobs. With the embedded
// database there is only one, which finds its own leases again after a crash;
// with MongoDB each gets a name of its own.
func (a *app) holder() string {
	if a.config.mongoURI == "" {
		return "embedded"
	}
	return ""
}

// trigger lets pages start a pull without waiting for its end.
type trigger struct{ schedule *ingest.Schedule }

func (t trigger) Trigger(ctx context.Context, channelID, by string) error {
	return t.schedule.Begin(ctx, channelID, by)
}

func scheduleReady(s *ingest.Schedule) func(context.Context) error {
	return func(context.Context) error {
		if !s.Alive() {
			return errors.New("the schedule stands still")
		}
		return nil
	}
}

// pushable tells whether the channel of an order can be told a status: false
// where there is nobody to tell, an error where the platform would refuse.
func (a *app) pushable(ctx context.Context, o order.Order, to order.Status) (bool, error) {
	c, platform, err := a.syncer.Platform(ctx, o.Ref.Channel)
	if c.Adapter == channel.Manual || errors.Is(err, ingest.ErrNoAPI) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the order's channel cannot be reached: %w", err)
	}
	pusher, ok := platform.(ingest.Pusher)
	if !ok {
		return false, nil
	}
	if err := pusher.CanPush(o, to); !errors.Is(err, ingest.ErrUntold) {
		return true, err
	}
	return false, nil
}
