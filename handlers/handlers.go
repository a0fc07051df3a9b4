package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/dispatch"
	"github.com/palmonas/palmonas-crm/metrics"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/static"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/tracing"
)

// Syncer starts a pull of one channel, by the order of a user.
type Syncer interface {
	Trigger(ctx context.Context, channelID, by string) error
}

// Deps is what the handlers are made from. Store, Now and Location are needed;
// the rest has a default.
type Deps struct {
	Store    store.Store
	Log      *slog.Logger // default: discards
	Now      func() time.Time
	Location *time.Location // of the business day
	// PublicURL is the address people type. Its scheme decides about Secure
	// cookies, its host which requests are answered. Default http://localhost.
	PublicURL *url.URL
	// DataDir holds uploads and what jobs leave behind.
	DataDir string
	// TrustedProxies may name the client in X-Forwarded-For; default none.
	TrustedProxies []netip.Prefix
	Version        string
	Demo           bool
	// Alone says that no other process runs jobs on this store, so that one that
	// nobody runs here is over.
	Alone bool
	// Sync is nil where no schedule runs in this process.
	Sync Syncer
	// Ready tells whether the rest of the program (the schedule) works; nil
	// counts as ready.
	Ready func(context.Context) error
	// Push tells whether the order's channel can be told a status: false means
	// that there is nobody to tell, an error that the platform would refuse it,
	// and why. nil: nobody is ever told.
	Push func(ctx context.Context, o order.Order, to order.Status) (bool, error)
	// ChannelDeps serves the pages of channels, and webhooks.
	ChannelDeps
	// Metrics counts requests; nil: they are counted for nobody.
	Metrics *metrics.Metrics
	// MetricsToken lets Prometheus in from anywhere; empty: from this machine.
	MetricsToken string
	// Traces shows where the time of requests went; nil for nobody.
	Traces *tracing.Tracer
	// APIDeps serves the JSON API.
	APIDeps
	OpsDeps
	SSODeps
	// Dispatch keeps the dispatch calendar. Default: one on Store.
	Dispatch *dispatch.Keeper
	// Patience is how long a page waits for the number of its orders before it
	// is shown without. Default 25 ms.
	Patience time.Duration
	// Poll is how often the change log is read for open pages. Default 500 ms.
	Poll time.Duration
}

// Server is the HTTP side of the program. It is safe for concurrent use.
type Server struct {
	// Deps.Store answers within the scope of each call's context: of who asks
	// while it is a request, of its owner in a job.
	Deps
	// whole is the store without scopes, for what the program does by itself and
	// shows nobody.
	whole    store.Store
	echo     *echo.Echo
	sessions *sessions
	logins   *logins
	hub      *Hub
	jobs     *Runner
	uploads  *uploads
	board    board
	hosts    hosts
	counts   *counts
	tallies  *tallies
	beat     time.Duration // of open streams
	assets   *static.Assets
	tokens   *bearer.Keeper
	budgets  *budgets
	onces    *onces
	outbound *outbound.Service // nil without keys
	staff    staff.Office
	// orderDesk is what people do to orders.
	orderDesk desk.Desk
	viewers   viewers
	draining  atomic.Bool
}

// New makes the server and starts its hub; Close ends it. It fails when the
// data directory cannot be used, the store cannot be read, or a route declares
// no permission.
func New(d Deps) (*Server, error) {
	if d.Store == nil || d.Now == nil || d.Location == nil {
		return nil, errors.New("handlers: Store, Now and Location are needed")
	}
	if d.SSO != nil && d.Keys == nil {
		return nil, errors.New("handlers: SSO needs Keys")
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.PublicURL == nil {
		d.PublicURL = &url.URL{Scheme: "http", Host: "localhost"}
	}
	if d.Metrics == nil {
		d.Metrics = metrics.New(d.Version)
	}
	if d.Dispatch == nil {
		d.Dispatch = dispatch.NewKeeper(d.Store.Records(), d.Location, d.Now)
	}
	whole := d.Store
	sessions := newSessions(d)
	d.Store = scope.Guard(whole)
	if d.Patience == 0 {
		d.Patience = 25 * time.Millisecond
	}
	if d.Poll == 0 {
		d.Poll = 500 * time.Millisecond
	}
	s := &Server{Deps: d, whole: whole, hosts: newHosts(d.PublicURL), beat: heartbeat, sessions: sessions,
		counts: &counts{store: d.Store}, tallies: &tallies{},
		orderDesk: desk.Desk{Store: d.Store, Push: d.Push, Now: d.Now, Log: d.Log}}
	var err error
	if s.assets, err = static.New(); err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	if s.logins, err = newLogins(d.Now); err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	if s.uploads, err = openUploads(d.DataDir, d.Now); err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	if err = s.openAPI(); err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	if s.echo, err = s.newEcho(); err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	s.jobs = NewRunner(whole.Jobs(), d.Now, d.Log)
	s.jobs.alone = d.Alone
	s.jobs.as = s.asOwner
	s.hub = NewHub(whole, d.Poll, d.Log)
	return s, nil
}

func (s *Server) newEcho() (*echo.Echo, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = clientIP(s.TrustedProxies)
	e.HTTPErrorHandler = s.answerError
	e.Use(s.identify)
	if s.Traces != nil {
		e.Use(s.traced)
	}
	e.Use(s.measured, s.logged, s.recovered, s.secured, s.rightHost, s.sameOrigin, compressed())
	for _, r := range s.routes() {
		if r.need == undeclared {
			return nil, fmt.Errorf("route %s %s declares no permission", r.method, r.path)
		}
		e.Add(r.method, r.path, s.guarded(r))
		if r.method == http.MethodGet && !r.stream {
			e.Add(http.MethodHead, r.path, s.guarded(r))
		}
	}
	return e, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// Drain makes /readyz say no, so that a proxy sends nobody here any more;
// requests are still answered.
func (s *Server) Drain() { s.draining.Store(true) }

// CloseStreams ends every event stream, so that an http.Server can shut down
// without waiting for them. It may be called more than once.
func (s *Server) CloseStreams() { s.hub.Close() }

// Close ends the streams and the jobs, and waits for them until ctx ends. It
// leaves the store open. Call it after the HTTP server has stopped.
func (s *Server) Close(ctx context.Context) error {
	s.Drain()
	s.hub.Close()
	return errors.Join(s.hub.Wait(ctx), s.jobs.Close(ctx))
}
