package handlers

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func TestDispatchSettings(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.absorb(reported(1, order.Confirmed, a.clock.now().Add(-time.Hour)), reported(2, order.Delivered, a.clock.now().Add(-time.Hour)))
	b := a.as("admin")
	d := b.get("/settings/dispatch").want(t, http.StatusOK).doc(t)
	if d.Find("#cutoff").AttrOr("value", "") != "14:00" || d.Find("[name=workday][checked]").Length() != 6 {
		t.Error("the usual calendar is not shown")
	}
	form := url.Values{"cutoff": {"10:00"}, "leaves": {"23:59"}, "workday": {"0", "1", "2", "3", "4", "5", "6"}, "holidays": {"2020-11-08 Diwali"},
		"mode.platform.swiggy": {"none"}, "mode.channel.website": {"own"}, "cutoff.channel.website": {"12:00"}, "leaves.channel.website": {"15:00"}}
	bad := url.Values{"cutoff": {"10 am"}, "leaves": {"18:00"}, "holidays": {"Diwali"}, "mode.platform.swiggy": {"own"}}
	d = b.post("/settings/dispatch", bad).want(t, http.StatusUnprocessableEntity).doc(t)
	for _, id := range []string{"cutoff", "holidays", "cutoff\\.platform\\.swiggy"} {
		if d.Find("#"+id+"[aria-invalid=true]").Length() != 1 {
			t.Errorf("%s is not marked", id)
		}
	}
	if d.Find("#cutoff").AttrOr("value", "") != "10 am" || d.Find("#cutoff").AttrOr("type", "") != "text" {
		t.Error("what was typed is lost")
	}
	b.post("/settings/dispatch", form).want(t, http.StatusSeeOther)
	d = b.get("/settings/dispatch").want(t, http.StatusOK).doc(t)
	if d.Find("#cutoff").AttrOr("value", "") != "10:00" || d.Find("#holidays").Text() != "2020-11-08" ||
		d.Find("[name='mode.platform.swiggy'] [selected]").AttrOr("value", "") != "none" || d.Find("[id='leaves.channel.website']").AttrOr("value", "") != "15:00" {
		t.Error("the calendar was not kept")
	}
	deadline := time.Now().Add(10 * time.Second)
	for a.order(ids[0]).DueAt.IsZero() && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if at := a.order(ids[0]).DueAt.In(a.srv.Location); at.Hour() != 23 || at.Minute() != 59 {
		t.Errorf("the open order is due at %v", at)
	}
	if at := a.order(ids[1]).DueAt; !at.IsZero() {
		t.Errorf("the delivered order is due at %v", at)
	}
	if entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "setting.dispatch"}); err != nil || len(entries) != 1 {
		t.Errorf("%v: %d entries", err, len(entries))
	}
	a.as("support").get("/settings/dispatch").want(t, http.StatusForbidden)
}
