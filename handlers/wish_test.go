package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

// refused is an order whose platform refused a status.
func (a *app) refused() order.Order {
	a.t.Helper()
	id := a.orders(1)[0]
	o, err := a.store.Orders().Update(a.t.Context(), id, func(o *order.Order) error {
		if err := o.SetStatus(order.Processing, "u-support", "", true, a.clock.now()); err != nil {
			return err
		}
		o.Wish.State, o.Wish.Error = order.WishRefused, "the parcel has left already"
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return o
}

func TestRefusedWish(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]struct {
		status order.Status
		said   string
		open   bool
	}{
		"retry": {order.Processing, "told once more", true},
		"drop":  {order.Confirmed, "platform’s status was taken", false},
	} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			o := a.refused()
			path := "/orders/" + o.ID.String()
			a.as("readonly").get(path).wantText(t, "refused Processing", "the parcel has left already").lacksText(t, "/wish")
			b := a.as("support")
			page := b.get(path)
			if n := page.doc(t).Find("#wish-form button").Length(); n != 2 {
				t.Fatalf("%d buttons", n)
			}
			form := url.Values{"action": {action}, "version": {strconv.FormatInt(o.Version, 10)}}
			b.parts().post(path+"/wish", form).want(t, http.StatusOK).wantText(t, want.said)
			now := a.order(o.ID)
			if now.Status != want.status || now.WishOpen() != want.open || now.Wish != nil && now.Wish.State == order.WishRefused {
				t.Errorf("%s, %+v", now.Status, now.Wish)
			}
			b.post(path+"/wish", form).want(t, http.StatusConflict) // the version is an old one
			b.parts().post(path+"/wish", form).want(t, http.StatusConflict).wantText(t, "Nothing was changed.")
			if again := a.order(o.ID); again.Version != now.Version {
				t.Error("the late post changed the order")
			}
			b.post(path+"/wish", url.Values{"action": {"beg"}, "version": {"1"}}).want(t, http.StatusUnprocessableEntity)
		})
	}
}

func TestNoWishToEnd(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	for _, action := range []string{"retry", "drop"} {
		a.as("admin").post("/orders/"+id.String()+"/wish", url.Values{"action": {action}, "version": {"1"}}).want(t, http.StatusConflict)
	}
}
