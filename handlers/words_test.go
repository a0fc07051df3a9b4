package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// A word nobody knows gets a meaning: tried first, saved, in force at once, in
// the audit; an old page, an untried rule and a reader change nothing.
func TestStatusWordsPage(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	r := reported(3, "", a.clock.now())
	r.Ref.Channel, r.Platform, r.Facts.PlatformStatus = "shop", order.Organic, "packed-v2"
	id := a.absorb(r)[0]
	admin := a.as("admin")
	const path = "/channels/shop/words"
	doc := admin.get(path).want(t, http.StatusOK).doc(t)
	if got := doc.Find("#words tbody tr").First().Text(); !strings.Contains(got, "packed-v2") || !strings.Contains(got, "Unknown") {
		t.Errorf("first word: %s", got)
	}
	if admin.get("/channels/shop").doc(t).Find(`a[href="`+path+`"]`).Length() != 1 {
		t.Error("the channel does not lead to its words")
	}
	form := url.Values{"version": {"0"}, "action": {"test"}, "word-0": {"packed-v2"}, "status-0": {"processing"}}
	with := func(kv ...string) url.Values {
		f := url.Values{}
		for k, v := range form {
			f[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			f.Set(kv[i], kv[i+1])
		}
		return f
	}
	if got := a.as("readonly").post(path, form); got.status != http.StatusForbidden {
		t.Errorf("a reader: %d", got.status)
	}
	tried := admin.post(path, form).want(t, http.StatusOK).doc(t)
	if got := tried.Find(`section[aria-labelledby="trial-title"]`).Text(); !strings.Contains(got, "1 would change") {
		t.Errorf("tried: %s", got)
	}
	mark, _ := tried.Find(`input[name="tested"]`).Attr("value")
	if got := admin.post(path, with("action", "save")); got.status != http.StatusUnprocessableEntity || a.order(id).Status != order.Pending {
		t.Errorf("untried: %d", got.status)
	}
	if got := admin.post(path, with("action", "save", "tested", mark, "status-0", "delivered")); got.status != http.StatusUnprocessableEntity {
		t.Errorf("other rules than were tried: %d", got.status)
	}
	admin.post(path, with("action", "save", "tested", mark)).want(t, http.StatusSeeOther)
	for range 500 { // the job reads the orders again
		if a.order(id).Status == order.Processing {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if o := a.order(id); o.Status != order.Processing || len(o.Facts.Flags) != 0 {
		t.Errorf("the order is %s, %v", o.Status, o.Facts.Flags)
	}
	if w := a.shop().Words; w.Version != 1 || len(w.Rules) != 1 {
		t.Errorf("in force: %+v", w)
	}
	if got := admin.post(path, with("action", "save", "tested", mark)); got.status != http.StatusConflict {
		t.Errorf("an old page: %d", got.status)
	}
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "channel.words"})
	if err != nil || len(entries) != 1 || entries[0].Object != "channel:shop" || !strings.Contains(entries[0].After, "packed-v2") {
		t.Errorf("audit: %+v, %v", entries, err)
	}
	if got := admin.post(path, with("status-0", "asleep", "version", "1")).want(t, http.StatusUnprocessableEntity).doc(t).Text(); !strings.Contains(got, "Choose a status") {
		t.Error("no message about a status that does not exist")
	}
}
