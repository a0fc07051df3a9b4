package e2e

import (
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/order"
)

// shop adds a channel that speaks to a sandbox with some orders.
func (a *app) shop(t *testing.T, orders int) *sandbox.World {
	t.Helper()
	world, err := sandbox.New(sandbox.Options{Seed: 1, Orders: orders})
	if err != nil {
		t.Fatal(err)
	}
	urls, stop, err := world.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	c, secrets := world.Channel(sandbox.WooCommerce, urls[sandbox.WooCommerce])
	c.ID, c.Name, c.Enabled, c.Interval, c.Version = "shop", "The shop", true, time.Minute, 1
	c.CreatedAt, c.UpdatedAt = time.Now(), time.Now()
	if c.Options == nil {
		c.Options = map[string]string{}
	}
	c.Options["rate"] = "1000"
	if c.Sealed, err = a.keys.Seal(c.ID, secrets); err != nil {
		t.Fatal(err)
	}
	if err := a.store.Channels().Create(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return world
}

// setAside puts one record of the shop into quarantine.
func (a *app) setAside(t *testing.T) string {
	t.Helper()
	q := channel.Quarantined{ID: "aside-1", Channel: "shop", Source: order.FromPlatform, Reason: "total is not an amount",
		Payload: []byte("{\n  \"id\": 17,\n  \"total\": \"twelve\"\n}"), FirstAt: time.Now(), LastAt: time.Now(), Times: 1}
	if err := a.store.Channels().Quarantine(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	return q.ID
}

// TestChannels is what an administrator does with a channel: reads it by hand
// and watches, pauses it, changes its name, tries the connection, makes a new
// secret and fetches one order.
func TestChannels(t *testing.T) {
	a := newApp(t, 0)
	world := a.shop(t, 400)
	b := newTab(t, a)
	b.signIn("admin")
	b.click(`nav a[href="/channels"]`)
	b.until(`document.querySelector("#channel-shop").innerText.includes("Never ran")`)
	b.click(`#sync-shop`)
	b.until(`document.querySelector("#toasts").innerText.includes("being read now")`)
	b.until(`document.querySelector("#channel-shop").innerText.includes("OK") && /\d+ read/.test(document.querySelector("#channel-shop").innerText)`)

	b.click(`#open-shop`)
	b.until(`document.querySelector("#channel h1")?.innerText === "The shop" && document.querySelector("#runs-region tbody tr")`)
	b.write(`#name`, "Ours: ")
	b.click(`#enable-shop`)
	b.until(`document.querySelector("#channel-live").innerText.includes("Paused") && document.querySelector("#enable-shop").innerText.includes("Enable")`)
	if got := eval[string](b, `document.querySelector("#name").value`); got != "Ours: The shop" {
		t.Errorf("what was typed became %q", got)
	}
	b.click(`#enable-shop`)
	b.until(`document.querySelector("#channel-live").innerText.includes("OK")`)
	b.click(`#test-connection`)
	b.until(`document.querySelector("#test-result").innerText.includes("It works")`)
	b.click(`#rotate-secret`)
	b.until(`document.querySelector("#hook-secret")?.value.length > 40`)
	b.click(`#channel-form button[value=save]`)
	b.until(`document.querySelector("#toasts").innerText.includes("Settings saved.") && document.querySelector("#channel h1").innerText === "Ours: The shop"`)
	if eval[bool](b, `document.querySelector("#hook-secret") !== null`) {
		t.Error("the secret is shown again")
	}

	id := world.Ledger(sandbox.WooCommerce)[0].ID
	b.write(`#order`, id)
	b.click(`#fetch button`)
	b.until(`location.pathname.startsWith("/orders/") && document.querySelector("#order")`)
}

// TestChannelsWithoutScript: everything works as plain HTML.
func TestChannelsWithoutScript(t *testing.T) {
	a := newApp(t, 0)
	a.shop(t, 20)
	b := newTab(t, a)
	b.withoutScript()
	b.signIn("admin")
	b.open("/channels")
	b.click(`#sync-shop`)
	b.until(`location.pathname === "/channels/shop" && document.querySelector("#toasts").innerText.includes("being read now")`)
	b.click(`#test-connection`)
	b.until(`document.querySelector("#test-result")?.innerText.includes("It works")`)
	b.click(`#rotate-secret`)
	b.until(`document.querySelector("#hook-secret")?.value.length > 40`)
	b.open("/channels/shop")
	b.click(`#enable-shop`)
	b.until(`document.querySelector("#channel-live").innerText.includes("Paused")`)
}

// TestRefusedWish: the platform's words and the way out.
func TestRefusedWish(t *testing.T) {
	a := newApp(t, 0)
	key := a.absorb(t, one("403-5550001-0000007", time.Now()))[0]
	if _, err := a.store.Orders().Update(t.Context(), key, func(o *order.Order) error {
		if err := o.SetStatus(order.Processing, "admin", "", true, time.Now()); err != nil {
			return err
		}
		o.Wish.State, o.Wish.Error = order.WishRefused, "the parcel has left already"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b := newTab(t, a)
	b.signIn("support")
	b.open("/orders/" + key.String())
	b.until(`document.querySelector("#order").innerText.includes("the parcel has left already")`)
	b.click(`#wish-drop`)
	b.until(`!document.querySelector("#wish-form") && document.querySelector("#toasts").innerText.includes("status was taken")`)
	if got := a.status(t, key.String()); got != order.Confirmed {
		t.Errorf("the order is %s", got)
	}
}
