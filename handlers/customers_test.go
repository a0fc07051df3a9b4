package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// customersOf stores three orders of two phones and one of a third, all under
// the same e-mail address.
func (a *app) customersOf() {
	a.t.Helper()
	at := a.clock.now().Add(-time.Hour)
	var reports []order.Report
	for i, phone := range []string{"+919876543210", "+919876543210", "+919811111111", "+919822222222"} {
		r := reported(i+1, order.Delivered, at.Add(time.Duration(i)*time.Minute))
		r.Facts.Customer.Phone = phone
		reports = append(reports, r)
	}
	reports[2].Facts.Customer.Name = "A. Raghunathan"
	reports[3].Facts.Customer.Name, reports[3].Facts.Customer.Email = "Somebody Else", "else@example.org"
	a.absorb(reports...)
	if _, err := a.store.Figures().Recount(a.t.Context(), 100); err != nil {
		a.t.Fatal(err)
	}
}

var personLink = regexp.MustCompile(`<a href="(/customers/[^"]+)">([^<]+)</a>`)

func (x answer) person(t *testing.T, name string) string {
	t.Helper()
	for _, m := range personLink.FindAllStringSubmatch(x.body, -1) {
		if m[2] == name {
			return m[1]
		}
	}
	t.Fatalf("no customer %q\n%s", name, cut(x.body, 5000))
	return ""
}

func TestCustomers(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.customersOf()
	b := a.as("support")
	list := b.get("/customers").want(t, http.StatusOK).wantText(t, "Asha Raghunathan", "A. Raghunathan", "Somebody Else")
	main := list.person(t, "Asha Raghunathan")
	if first := personLink.FindStringSubmatch(list.body); first[1] != main {
		t.Errorf("the most valuable customer is not first: %v", first)
	}
	b.get(main).want(t, http.StatusOK).wantText(t, "asha.secret@example.org", "These may be the same person", "₹2,598.03")
	b.get("/customers?q=9811111111").want(t, http.StatusOK).wantText(t, "A. Raghunathan").lacksText(t, "Somebody Else")
	b.get("/customers?q=nobodyatall").want(t, http.StatusOK).wantText(t, "Nobody found")
	b.get("/customers?sort=orders").want(t, http.StatusOK)
	for _, bad := range []string{"?sort=name", "?page=0", "?page=x", "?page=999", "?q=total:x", "?order=1"} {
		b.get("/customers"+bad).want(t, http.StatusUnprocessableEntity)
	}
	b.get("/customers/none").want(t, http.StatusNotFound)
}

func TestCustomersJoinAndPart(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.customersOf()
	b := a.as("support")
	list := b.get("/customers")
	main, other := list.person(t, "Asha Raghunathan"), list.person(t, "A. Raghunathan")
	key := other[len("/customers/"):]
	b.post(main+"/join", url.Values{"other": {key}}).want(t, http.StatusSeeOther)
	b.get(main).want(t, http.StatusOK).wantText(t, "2 identities were joined", "₹3,897.06").lacksText(t, "These may be the same person")
	if x := b.get(other); x.header.Get("Location") != main {
		t.Errorf("a joined identity leads to %q", x.header.Get("Location"))
	}
	b.get("/customers").want(t, http.StatusOK).wantText(t, "2 identities")
	b.post(main+"/join", url.Values{"other": {key}}).want(t, http.StatusUnprocessableEntity).wantText(t, "the same customer already")
	b.post(main+"/part", url.Values{"part": {key}}).want(t, http.StatusSeeOther)
	b.get(other).want(t, http.StatusOK)
	b.post(main+"/part", url.Values{"part": {key}}).want(t, http.StatusUnprocessableEntity)
	a.as("admin").get("/audit?action=customer.").want(t, http.StatusOK).wantText(t, "customer.join", "customer.part").lacksText(t, "Raghunathan", "9876543210")
}

func TestCustomerNotes(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.customersOf()
	b := a.as("support")
	main := b.get("/customers").person(t, "Asha Raghunathan")
	b.post(main+"/notes", url.Values{"text": {"  "}}).want(t, http.StatusUnprocessableEntity).wantText(t, "Write something first.")
	b.post(main+"/notes", url.Values{"text": {"Likes <b>gold</b>"}}).want(t, http.StatusSeeOther)
	b.get(main).want(t, http.StatusOK).wantText(t, "Likes &lt;b&gt;gold", "Test support")
}

// TestN29CustomersAreForThoseWhoMayRead: others see neither list nor page.
func TestN29CustomersAreForThoseWhoMayRead(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.customersOf()
	main := a.as("support").get("/customers").person(t, "Asha Raghunathan")
	r := a.as("readonly")
	r.get("/customers").want(t, http.StatusForbidden)
	r.get(main).want(t, http.StatusForbidden)
	a.user("looker", account.ReadOnly, func(u *account.User) { u.Granted = []account.Permission{account.CustomersRead} })
	l := a.as("looker")
	l.get(main).want(t, http.StatusOK).lacksText(t, "<textarea")
	l.post(main+"/notes", url.Values{"text": {"x"}}).want(t, http.StatusForbidden)
}
