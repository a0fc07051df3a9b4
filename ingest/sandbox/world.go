package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/amazon"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/blinkit"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/custom"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/flipkart"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shopify"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/swiggy"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/woo"
)

// The names of the simulated platforms.
const (
	Amazon      = "amazon"
	WooCommerce = "woocommerce"
	Flipkart    = "flipkart"
	Custom      = "custom"
	Shopify     = "shopify"
	Blinkit     = "blinkit"
	Swiggy      = "swiggy"
)

// Faults are the ways in which a platform misbehaves; see ParseFaults.
type Faults = shop.Faults

// ParseFaults reads a spec such as "429=0.1,500=0.05,slow=2s,overlap".
func ParseFaults(spec string) (Faults, error) { return shop.ParseFaults(spec) }

// Options are what a world is made from. The zero value is an empty world with
// documented limits.
type Options struct {
	Seed int64
	// Orders is how many orders were placed in the Days (default 30) before
	// now, over all platforms. Later ones come at the same rate.
	Orders int
	Days   int
	// Now is the clock of the world, time.Now by default.
	Now    func() time.Time
	Faults Faults
	// LimitFactor scales the documented rate limits: 0 leaves them, 10000 is
	// out of the way.
	LimitFactor float64
	// AmazonSettle is how old an order is when Amazon lists it; 0 means the
	// documented two minutes, negative means none.
	AmazonSettle time.Duration
	// AmazonFrom is the path of an Amazon.in sale report, gzipped or not. It
	// takes the place of Amazon's generated orders.
	AmazonFrom string
	// Client sends webhooks. By default it follows no redirect and waits ten
	// seconds.
	Client *http.Client
}

const defaultDays = 30

// api is one simulated platform.
type api interface {
	http.Handler
	// Channel is the configuration, with credentials, that fits the platform
	// when it is served at baseURL.
	Channel(baseURL string) (channel.Channel, channel.Secrets)
}

// kind describes a platform that a world can have.
type kind struct {
	name   string
	prefix string // of its paths where all share one address
	share  int    // of the orders
	days   int    // of history that it can tell, 0: all
	traits func() shop.Traits
	open   func(*shop.Shop, Options) api
}

// kinds lists the platforms.
func kinds() []kind {
	return []kind{
		{Amazon, "/amazon", 3, 0, amazon.Traits, func(s *shop.Shop, o Options) api {
			return amazon.New(s, amazon.Options{Seed: o.Seed, LimitFactor: o.LimitFactor, Settle: o.AmazonSettle, AllTime: o.AmazonFrom != ""})
		}},
		{Flipkart, "/flipkart", 3, 0, flipkart.Traits, func(s *shop.Shop, o Options) api {
			return flipkart.New(s, flipkart.Options{Seed: o.Seed, LimitFactor: o.LimitFactor})
		}},
		{Custom, "/custom", 1, 0, custom.Traits, func(s *shop.Shop, o Options) api {
			return custom.New(s, custom.Options{Seed: o.Seed, LimitFactor: o.LimitFactor})
		}},
		{Blinkit, "/blinkit", 2, 0, blinkit.Traits, func(s *shop.Shop, o Options) api {
			return blinkit.New(s, blinkit.Options{Seed: o.Seed, LimitFactor: o.LimitFactor})
		}},
		{Swiggy, "/swiggy", 2, swiggy.Days - 1, swiggy.Traits, func(s *shop.Shop, o Options) api {
			return swiggy.New(s, swiggy.Options{Seed: o.Seed, LimitFactor: o.LimitFactor})
		}},
		{Shopify, "/shopify", 2, 0, shopify.Traits, func(s *shop.Shop, o Options) api {
			return shopify.New(s, shopify.Options{Seed: o.Seed, LimitFactor: o.LimitFactor})
		}},
		{WooCommerce, "/woo", 2, 0, woo.Traits, func(s *shop.Shop, o Options) api { return woo.New(s, woo.Options{Seed: o.Seed}) }},
	}
}

// platform is one platform of a world.
type platform struct {
	kind
	shop *shop.Shop
	api  api
}

// World is a brand and its accounts on all platforms. It is safe for
// concurrent use.
type World struct {
	opt       Options
	platforms []*platform
}

// ErrPlatform says that the world has no platform of this name.
var ErrPlatform = errors.New("no such platform")

// New makes a world. It reads the file of AmazonFrom and nothing else.
func New(opt Options) (*World, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Orders < 0 || opt.Days < 0 {
		return nil, fmt.Errorf("sandbox: %d orders in %d days: neither can be negative", opt.Orders, opt.Days)
	}
	if opt.Client == nil {
		opt.Client = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	w := &World{opt: opt}
	shares, left := 0, opt.Orders
	for _, k := range kinds() {
		shares += k.share
	}
	for i, k := range kinds() {
		n := opt.Orders * k.share / shares
		if left -= n; i == len(kinds())-1 {
			n += left
		}
		s, err := open(k, opt, n)
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		w.platforms = append(w.platforms, &platform{kind: k, shop: s, api: k.open(s, opt)})
	}
	return w, nil
}

// open makes the shop behind a platform.
func open(k kind, opt Options, orders int) (*shop.Shop, error) {
	days := cmp.Or(opt.Days, defaultDays)
	if k.days > 0 {
		days = min(days, k.days) // older orders exist nowhere, so that the ledger holds what can be told
	}
	cfg := shop.Config{Seed: opt.Seed, Orders: orders, Days: days, Now: opt.Now, Traits: k.traits(), Faults: opt.Faults}
	if k.name != Amazon || opt.AmazonFrom == "" {
		return shop.New(cfg), nil
	}
	f, err := os.Open(opt.AmazonFrom)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	all, err := amazon.ReadReport(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", opt.AmazonFrom, err)
	}
	return shop.Load(cfg, all), nil
}

// Platforms lists the names of the platforms.
func (w *World) Platforms() []string {
	var names []string
	for _, p := range w.platforms {
		names = append(names, p.name)
	}
	return names
}

func (w *World) find(name string) (*platform, error) {
	i := slices.IndexFunc(w.platforms, func(p *platform) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("%w: %q (there are %s)", ErrPlatform, name, strings.Join(w.Platforms(), ", "))
	}
	return w.platforms[i], nil
}

// Handler speaks one platform's API; nil for a platform that does not exist.
func (w *World) Handler(name string) http.Handler {
	p, err := w.find(name)
	if err != nil {
		return nil
	}
	return p.api
}

// Channel is the configuration and the credentials that fit a platform served
// at baseURL. Both are zero for a platform that does not exist.
func (w *World) Channel(name, baseURL string) (channel.Channel, channel.Secrets) {
	p, err := w.find(name)
	if err != nil {
		return channel.Channel{}, channel.Secrets{}
	}
	c, s := p.api.Channel(strings.TrimSuffix(baseURL, "/"))
	if since := p.shop.Oldest(); !since.IsZero() && name == Amazon {
		c.Options["since"] = since.Add(-time.Hour).Format(time.RFC3339)
	}
	return c, s
}

// SetFaults replaces the faults of one platform, or of all with the empty name.
func (w *World) SetFaults(name string, f Faults) error {
	if name != "" {
		p, err := w.find(name)
		if err != nil {
			return err
		}
		p.shop.SetFaults(f)
		return nil
	}
	for _, p := range w.platforms {
		p.shop.SetFaults(f)
	}
	return nil
}
