package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/channel"
)

// noSecret fails when an answer or the log holds one of the secrets.
func (a *app) noSecret(got answer) {
	a.t.Helper()
	got.lacksText(a.t, "right-key", "tiger-in-the-grass", "hook-secret-1", "wrong-key-1", "lion-on-the-rock")
	if log := a.log.String(); strings.Contains(log, "tiger") || strings.Contains(log, "hook-secret") || strings.Contains(log, "wrong-key") || strings.Contains(log, "lion") {
		a.t.Error("the log holds a secret")
	}
}

func TestSaveChannel(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin")
	page := b.get("/channels/shop").want(t, http.StatusOK)
	a.noSecret(page)
	doc := page.doc(t)
	if doc.Find(`input[type=password][value!=""]`).Length() != 0 || !strings.Contains(doc.Find("#more").Text(), "colour = red") {
		t.Error("the form shows what it should not, or lacks an option")
	}
	got := b.post("/channels/shop", a.shopForm(url.Values{"name": {"Our shop"}, "interval": {"90s"}, "credential.consumer_secret": {" lion-on-the-rock "}, "option.completed_means": {""}}))
	a.noSecret(got.want(t, http.StatusSeeOther))
	ch := a.shop()
	if ch.Name != "Our shop" || ch.Interval.Seconds() != 90 || ch.Version != 2 || cmp.Diff(ch.Options, map[string]string{"colour": "red"}) != "" {
		t.Errorf("%+v", ch)
	}
	want := channel.Secrets{Credentials: map[string]string{"consumer_key": "right-key", "consumer_secret": "lion-on-the-rock"}, Webhook: []string{"hook-secret-1"}}
	if !cmp.Equal(a.secrets(), want) {
		t.Error("an empty field did not keep its secret, or a filled one did not replace it")
	}
	a.noSecret(b.get("/channels/shop").wantText(t, "Settings saved."))
	stale := a.shopForm(url.Values{"version": {"1"}, "name": {"Late"}})
	a.noSecret(b.post("/channels/shop", stale).want(t, http.StatusConflict).wantText(t, "meanwhile", `value="Late"`))
	if a.shop().Name != "Our shop" {
		t.Error("a late form won")
	}
}

func TestSaveChannelRefused(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin").parts()
	for name, c := range map[string]struct {
		change url.Values
		field  string
	}{
		"no name":          {url.Values{"name": {" "}}, "name"},
		"no address":       {url.Values{"base_url": {"shop"}}, "base_url"},
		"plain http":       {url.Values{"base_url": {"http://shop.example.com"}}, "base_url"},
		"a password in it": {url.Values{"base_url": {"https://a:b@shop.example.com"}}, "base_url"},
		"too often":        {url.Values{"interval": {"1s"}}, "interval"},
		"no interval":      {url.Values{"interval": {"soon"}}, "interval"},
		"an option alone":  {url.Values{"more": {"colour"}}, "more"},
		"an option twice":  {url.Values{"more": {"a = 1\na = 2"}}, "more"},
		"no version":       {url.Values{"version": {""}}, "channel-version"},
	} {
		form := a.shopForm(c.change)
		form.Set("credential.consumer_secret", "lion-on-the-rock")
		got := b.post("/channels/shop", form).want(t, http.StatusUnprocessableEntity)
		a.noSecret(got)
		if c.field != "channel-version" && got.doc(t).Find("#"+c.field+"-err").Length() != 1 {
			t.Errorf("%s: no message at %s\n%s", name, c.field, cut(got.body, 2000))
		}
		if name := form.Get("name"); !strings.Contains(got.body, `value="`+name+`"`) {
			t.Errorf("%s: what was typed is gone", name)
		}
	}
	b.post("/channels/shop", a.shopForm(url.Values{"enabled": {"true"}})).want(t, http.StatusUnprocessableEntity)
	b.post("/channels/shop", a.shopForm(url.Values{"platform": {"amazon"}})).want(t, http.StatusUnprocessableEntity)
	if ch := a.shop(); ch.Version != 1 || ch.Platform != "organic" {
		t.Errorf("%+v", ch)
	}
}

// Secrets that nobody may read must not be readable by sending them elsewhere.
func TestAddressTakesNoSecretsAlong(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin")
	for _, change := range []url.Values{
		{"base_url": {"https://evil.example"}}, {"base_url": {"https://shop.example.com:444"}}, {"more": {"proxy = https://evil.example/"}},
		{"base_url": {"https://evil.example"}, "action": {"test"}},
	} {
		a.noSecret(b.post("/channels/shop", a.shopForm(change)).want(t, http.StatusUnprocessableEntity).wantText(t, "another server"))
	}
	both := url.Values{"base_url": {"https://new.example"}, "credential.consumer_key": {"k2"}, "credential.consumer_secret": {"s2"}}
	b.post("/channels/shop", a.shopForm(both)).want(t, http.StatusSeeOther)
	b.post("/channels/shop", a.shopForm(url.Values{"base_url": {"https://new.example/shop"}})).want(t, http.StatusSeeOther)
}

// A credential that is not needed any more can be removed; a needed one cannot.
func TestRemoveCredential(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	_, err := a.store.Channels().Update(t.Context(), "shop", func(ch *channel.Channel) error {
		sealed, err := a.srv.Keys.Seal("shop", channel.Secrets{Credentials: map[string]string{"consumer_key": "right-key", "consumer_secret": "s", "old_token": "tiger-in-the-grass"}})
		ch.Sealed = sealed
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b := a.as("admin")
	b.get("/channels/shop").wantText(t, "old_token", "Write - to remove it.")
	b.post("/channels/shop", a.shopForm(url.Values{"credential.old_token": {"-"}, "credential.consumer_key": {""}})).want(t, http.StatusSeeOther)
	want := map[string]string{"consumer_key": "right-key", "consumer_secret": "s"}
	if !cmp.Equal(a.secrets().Credentials, want) {
		t.Error("not removed, or more than that")
	}
}

func TestTryChannel(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin")
	b.parts().post("/channels/shop", a.shopForm(url.Values{"action": {"test"}})).want(t, http.StatusOK).wantText(t, "It works").lacksText(t, "<form")
	wrong := url.Values{"action": {"test"}, "credential.consumer_key": {"wrong-key-1"}, "name": {"Not saved"}}
	a.noSecret(b.parts().post("/channels/shop", a.shopForm(wrong)).want(t, http.StatusOK).wantText(t, "credentials were refused", "•••"))
	a.noSecret(b.post("/channels/shop", a.shopForm(wrong)).want(t, http.StatusOK).wantText(t, "credentials were refused", `value="Not saved"`))
	if a.shop().Version != 1 {
		t.Error("a test stored something")
	}
}

func TestNewChannel(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin")
	if n := b.get("/channels/new").want(t, http.StatusOK).doc(t).Find(".adapters a").Length(); n != len(channel.Descriptions()) {
		t.Errorf("%d adapters on offer", n)
	}
	for _, d := range channel.Descriptions() {
		b.get("/channels/new?adapter="+d.Adapter).want(t, http.StatusOK).wantText(t, "Add the channel")
	}
	b.get("/channels/new?adapter=ebay").want(t, http.StatusNotFound)
	form := url.Values{"adapter": {"woocommerce"}, "id": {"second"}, "name": {"Second"}, "base_url": {"https://two.example.com"}, "interval": {"5m"},
		"action": {"save"}, "credential.consumer_key": {"right-key"}}
	got := b.post("/channels", form).want(t, http.StatusUnprocessableEntity)
	a.noSecret(got)
	got.wantText(t, "Consumer_secret is missing", `value="second"`)
	form.Set("credential.consumer_secret", "lion-on-the-rock")
	for id, status := range map[string]int{"shop": 422, "new": 422, "events": 422, "Second": 422, "second": 303} {
		form.Set("id", id)
		a.noSecret(b.post("/channels", form).want(t, status))
	}
	ch, err := a.store.Channels().Get(t.Context(), "second")
	if err != nil || !ch.Enabled || ch.Version != 1 || ch.Platform != "organic" || strings.Contains(string(ch.Sealed), "lion") {
		t.Errorf("%+v, %v", ch, err)
	}
	b.post("/channels", url.Values{"adapter": {"manual"}, "id": {"by-hand"}, "name": {"By hand"}, "platform": {"blinkit"}, "action": {"save"}}).want(t, http.StatusSeeOther)
	b.get("/channels/by-hand").want(t, http.StatusOK).wantText(t, "no API")
	b.post("/channels", url.Values{"adapter": {"manual"}, "id": {"by-hand-2"}, "name": {"x"}, "platform": {"ebay"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/channels", url.Values{"adapter": {"ebay"}}).want(t, http.StatusUnprocessableEntity)
}

func TestRotateSecret(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin")
	got := b.parts().post("/channels/shop/secret", url.Values{"version": {"1"}, "action": {"rotate"}}).want(t, http.StatusOK)
	a.noSecret(got)
	fresh, _ := got.doc(t).Find("#hook-secret").Attr("value")
	if s := a.secrets().Webhook; len(fresh) < 40 || len(s) != 2 || s[0] != fresh || s[1] != "hook-secret-1" {
		t.Errorf("the previous secret is not kept beside the new one")
	}
	if got.header.Get("Cache-Control") != "no-store" {
		t.Error("the answer may be kept")
	}
	b.get("/channels/shop").want(t, http.StatusOK).lacksText(t, fresh).wantText(t, "New and previous valid")
	if strings.Contains(a.log.String(), fresh) {
		t.Error("the log holds the new secret")
	}
	// The same post again, as a reload sends it, pushes nothing out.
	b.post("/channels/shop/secret", url.Values{"version": {"1"}, "action": {"rotate"}}).want(t, http.StatusConflict)
	if s := a.secrets().Webhook; len(s) != 2 || s[0] != fresh {
		t.Error("a repeated post rotated again")
	}
	b.post("/channels/shop/secret", url.Values{"version": {"2"}, "action": {"retire"}}).want(t, http.StatusSeeOther)
	if s := a.secrets().Webhook; len(s) != 1 || s[0] != fresh {
		t.Error("the previous secret was not ended")
	}
	b.post("/channels/shop/secret", url.Values{"version": {"3"}, "action": {"show"}}).want(t, http.StatusUnprocessableEntity)
	b.post("/channels/website/secret", url.Values{"version": {"1"}, "action": {"rotate"}}).want(t, http.StatusNotFound)
}

// A key and a signing secret are no new and previous one.
func TestTwoKindsOfSecrets(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	_, err := a.store.Channels().Update(t.Context(), "shop", func(ch *channel.Channel) error {
		ch.Options = map[string]string{"webhook_auth": "both"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b := a.as("admin")
	b.get("/channels/shop").want(t, http.StatusOK).lacksText(t, "rotate-secret", "retire-secret")
	for _, action := range []string{"rotate", "retire"} {
		b.post("/channels/shop/secret", url.Values{"version": {"2"}, "action": {action}}).want(t, http.StatusUnprocessableEntity)
	}
	if len(a.secrets().Webhook) != 1 {
		t.Error("a secret was lost")
	}
}
