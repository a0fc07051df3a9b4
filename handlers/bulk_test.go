package handlers

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func idTexts(ids []order.ID) []string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return texts
}

// formOf is what a form of the page would send when a button is pressed.
func formOf(t testing.TB, doc *goquery.Document, selector, button, value string) url.Values {
	t.Helper()
	f := url.Values{}
	form := doc.Find(selector)
	if form.Length() != 1 {
		t.Fatalf("%d forms %s", form.Length(), selector)
	}
	form.Find("input, textarea").Each(func(_ int, in *goquery.Selection) {
		name, _ := in.Attr("name")
		kind, _ := in.Attr("type")
		if _, checked := in.Attr("checked"); name != "" && (kind != "checkbox" || checked) {
			v, _ := in.Attr("value")
			f.Add(name, v)
		}
	})
	form.Find("select").Each(func(_ int, in *goquery.Selection) {
		name, _ := in.Attr("name")
		v, ok := in.Find("option[selected]").Attr("value")
		if !ok {
			v, _ = in.Find("option").First().Attr("value")
		}
		f.Add(name, v)
	})
	if button != "" {
		f.Set(button, value)
	}
	return f
}

// TestBulkFromListToUndo goes the whole way as a browser without scripts does.
func TestBulkFromListToUndo(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(6)
	for _, id := range ids[:4] {
		a.set(id, func(o *order.Order) error { return o.AddTag("first", "u-admin", a.clock.now()) })
	}
	b := a.as("support")
	page := b.get("/orders?tag=first").want(t, http.StatusOK).doc(t)
	if n := page.Find("#rows input[name=order][form=bulk]").Length(); n != 4 {
		t.Fatalf("%d rows can be ticked, want 4", n)
	}
	f := formOf(t, page, "#bulk", "action", "tag")
	f["order"] = idTexts(ids[:2])
	ask := b.post("/orders/bulk", f).want(t, http.StatusOK).wantText(t, "2 selected orders").doc(t)
	if ask.Find("#bulk-tag").Length() != 1 || ask.Find("[aria-invalid]").Length() != 0 {
		t.Error("the page does not ask for the tag, or calls it a mistake that it is missing")
	}
	f = formOf(t, ask, "form.review", "step", "check")
	b.post("/orders/bulk", f).want(t, http.StatusUnprocessableEntity).wantText(t, "Write a tag.")
	f.Set("tag", "first")
	b.post("/orders/bulk", f).want(t, http.StatusOK).wantText(t, "has this tag already")
	f.Set("tag", "second")
	review := b.post("/orders/bulk", f).want(t, http.StatusOK).wantText(t, "Add tag second: 2 orders").doc(t)
	to := b.post("/orders/bulk", formOf(t, review, "form.review", "step", "run")).want(t, http.StatusSeeOther).header.Get("Location")
	j := finished(t, a.srv.jobs, strings.TrimPrefix(to, "/jobs/"))
	if j.State != store.JobDone || j.Tally.Updated != 2 || j.Done != 2 || j.Of != 2 {
		t.Fatalf("job %+v", j)
	}
	for i, id := range ids {
		if o := a.order(id); o.HasTag("second") != (i < 2) {
			t.Errorf("order %d has the tag: %v", i, i >= 2)
		}
	}
	done := b.get(to).want(t, http.StatusOK).wantText(t, "Every order was seen to", "Undo 2 changes").doc(t)
	file, _ := done.Find("a[download]").Attr("href")
	rows, err := csv.NewReader(strings.NewReader(b.get(file).want(t, http.StatusOK).body)).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][0] != ids[0].String() || rows[1][2] != "changed" {
		t.Errorf("outcomes %v %v", rows, err)
	}
	undone := b.post(to+"/undo", url.Values{}).want(t, http.StatusSeeOther).header.Get("Location")
	finished(t, a.srv.jobs, strings.TrimPrefix(undone, "/jobs/"))
	if a.order(ids[0]).HasTag("second") {
		t.Error("the undo took nothing back")
	}
	b.get(undone).want(t, http.StatusOK).wantText(t, "Undo: Add tag second").lacksText(t, "Undo 2")
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "order.bulk"})
	if err != nil || len(entries) != 4 || entries[3].Ref != j.ID || entries[3].By != "u-support" {
		t.Errorf("%v, audit %+v", err, entries)
	}
}

// set changes an order as somebody would.
func (a *app) set(id order.ID, fn func(*order.Order) error) {
	a.t.Helper()
	if _, err := a.store.Orders().Update(a.t.Context(), id, fn); err != nil {
		a.t.Fatal(err)
	}
}

// TestBulkOfAllMatching: the list's query is looked at again when it is
// confirmed, and another list than the one shown is not worked on.
func TestBulkOfAllMatching(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(5)
	tag := func(n int) {
		for _, id := range ids[:n] {
			a.set(id, func(o *order.Order) error { return o.AddTag("x", "u", a.clock.now()) })
		}
	}
	tag(3)
	b := a.as("support")
	f := formOf(t, b.get("/orders?tag=x&limit=20").want(t, http.StatusOK).doc(t), "#bulk", "action", "release")
	f.Set("all", "yes")
	f["order"] = idTexts(ids[4:]) // what is ticked does not count then
	f.Set("action", "untag")
	f.Set("tag", "x")
	review := b.post("/orders/bulk", f).want(t, http.StatusOK).wantText(t, "3 orders that match the list").doc(t)
	run := formOf(t, review, "form.review", "step", "run")
	tag(4)
	again := b.post("/orders/bulk", run).want(t, http.StatusConflict).wantText(t, "The list has changed since you looked", "4 orders").doc(t)
	if !a.order(ids[0]).HasTag("x") {
		t.Fatal("another list than the one shown was worked on")
	}
	to := b.post("/orders/bulk", formOf(t, again, "form.review", "step", "run")).want(t, http.StatusSeeOther).header.Get("Location")
	if j := finished(t, a.srv.jobs, strings.TrimPrefix(to, "/jobs/")); j.Tally.Updated != 4 {
		t.Errorf("job %+v", j)
	}
	b.get("/orders/bulk?status=pending").want(t, http.StatusOK).wantText(t, "All orders that match the list", "Take tag x away")
	b.get("/orders/bulk?nonsense=1").want(t, http.StatusUnprocessableEntity)
	// The page asks for what an action needs once it is chosen.
	b.post("/orders/bulk", url.Values{"all": {"yes"}, "action": {"hold"}, "step": {"check"}}).want(t, http.StatusOK).wantText(t, `id="bulk-reason"`, `id="bulk-until"`).lacksText(t, "aria-invalid")
}

func TestBulkPermissions(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(2)
	a.user("tagger", account.Support, func(u *account.User) { u.Denied = []account.Permission{account.OrdersStatus} })
	form := func(action string) url.Values {
		return url.Values{"order": idTexts(ids), "action": {action}, "tag": {"x"}, "status": {"confirmed"}, "step": {"check"}}
	}
	reader := a.as("readonly")
	reader.post("/orders/bulk", form("tag")).want(t, http.StatusForbidden)
	reader.get("/orders/bulk").want(t, http.StatusForbidden)
	bar := reader.get("/orders").doc(t).Find("#bulk")
	if bar.Find("[formaction='/orders/print']").Length() != 3 || bar.Find("#bulk-change, [formaction='/orders/export']").Length() != 0 {
		t.Error("who may only look is offered more than printing, or less")
	}
	support := a.as("support")
	support.post("/orders/bulk", form("archive")).want(t, http.StatusUnprocessableEntity).wantText(t, "Choose what to do.")
	support.post("/orders/bulk", form("tag")).want(t, http.StatusOK)
	tagger := a.as("tagger")
	tagger.post("/orders/bulk", form("status")).want(t, http.StatusUnprocessableEntity)
	tagger.post("/orders/bulk", form("tag")).want(t, http.StatusOK).lacksText(t, `value="status"`)
	a.as("admin").post("/orders/bulk", form("archive")).want(t, http.StatusOK)

	// A job is its owner's, and so is undoing it.
	to := support.post("/orders/bulk", withPlan(t, support, form("tag"))).want(t, http.StatusSeeOther).header.Get("Location")
	finished(t, a.srv.jobs, strings.TrimPrefix(to, "/jobs/"))
	tagger.post(to+"/undo", url.Values{}).want(t, http.StatusNotFound)
	reader.post(to+"/undo", url.Values{}).want(t, http.StatusForbidden)
	a.change("support", func(u *account.User) { u.Denied = []account.Permission{account.OrdersEdit} })
	support.post(to+"/undo", url.Values{}).want(t, http.StatusForbidden)
}

// withPlan is a form that confirms what its dry run showed.
func withPlan(t testing.TB, b *browser, f url.Values) url.Values {
	t.Helper()
	return formOf(t, b.post("/orders/bulk", f).want(t, http.StatusOK).doc(t), "form.review", "step", "run")
}

func TestBulkRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(1)
	b := a.as("support")
	for name, change := range map[string]func(url.Values){
		"no order":          func(f url.Values) { f.Del("order") },
		"not an id":         func(f url.Values) { f["order"] = []string{"x"} },
		"an unknown action": func(f url.Values) { f.Set("action", "delete") },
		"a bad query":       func(f url.Values) { f.Set("all", "yes"); f.Set("query", "q=total%3E") },
		"not a day":         func(f url.Values) { f.Set("action", "hold"); f.Set("reason", "x"); f.Set("until", "soon") },
		"an unknown field":  func(f url.Values) { f.Set("sudo", "1") },
		"an unknown status": func(f url.Values) { f.Set("action", "status:lost") },
	} {
		f := url.Values{"order": idTexts(ids), "action": {"release"}, "step": {"run"}, "fingerprint": {"x"}}
		change(f)
		if got := b.post("/orders/bulk", f); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", name, got.status)
		}
	}
	masked := a.as("readonly")
	a.change("readonly", func(u *account.User) {
		u.Granted = []account.Permission{account.OrdersBulk, account.OrdersEdit}
	})
	masked.post("/orders/bulk", url.Values{"all": {"yes"}, "query": {"q=city:pune"}, "action": {"release"}}).want(t, http.StatusUnprocessableEntity)
}

// TestBulkRetry: what failed can be tried again, and only that.
func TestBulkRetry(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(3)
	s := a.srv
	begun := desk.Started{Action: desk.Action{Kind: desk.BulkTag, Tag: "x"}, Orders: desk.TextIDs(ids)}
	j := store.Job{ID: "TESTJOB", Kind: kindBulk, By: "u-support", Title: "Add tag x", Of: 3}
	broken := &bulking{s: s, job: j, by: desk.Actor{By: "u-support"}, begun: begun}
	err := s.jobs.Start(t.Context(), j, func(_ context.Context, w *Work) error {
		broken.work = w
		if err := broken.open(); err != nil {
			return err
		}
		// As a crash leaves it: one done, one failed, one never reached.
		err := broken.record([]desk.Outcome{{ID: ids[0], What: desk.Skipped, Why: "has this tag already"}, {ID: ids[1], What: desk.Failed, Why: "it could not be stored"}})
		return errors.Join(err, broken.close(), errors.New("power cut"))
	})
	if err != nil {
		t.Fatal(err)
	}
	finished(t, s.jobs, j.ID)
	b := a.as("support")
	b.get("/jobs/TESTJOB").want(t, http.StatusOK).wantText(t, "stopped before the end", "Try 2 orders again", "not reached", "it could not be stored").lacksText(t, "Undo")
	to := b.post("/jobs/TESTJOB/retry", url.Values{}).want(t, http.StatusSeeOther).header.Get("Location")
	if again := finished(t, s.jobs, strings.TrimPrefix(to, "/jobs/")); again.Tally.Updated != 2 || again.Of != 2 {
		t.Errorf("retry %+v", again)
	}
	if a.order(ids[0]).HasTag("x") || !a.order(ids[1]).HasTag("x") || !a.order(ids[2]).HasTag("x") {
		t.Error("the retry changed something else than what was left")
	}
	b.post(to+"/retry", url.Values{}).want(t, http.StatusSeeOther)
	if moved := b.post(to+"/retry", url.Values{}).header.Get("Location"); moved != to {
		t.Errorf("retrying what is done leads to %s", moved)
	}
}

func TestBulkBar(t *testing.T) {
	t.Parallel()
	support := account.User{Role: account.Support}
	bar := bulkBar(support, order.Filter{Q: "ring", Page: 3, Limit: 20})
	if bar.Query != "q=ring" {
		t.Errorf("query %q", bar.Query)
	}
	var values []string
	for _, g := range bulkGroups(support, order.Filter{Q: "ring"}) {
		for _, c := range g.Actions {
			values = append(values, c.Value)
		}
	}
	if !slices.Contains(values, "status:shipped") || slices.Contains(values, "status:pending") || slices.Contains(values, "archive") || slices.Contains(values, "restore") {
		t.Errorf("actions %v", values)
	}
	if reader := (account.User{Role: account.ReadOnly}); !bar.MayChange || bulkBar(reader, order.Filter{}).MayChange || bulkGroups(reader, order.Filter{}) != nil {
		t.Error("who may change nothing is offered changes, or who may is not")
	}
}
