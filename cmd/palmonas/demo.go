package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/store"
)

type demoOptions struct {
	addr, data, password string
	orders               int
	live                 bool
}

// demoDays of orders are there at the start: enough for a forecast, which
// needs six weeks, and for a period to be compared with the one before.
const demoDays = 75

// demoPerMinute is how many orders arrive a minute while somebody looks.
const demoPerMinute = 12

func runDemo(ctx context.Context, p program) error {
	var o demoOptions
	if err := p.flags("demo", "demo [--addr 127.0.0.1:8080] [--data DIR] [--orders 5000] [--password P] [--live=true]", func(fs *flag.FlagSet) {
		fs.StringVar(&o.addr, "addr", "127.0.0.1:8080", "loopback address to listen on")
		fs.StringVar(&o.data, "data", "", "data directory (default: a temporary one, removed at the end)")
		fs.IntVar(&o.orders, "orders", 5000, "orders that are there at the start")
		fs.StringVar(&o.password, "password", "", "password of the three users (default: a random one)")
		fs.BoolVar(&o.live, "live", true, "let orders arrive and move while it runs")
	}); err != nil {
		return err
	}
	if err := loopbackOnly(o.addr); err != nil {
		return err
	}
	if o.orders < 0 {
		return usageError("--orders cannot be negative")
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.addr)
	if err != nil {
		return fmt.Errorf("%w; give another address with --addr 127.0.0.1:0", err)
	}
	defer l.Close()
	if o.data == "" {
		if o.data, err = os.MkdirTemp("", "palmonas-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.data)
	}
	return p.demo(ctx, o, l)
}

func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError("--addr %q is not host:port", addr)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError("--addr %s: the demo listens on loopback only; its passwords are on the screen", addr)
	}
	return nil
}

func (p program) demo(ctx context.Context, o demoOptions, l net.Listener) error {
	c, err := demoConfig(p.env, o, l)
	if err != nil {
		return err
	}
	log := newLogger(c, p.stderr)
	start := time.Now()
	world, err := sandbox.New(sandbox.Options{Seed: 1, Orders: o.orders, Days: demoDays, LimitFactor: demoLimits, AmazonSettle: -1})
	if err != nil {
		return err
	}
	urls, stopWorld, err := world.Serve(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer stopWorld()
	a, err := openApp(ctx, c, log, exclusive)
	if err != nil {
		return err
	}
	defer a.close(ctx) //nolint:errcheck // its data is thrown away
	password, err := demoUsers(ctx, a.store, o.password)
	if err != nil {
		return err
	}
	channels, err := a.demoChannels(ctx, world, urls)
	if err != nil {
		return err
	}
	if err := a.backfill(ctx, channels); err != nil {
		return fmt.Errorf("first reading of the sandbox: %w", err)
	}
	orders, err := a.store.Orders().Count(ctx, nil, math.MaxInt32) // without purchase orders, as in every list
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%d orders read from %d sandbox platforms in %.1f s\n\n  %s\n\n",
		orders, len(urls), time.Since(start).Seconds(), c.publicURL)
	for _, u := range demoPeople() {
		fmt.Fprintf(p.stdout, "  %-10s %-24s %s\n", u.role, u.email, password)
	}
	fmt.Fprintln(p.stdout, "\nCtrl-C ends it.")
	var wg sync.WaitGroup
	defer wg.Wait()
	live, stopLive := context.WithCancel(ctx)
	defer stopLive()
	if o.live {
		wg.Go(func() { world.Live(live, demoPerMinute) })
	}
	return a.serve(ctx, l, true)
}

// demoLimits takes the platforms' rate limits out of the way.
const demoLimits = 10_000

// demoConfig is the environment's configuration but for what makes a demo: its
// own data directory, the embedded database, loopback.
func demoConfig(env []string, o demoOptions, l net.Listener) (config, error) {
	var kept []string
	for _, kv := range env {
		switch name, _, _ := strings.Cut(kv, "="); name {
		case "MONGODB_URI", "MONGODB_URI_FILE", "PALMONAS_SECRET_KEY", "PALMONAS_SECRET_KEY_FILE",
			"PALMONAS_SECRET_KEY_OLD", "PALMONAS_SECRET_KEY_OLD_FILE", "PALMONAS_PUBLIC_URL":
		default:
			kept = append(kept, kv)
		}
	}
	c, err := loadConfig(kept)
	if err != nil {
		return c, err
	}
	c.dataDir, c.addr = o.data, l.Addr().String()
	c.publicURL = &url.URL{Scheme: "http", Host: c.addr}
	return c, nil
}

type demoPerson struct {
	email string
	role  account.Role
}

func demoPeople() []demoPerson {
	return []demoPerson{{"admin@palmonas.demo", account.Admin}, {"support@palmonas.demo", account.Support}, {"readonly@palmonas.demo", account.ReadOnly}}
}

// demoUsers makes the three users; in a kept data directory they get the
// password anew.
func demoUsers(ctx context.Context, s store.Store, password string) (string, error) {
	if password == "" {
		password = account.NewPassword()
	}
	hash, err := account.HashPassword(password)
	if err != nil {
		return "", err
	}
	for _, person := range demoPeople() {
		now := time.Now()
		u, err := s.Users().ByEmail(ctx, person.email)
		switch {
		case errors.Is(err, store.ErrNotFound):
			err = s.Users().Create(ctx, account.User{ID: account.NewID(), Email: person.email, Name: "Demo " + string(person.role),
				Role: person.role, PasswordHash: hash, Epoch: 1, Version: 1, CreatedAt: now, UpdatedAt: now})
		case err == nil:
			_, err = s.Users().Update(ctx, u.ID, func(u *account.User) error {
				u.PasswordHash, u.Role, u.Disabled, u.UpdatedAt = hash, person.role, false, now
				u.Epoch++
				u.Version++
				return nil
			})
		}
		if err != nil {
			return "", err
		}
	}
	return password, nil
}

// demoChannels points one channel at each sandbox platform and returns their
// ids. A kept data directory may hold others, which are no business of ours.
func (a *app) demoChannels(ctx context.Context, world *sandbox.World, urls map[string]string) (ids []string, err error) {
	for _, name := range world.Platforms() {
		c, _ := world.Channel(name, urls[name])
		world.Subscribe(name, a.config.publicURL.JoinPath("webhooks", c.ID).String())
		c, secrets := world.Channel(name, urls[name]) // Flipkart signs the registered address
		c.Enabled, c.Interval = true, channel.MinInterval
		err := a.addChannel(ctx, c, secrets, time.Now())
		if errors.Is(err, store.ErrConflict) { // a kept data directory: the sandbox has a new address
			err = a.repoint(ctx, c, secrets)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, c.ID)
	}
	return ids, nil
}

func (a *app) repoint(ctx context.Context, c channel.Channel, secrets channel.Secrets) error {
	sealed, err := a.keys.Seal(c.ID, secrets)
	if err != nil {
		return err
	}
	_, err = a.store.Channels().Update(ctx, c.ID, func(old *channel.Channel) error {
		old.BaseURL, old.Options, old.Sealed, old.UpdatedAt = c.BaseURL, c.Options, sealed, time.Now()
		old.Version++
		return nil
	})
	return err
}

// backfill pulls channels all at once and waits for them.
func (a *app) backfill(ctx context.Context, channels []string) error {
	var wg sync.WaitGroup
	errs := make([]error, len(channels))
	for i, id := range channels {
		wg.Go(func() {
			if id != sandbox.Swiggy { // whose list reaches back a week
				// A first reading looks back a month; what is older is asked for.
				if _, errs[i] = a.syncer.PullRange(ctx, id, time.Now().AddDate(0, 0, -demoDays-1), time.Time{}); errs[i] != nil {
					return
				}
			}
			_, errs[i] = a.syncer.Pull(ctx, id, "")
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
