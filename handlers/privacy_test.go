package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/privacy"
)

func TestCustomerDataAndErasure(t *testing.T) {
	t.Parallel()
	var told []privacy.Request
	a := newApp(t, func(d *Deps) { d.Erasures = func(r privacy.Request) error { told = append(told, r); return nil } })
	a.customersOf()
	admin := a.as("admin")
	main := admin.get("/customers").person(t, "Asha Raghunathan")
	file := admin.post(main+"/data", url.Values{"what": {"all"}}).want(t, http.StatusOK).wantText(t, "+919876543210", `"orders"`)
	if d := file.header.Get("Content-Disposition"); d == "" {
		t.Error("it is not a file")
	}
	admin.get(main+"/erase").want(t, http.StatusOK).wantText(t, "2 orders", "cannot be undone")
	admin.post(main+"/erase", url.Values{"reason": {" "}}).want(t, http.StatusUnprocessableEntity).wantText(t, "Say why")
	support := a.as("support")
	support.get(main+"/erase").want(t, http.StatusForbidden)
	admin.post(main+"/erase", url.Values{"reason": {"asked by letter"}}).want(t, http.StatusSeeOther)
	if len(told) != 1 || len(told[0].Orders) != 2 {
		t.Errorf("the ledger was told %+v", told)
	}
	if _, err := a.store.Figures().Recount(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	admin.get(main).want(t, http.StatusNotFound)
	admin.get("/orders?q=9876543210").want(t, http.StatusOK).lacksText(t, "Asha Raghunathan")
	admin.get("/audit?action=privacy.").want(t, http.StatusOK).wantText(t, "privacy.export", "privacy.person", "asked by letter").lacksText(t, "Raghunathan")
}

func TestRetentionSettings(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	b.get("/settings/privacy").want(t, http.StatusOK).wantText(t, `value="30"`)
	form := url.Values{"amazon": {"14"}, "flipkart": {"0"}, "blinkit": {"0"}, "swiggy": {"-3"}, "organic": {"many"}}
	b.post("/settings/privacy", form).want(t, http.StatusUnprocessableEntity).wantText(t, "From 0 (keep) to 3650 days.", `value="many"`)
	form.Set("swiggy", "90")
	form.Set("organic", "365")
	b.post("/settings/privacy", form).want(t, http.StatusSeeOther)
	b.get("/settings/privacy").wantText(t, `value="14"`, `value="365"`)
}

// TestErasureNeedsTheRightToSee: who may archive but not read customers learns
// nothing here.
func TestErasureNeedsTheRightToSee(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.customersOf()
	main := a.as("support").get("/customers").person(t, "Asha Raghunathan")
	a.user("remover", account.ReadOnly, func(u *account.User) { u.Granted = []account.Permission{account.OrdersDelete} })
	b := a.as("remover")
	b.get(main+"/erase").want(t, http.StatusForbidden).lacksText(t, "Raghunathan")
	b.post(main+"/erase", url.Values{"reason": {"x"}}).want(t, http.StatusForbidden)
}
