package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// seller is a platform whose credentials are right when the key is "right-key".
type seller struct {
	ingest.Config
}

func newSeller(cfg ingest.Config) (ingest.Platform, error) {
	var faults []error
	for _, name := range []string{"consumer_key", "consumer_secret"} {
		if cfg.Secrets.Credentials[name] == "" {
			faults = append(faults, errors.New(name+" is missing"))
		}
	}
	if _, err := ingest.ParseAddress(cfg.Channel.BaseURL); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &seller{Config: cfg}, nil
}

func (p *seller) Check(context.Context) error {
	if key := p.Secrets.Credentials["consumer_key"]; key != "right-key" {
		return errors.Join(ingest.ErrAuth, errors.New("GET https://shop.example.com/?key="+url.QueryEscape(key)))
	}
	return nil
}

func (p *seller) Fetch(ctx context.Context, _ string) (ingest.Page, error) {
	return ingest.Page{Next: "1"}, p.Check(ctx)
}

func (p *seller) FetchOne(_ context.Context, id string) (order.Report, error) {
	if !strings.HasPrefix(id, "403-") {
		return order.Report{}, ingest.ErrGone
	}
	r := reported(7, order.Confirmed, time.Now())
	r.Ref.PlatformOrderID = id
	return r, nil
}

func (p *seller) Since(since, _ time.Time) string { return since.String() }

func (p *seller) Read(payload []byte, at time.Time) (order.Report, error) {
	if !bytes.HasPrefix(payload, []byte("403-")) {
		return order.Report{}, errors.New("no order id")
	}
	r := reported(9, order.Confirmed, at)
	r.Ref.PlatformOrderID = string(payload)
	return r, nil
}

// Verify accepts what carries the newest secret or the one before.
func (p *seller) Verify(h http.Header, _ []byte, _ time.Time) error {
	for _, s := range p.Secrets.Webhook {
		if h.Get("X-Signature") == s {
			return nil
		}
	}
	return ingest.ErrBadSignature
}

func (p *seller) Parse(h http.Header, body []byte) (ingest.Delivery, error) {
	if h.Get("X-Topic") == "ping" {
		return ingest.Delivery{}, ingest.ErrIgnored
	}
	return ingest.Delivery{EventID: h.Get("X-Event")}, nil
}

// starter counts who asked for a pull of what.
type starter struct {
	mu    sync.Mutex
	asked []string
	err   error
}

func (s *starter) Trigger(_ context.Context, id, by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, id+" by "+by)
	return s.err
}

// newShop is an app with the channel shop of the platform above, and a second
// one without any secret.
func newShop(t *testing.T, change ...func(*Deps)) (*app, *ingest.Syncer) {
	t.Helper()
	keys, err := channel.NewKeyring(bytes.Repeat([]byte{7}, channel.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	var syncer *ingest.Syncer
	a := newApp(t, append([]func(*Deps){func(d *Deps) {
		syncer = ingest.NewSyncer(ingest.SyncerConfig{Store: d.Store, Keyring: keys, Now: d.Now,
			Builders: map[string]ingest.Build{"woocommerce": newSeller}})
		d.ChannelDeps = ChannelDeps{Desk: syncer, Hooks: syncer, Keys: keys, Refresh: func(context.Context) error { return nil }}
		d.Sync = &starter{}
	}}, change...)...)
	sealed, err := keys.Seal("shop", channel.Secrets{
		Credentials: map[string]string{"consumer_key": "right-key", "consumer_secret": "tiger-in-the-grass"}, Webhook: []string{"hook-secret-1"}})
	if err != nil {
		t.Fatal(err)
	}
	err = a.store.Channels().Create(t.Context(), channel.Channel{ID: "shop", Platform: order.Organic, Adapter: "woocommerce", Name: "The shop",
		BaseURL: "https://shop.example.com", Interval: time.Minute, Enabled: true, Sealed: sealed, Version: 1, CreatedAt: a.clock.now(), UpdatedAt: a.clock.now(),
		Options: map[string]string{"completed_means": "shipped", "colour": "red"}})
	if err != nil {
		t.Fatal(err)
	}
	return a, syncer
}

func (a *app) shop() channel.Channel {
	a.t.Helper()
	ch, err := a.store.Channels().Get(a.t.Context(), "shop")
	if err != nil {
		a.t.Fatal(err)
	}
	return ch
}

func (a *app) secrets() channel.Secrets {
	a.t.Helper()
	s, err := a.srv.Keys.Open("shop", a.shop().Sealed)
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// shopForm is the form as the page fills it.
func (a *app) shopForm(change url.Values) url.Values {
	f := url.Values{"name": {"The shop"}, "base_url": {"https://shop.example.com"}, "interval": {"1m"}, "version": {strconv.FormatInt(a.shop().Version, 10)},
		"action": {"save"}, "more": {"colour = red"}, "option.completed_means": {"shipped"}}
	for k, v := range change {
		f[k] = v
	}
	return f
}

func TestChannelsList(t *testing.T) {
	t.Parallel()
	a, syncer := newShop(t)
	b := a.as("readonly")
	doc := b.get("/channels").want(t, http.StatusOK).doc(t)
	if n := doc.Find("table.channels tbody tr").Length(); n != 3 {
		t.Errorf("%d rows", n)
	}
	if doc.Find("#channels form").Length() != 0 || doc.Find(`a[href="/channels/new"]`).Length() != 0 {
		t.Error("a reader is shown buttons")
	}
	if doc.Find(`nav a[href="/channels"][aria-current="page"]`).Length() != 1 {
		t.Error("the navigation lacks the page")
	}
	if got := doc.Find("#channel-shop").Text(); !strings.Contains(got, "Never ran") {
		t.Errorf("before the first run: %s", got)
	}
	if _, err := syncer.Pull(t.Context(), "shop", ""); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/channels").doc(t).Find("#channel-shop"); !strings.Contains(got.Text(), "OK") || got.HasClass("stands-out") {
		t.Errorf("after a run: %s", got.Text())
	}
	a.clock.add(3*time.Minute + time.Second)
	if got := b.get("/channels").doc(t).Find("#channel-shop"); !strings.Contains(got.Text(), "2 min behind") || !got.HasClass("stands-out") {
		t.Errorf("after three intervals: %s", got.Text())
	}
	if a.as("admin").get("/channels").doc(t).Find("#channel-shop form").Length() != 2 {
		t.Error("an administrator lacks buttons")
	}
}

// A part that the page has already is not sent again.
func TestChannelsUnchanged(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("support").parts()
	for _, path := range []string{"/channels", "/channels/shop"} {
		got := b.get(path).want(t, http.StatusOK)
		if strings.Contains(got.body, "<html") {
			t.Errorf("%s answers a whole page", path)
		}
		r := b.request(http.MethodGet, path, nil)
		r.Header.Set("HX-PTag", got.header.Get("HX-PTag"))
		if again := b.do(r).want(t, http.StatusNotModified); again.body != "" {
			t.Errorf("%s: %q", path, again.body)
		}
	}
}

func TestChannelFailing(t *testing.T) {
	t.Parallel()
	a, syncer := newShop(t)
	b := a.as("admin")
	b.post("/channels/shop", a.shopForm(url.Values{"credential.consumer_key": {"wrong-key-1"}})).want(t, http.StatusSeeOther)
	for range 3 {
		if _, err := syncer.Pull(t.Context(), "shop", "u-admin"); !errors.Is(err, ingest.ErrAuth) {
			t.Fatal(err)
		}
	}
	got := b.get("/channels/shop").want(t, http.StatusOK)
	got.wantText(t, "Stopped", "refused the credentials three times", "Test admin")
}

func TestSyncFromPages(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	start := a.srv.Sync.(*starter)
	b := a.as("support")
	if got := b.post("/channels/shop/sync", nil).want(t, http.StatusSeeOther); got.header.Get("Location") != "/channels/shop" {
		t.Errorf("leads to %s", got.header.Get("Location"))
	}
	b.get("/channels/shop").wantText(t, "The channel is being read now.")
	got := b.parts().post("/channels/shop/sync", nil).want(t, http.StatusOK)
	if got.header.Get("HX-Trigger") != "channels" {
		t.Error("the open page is not told")
	}
	got.wantText(t, "being read now")
	if len(start.asked) != 2 || start.asked[0] != "shop by u-support" {
		t.Errorf("asked: %v", start.asked)
	}
	start.err = ingest.ErrRunning
	b.parts().post("/channels/shop/sync", nil).want(t, http.StatusOK)
	start.err = ingest.ErrDisabled
	b.post("/channels/shop/sync", nil).want(t, http.StatusConflict).wantText(t, "paused")
	start.err = errors.New("consumer_key is missing")
	b.post("/channels/shop/sync", nil).want(t, http.StatusConflict).lacksText(t, "consumer_key")
}

func TestChannelEvents(t *testing.T) {
	t.Parallel()
	a, syncer := newShop(t)
	b := a.as("readonly")
	l := b.listen(t, "/channels/events")
	if got := l.next(); got != "retry: 3000" {
		t.Fatal(got)
	}
	if _, err := syncer.Pull(t.Context(), "shop", "u-admin"); err != nil {
		t.Fatal(err)
	}
	if got := l.next(); got != "event: channels" {
		t.Fatal(got)
	}
	if got := l.next(); got != "data: changed" {
		t.Fatal(got)
	}
	if got := a.as("support").listen(t, "/channels/events").res.StatusCode; got != http.StatusOK {
		t.Error(got)
	}
	a.srv.CloseStreams()
	l.wantEnd()
}

func TestEnableChannel(t *testing.T) {
	t.Parallel()
	refreshed := 0
	a, _ := newShop(t, func(d *Deps) { d.Refresh = func(context.Context) error { refreshed++; return nil } })
	b := a.as("admin")
	b.post("/channels/shop/enabled", url.Values{"on": {"false"}}).want(t, http.StatusSeeOther)
	if ch := a.shop(); ch.Enabled || ch.Version != 2 || refreshed != 1 {
		t.Errorf("%+v, refreshed %d", ch, refreshed)
	}
	b.get("/channels/shop").wantText(t, "The channel is paused.", "nothing is read")
	b.post("/channels/shop/enabled", url.Values{"on": {"false"}}).want(t, http.StatusSeeOther)
	if a.shop().Version != 2 {
		t.Error("pausing twice changed it twice")
	}
	r := b.parts().request(http.MethodPost, "/channels/shop/enabled", strings.NewReader("on=true"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Current-URL", a.http.URL+"/channels/shop")
	got := b.do(r).want(t, http.StatusOK)
	if v, _ := got.doc(t).Find("#channel-version").Attr("value"); v != "3" || !a.shop().Enabled {
		t.Errorf("the open form says version %s", v)
	}
	b.post("/channels/shop/enabled", url.Values{"on": {"maybe"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/channels/none/enabled", url.Values{"on": {"true"}}).want(t, http.StatusNotFound)
}

func TestFetchOneOrder(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("support")
	got := b.post("/channels/shop/fetch", url.Values{"order": {" 403-1 "}}).want(t, http.StatusSeeOther)
	b.get(got.header.Get("Location")).want(t, http.StatusOK).wantText(t, "403-1", "The order was fetched.")
	got = b.parts().post("/channels/shop/fetch", url.Values{"order": {"404-1"}}).want(t, http.StatusUnprocessableEntity)
	got.wantText(t, "Website does not know this order.", `value="404-1"`)
	b.post("/channels/shop/fetch", url.Values{"order": {""}}).want(t, http.StatusUnprocessableEntity)
	b.post("/channels/website/fetch", url.Values{"order": {"403-1"}}).want(t, http.StatusConflict)
	for _, hour := range []string{"", "x", "2026-01-01T00:30:00Z", a.clock.now().Add(-30 * 24 * time.Hour).Truncate(time.Hour).Format(time.RFC3339)} {
		b.post("/channels/shop/fetch", url.Values{"hour": {hour}}).want(t, http.StatusUnprocessableEntity)
	}
}

func TestFetchGap(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	hour := a.clock.now().Truncate(time.Hour).Add(-3 * time.Hour)
	if err := a.store.Ledger().Save(t.Context(), []store.Hour{{Channel: "shop", Start: hour, Theirs: 3, At: a.clock.now()}}); err != nil {
		t.Fatal(err)
	}
	b := a.as("support")
	doc := b.get("/channels/shop").wantText(t, "3 orders missing").doc(t)
	value, _ := doc.Find(".gaps input[name=hour]").Attr("value")
	b.post("/channels/shop/fetch", url.Values{"hour": {value}}).want(t, http.StatusSeeOther)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		lines, err := a.store.Ledger().List(t.Context(), "shop", hour, hour.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) == 1 && lines[0].Theirs == 0 { // compared anew: the platform lists nothing
			break
		}
		if time.Now().After(end) {
			t.Fatalf("not compared: %+v", lines)
		}
	}
	b.get("/channels/shop").lacksText(t, "missing")
}

func TestQuarantinePages(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	now := a.clock.now()
	for id, payload := range map[string]string{"qa": "403-77", "qb": "<script>alert(1)</script>", "qc": "\x00\x01"} {
		if err := a.store.Channels().Quarantine(t.Context(), channel.Quarantined{ID: id, Channel: "shop", Source: order.FromPlatform,
			Reason: "total is not an amount", Payload: []byte(payload), FirstAt: now, LastAt: now, Times: 2}); err != nil {
			t.Fatal(err)
		}
	}
	a.user("blind", account.Admin, func(u *account.User) { u.Denied = []account.Permission{account.CustomersRead} })
	a.as("blind").get("/channels/shop/quarantine/qa").want(t, http.StatusForbidden).lacksText(t, "403-77")
	a.as("blind").post("/channels/shop/replay", url.Values{"action": {"preview"}}).want(t, http.StatusForbidden)
	b := a.as("admin")
	b.get("/channels/shop").wantText(t, "total is not an amount", "3 records").lacksText(t, "403-77")
	b.get("/channels/shop/quarantine/qb").want(t, http.StatusOK).wantText(t, "&lt;script&gt;").lacksText(t, "<script>alert")
	b.get("/channels/shop/quarantine/qc").wantText(t, "not text")
	b.get("/channels/website/quarantine/qa").want(t, http.StatusNotFound)

	b.post("/channels/shop/quarantine/qa", url.Values{"action": {"preview"}}).want(t, http.StatusOK).wantText(t, "A new order", "nothing is stored")
	b.post("/channels/shop/quarantine/qb", url.Values{"action": {"replay"}}).want(t, http.StatusOK).wantText(t, "Still not understood")
	b.post("/channels/shop/replay", url.Values{"action": {"preview"}}).want(t, http.StatusOK).wantText(t, "A new order", "Still not understood")
	if n, err := a.store.Channels().QuarantineCount(t.Context(), "shop"); err != nil || n != 3 {
		t.Fatalf("previews released some: %d, %v", n, err)
	}
	b.post("/channels/shop/quarantine/qc", url.Values{"action": {"dismiss"}}).want(t, http.StatusSeeOther)
	b.post("/channels/shop/replay", url.Values{"action": {"replay"}}).want(t, http.StatusOK).wantText(t, "A new order")
	if _, err := a.store.Orders().ByRef(t.Context(), order.Ref{Channel: "shop", PlatformOrderID: "403-77"}); err != nil {
		t.Error(err)
	}
	if n, err := a.store.Channels().QuarantineCount(t.Context(), "shop"); err != nil || n != 1 {
		t.Errorf("%d left, %v", n, err)
	}
	b.post("/channels/shop/quarantine/qb", url.Values{"action": {"eat"}}).want(t, http.StatusUnprocessableEntity)
	if log := a.log.String(); strings.Contains(log, "403-77") || strings.Contains(log, "alert(1)") {
		t.Error("the log holds a payload")
	}
}
