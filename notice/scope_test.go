package notice

import (
	"context"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/order"
)

func (d *desk) restrict(id account.ID, channels ...string) {
	d.t.Helper()
	_, err := d.Store.Users().Update(d.t.Context(), id, func(u *account.User) error {
		u.Channels, u.ScopedAt = channels, d.at
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// TestNobodyIsToldBeyondTheirChannels: not of an order by mention, assignment or
// refusal, and not of what was told before.
func TestNobodyIsToldBeyondTheirChannels(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.change(func(o *order.Order) { o.AddNote("@asha please call", "u2", d.at) })
	d.turn()
	d.has("u1", "mentioned you")
	d.at = d.at.Add(time.Minute)
	d.restrict("u1", "elsewhere")
	d.change(func(o *order.Order) {
		o.AddNote("@asha again", "u2", d.at)
		o.Assign("u1", "u2", d.at)
		o.Wish = &order.Wish{Status: order.Shipped, By: "u1", Key: "k1", State: order.WishRefused, At: d.at}
	})
	d.turn()
	d.has("u1", "mentioned you") // nothing new
	u, err := d.Store.Users().Get(t.Context(), "u1")
	if err != nil {
		t.Fatal(err)
	}
	since := d.After(u.ScopedAt)
	if all, err := since.List(t.Context(), "u1"); err != nil || len(all) != 0 {
		t.Errorf("%d notices of before (%v)", len(all), err)
	}
	if n, err := since.Unread(t.Context(), "u1"); err != nil || n != 0 {
		t.Errorf("%d unread of before (%v)", n, err)
	}
	o, err := d.Store.Orders().Get(t.Context(), d.order)
	if err != nil {
		t.Fatal(err)
	}
	d.restrict("u1", o.Ref.Channel)
	d.change(func(o *order.Order) { o.AddNote("@asha once more", "u2", d.at) })
	d.turn()
	if n, err := d.Unread(t.Context(), "u1"); n < 2 || err != nil {
		t.Errorf("%d unread of a channel in the scope (%v)", n, err)
	}
}

// TestMorningForEachScope: who is restricted gets a digest of their own, and
// everybody else the same one.
func TestMorningForEachScope(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	err := d.Post.Save(t.Context(), mail.Server{Host: "127.0.0.1", Port: 1, Security: mail.StartTLS, From: "desk@example.com"}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []account.ID{"u1", "u2"} {
		if err := d.SetMorning(t.Context(), id, true); err != nil {
			t.Fatal(err)
		}
	}
	d.restrict("u1", "elsewhere")
	asked := map[account.ID]int{}
	err = d.SendMornings(t.Context(), d.at.Add(time.Hour), func(_ context.Context, u account.User) (string, string, error) {
		asked[u.ID]++
		return "Digest", "of " + string(u.ID), nil
	})
	if err != nil || asked["u1"] != 1 || asked["u2"] != 1 {
		t.Errorf("written for %v (%v)", asked, err)
	}
}
