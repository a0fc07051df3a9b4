package channel

import (
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	good := Channel{ID: "shop-1", Platform: order.Organic, Adapter: "woocommerce", Name: "Shop", BaseURL: "https://shop.example.com", Interval: time.Minute}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	manual := Channel{ID: "blinkit", Platform: order.Blinkit, Adapter: Manual, Name: "Blinkit"}
	if err := manual.Validate(); err != nil {
		t.Errorf("a channel without an API needs no address: %v", err)
	}
	for want, change := range map[string]func(*Channel){
		"id":           func(c *Channel) { c.ID = "Shop 1" },
		"id ":          func(c *Channel) { c.ID = strings.Repeat("a", 41) },
		"name":         func(c *Channel) { c.Name = "" },
		"platform":     func(c *Channel) { c.Platform = "ebay" },
		"adapter":      func(c *Channel) { c.Adapter = "magento" },
		"adapter ":     func(c *Channel) { c.Platform = order.Amazon },
		"base_url":     func(c *Channel) { c.BaseURL = "shop.example.com" },
		"base_url ":    func(c *Channel) { c.BaseURL = "file:///etc/passwd" },
		"interval":     func(c *Channel) { c.Interval = time.Second },
		"base_url  \n": func(c *Channel) { c.BaseURL = "https://" },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := (Channel{}).Validate(); err == nil || strings.Count(err.Error(), "\n") < 3 {
		t.Errorf("faults are reported one by one: %v", err)
	}
}

func TestTally(t *testing.T) {
	t.Parallel()
	var got Tally
	for _, o := range []order.Outcome{order.Created, order.Created, order.Updated, order.Unchanged, order.Touched} {
		got.Add(o)
	}
	if want := (Tally{Created: 2, Updated: 1, Unchanged: 2}); got != want {
		t.Errorf("%+v", got)
	}
}
