package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// Negative tests of text that platforms and people send: it stays text on
// pages, in headers, in the log and in notices.

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1) hx-get=/x hx-on:click=y>`

// hostileOrder has a hostile text in each field that a platform fills.
func (a *app) hostileOrder(text, tracking string) string {
	a.t.Helper()
	r := reported(1, order.Confirmed, a.clock.now())
	r.Facts.Customer.Name, r.Facts.Customer.Email, r.Facts.Customer.Phone = text, text, text
	r.Facts.Customer.Address.Line1, r.Facts.Customer.Address.City, r.Facts.Customer.Address.State = text, text, text
	r.Facts.Items[0].Title, r.Facts.Items[0].SKU = text, text
	r.Facts.OrderNumber, r.Facts.PlatformStatus = text, text
	r.Facts.Shipment = order.Shipment{Carrier: text, AWB: text, TrackingURL: tracking}
	return a.absorb(r)[0].String()
}

// pagesOf are the pages on which an order's text is seen.
func pagesOf(id, text string) []string {
	q := url.QueryEscape(text)
	return []string{"/orders", "/orders/" + id, "/orders?q=" + q, "/orders?tag=" + q, "/orders?" + q + "=1", "/customers", "/customers?q=" + q, "/", "/analytics/products",
		"/orders/" + id + "/print/slip", "/orders/" + id + "/edit", "/orders/print?ids=" + id, "/notices", "/palette?q=" + q, "/orders/suggest?q=" + q, "/no/" + q}
}

func TestN34TextOfPlatforms(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	id := a.hostileOrder(hostile, "javascript:alert(1)")
	b := a.as("admin")
	b.post("/orders/"+id+"/notes", url.Values{"text": {hostile}}).want(t, http.StatusSeeOther)
	for _, path := range pagesOf(id, hostile) {
		for _, reader := range []*browser{b, b.parts()} {
			d := reader.get(path).doc(t)
			if n := d.Find("script:not([src]), img[src=x], [onerror]").Length(); n != 0 {
				t.Errorf("%s: %d foreign elements", path, n)
			}
		}
	}
	file := strings.Replace(sheet, "Asha Rao", `"`+strings.ReplaceAll(hostile, `"`, `""`)+`"`, 1)
	at := b.upload(hostile+".csv", []byte(file), website()).want(t, http.StatusSeeOther).header.Get("Location")
	d := b.get(at).want(t, http.StatusOK).doc(t)
	if n := d.Find("script:not([src]), img[src=x], [onerror]").Length(); n != 0 || !strings.Contains(d.Text(), "alert(1)") {
		t.Errorf("the preview has %d foreign elements", n)
	}
}

// TestN35AttributesOfHtmx: what htmx would act on stays text, and no header
// that steers it holds what somebody typed.
func TestN35AttributesOfHtmx(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	text := `x" hx-get="/evil" data-hx-post="/evil" hx-on:load="evil()" hx-vals='js:evil()' <b hx-get="/evil" data-hx-get="/evil">`
	id := a.hostileOrder(text, "https://example.com/track")
	b := a.as("admin")
	b.post("/orders/"+id+"/notes", url.Values{"text": {text}}).want(t, http.StatusSeeOther)
	for _, path := range pagesOf(id, text) {
		for _, reader := range []*browser{b, b.parts()} {
			got := reader.get(path)
			got.doc(t).Find("*").Each(func(_ int, s *goquery.Selection) {
				for _, attr := range s.Nodes[0].Attr {
					if name := strings.TrimPrefix(attr.Key, "data-"); strings.HasPrefix(name, "hx-on") || strings.HasPrefix(name, "hx-") && (attr.Val == "/evil" || strings.HasPrefix(attr.Val, "js:")) {
						t.Errorf("%s: %s=%q", path, attr.Key, attr.Val)
					}
				}
			})
			got.wantQuietHeaders(t, path, "evil")
		}
	}
	parts := b.parts()
	parts.post("/orders/"+id+"/notes", url.Values{"text": {text}}).wantQuietHeaders(t, "a note", "evil")
	parts.post("/orders/"+id+"/tags", url.Values{"tags": {text}, "version": {"1"}}).wantQuietHeaders(t, "tags", "evil")
	a.browser().parts().get("/orders?q="+url.QueryEscape(text)).want(t, http.StatusUnauthorized).wantQuietHeaders(t, "signed out", `"`)
}

// wantQuietHeaders finds text in no header that htmx obeys. The address that a
// part of the list asks for may hold it as a query of ours.
func (x answer) wantQuietHeaders(t *testing.T, what, text string) {
	t.Helper()
	for name, values := range x.header {
		all := strings.Join(values, " ")
		if name == "Hx-Push-Url" || name == "Hx-Replace-Url" {
			if all != "false" && (!strings.HasPrefix(all, "/") || strings.HasPrefix(all, "//") || strings.ContainsAny(all, `"'<> \`)) {
				t.Errorf("%s: %s is %q", what, name, all)
			}
			continue
		}
		if strings.HasPrefix(name, "Hx-") && strings.Contains(all, text) {
			t.Errorf("%s: %s is %q", what, name, all)
		}
	}
}

func TestN36LinksToScripts(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"javascript:alert(1)", " JavaScript:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>1</script>", "vbscript:x", "file:///etc/passwd", "//evil.example/x", "\x01javascript:alert(1)"} {
		a := newApp(t)
		id := a.hostileOrder("ring", link)
		d := a.as("support").get("/orders/"+id).want(t, http.StatusOK).doc(t)
		d.Find("a[href], form[action]").Each(func(_ int, s *goquery.Selection) {
			for _, name := range []string{"href", "action"} {
				to := s.AttrOr(name, "/")
				if strings.HasPrefix(to, "mailto:") || strings.HasPrefix(to, "tel:") {
					continue
				}
				if (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) && !strings.HasPrefix(to, "?") && !strings.HasPrefix(to, "#") {
					t.Errorf("%q became a link to %q", link, to)
				}
			}
		})
	}
}

// TestN38NothingToGoBackTo: what a browser keeps to go back to is not to be
// kept, and a part of a page never stands for the whole. What a browser makes of it
// is a test of package e2e.
func TestN38NothingToGoBackTo(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0].String()
	b := a.as("support")
	for _, path := range []string{"/orders", "/orders/" + id, "/customers", "/jobs/x"} {
		for _, reader := range []*browser{b, b.parts()} {
			got := reader.get(path)
			if all := got.header.Values("Cache-Control"); len(all) == 0 || all[0] != "no-store" {
				t.Errorf("%s: Cache-Control %q", path, all)
			}
			if vary := strings.Join(got.header.Values("Vary"), ", "); got.status == http.StatusOK && (!strings.Contains(vary, "HX-Request") || !strings.Contains(vary, "Cookie")) {
				t.Errorf("%s: Vary %q", path, vary)
			}
		}
	}
	out := b.post("/logout", nil).want(t, http.StatusSeeOther)
	if got := out.header.Get("Clear-Site-Data"); !strings.Contains(got, `"cache"`) || !strings.Contains(got, `"storage"`) {
		t.Errorf("Clear-Site-Data %q", got)
	}
	b.get("/orders/"+id).want(t, http.StatusSeeOther)
}

func TestN39FormulasInTheFileOfAnExport(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.hostileOrder(`=HYPERLINK("http://evil.example","x")`, "")
	b := a.as("admin")
	address, j := b.exported(t, url.Values{"format": {"csv"}, "column": {"order_number", "customer_name", "city"}})
	for name := range j.Files {
		got := b.get(address+"/files/"+name).want(t, http.StatusOK)
		for line := range strings.SplitSeq(got.body, "\n") {
			for cell := range strings.SplitSeq(line, `","`) {
				if strings.HasPrefix(strings.TrimLeft(cell, `"`), "=") {
					t.Errorf("a formula in %q", line)
				}
			}
		}
		got.wantText(t, "'=HYPERLINK")
	}
}

// TestN43HeadersTakeNoLineBreaks: neither names nor file names nor addresses
// begin a header of their own.
func TestN43HeadersTakeNoLineBreaks(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("admin")
	const planted = "\r\nX-Planted: yes\r\nSet-Cookie: planted=1"
	q := url.QueryEscape(planted)
	answers := map[string]answer{
		"next":      a.browser().get("/login?next=/orders" + q),
		"a list":    a.browser().get("/orders?q=" + q),
		"a path":    b.get("/orders/" + q),
		"a sign-in": a.browser().post("/login", url.Values{"email": {"admin@example.com"}, "password": {testPassword}, "next": {"/orders" + planted}}),
		"a name":    b.post("/users", url.Values{"email": {"new@example.com"}, "name": {"A" + planted}, "role": {"support"}}),
		"an e-mail": b.post("/users", url.Values{"email": {"new@example.com" + planted}, "name": {"A"}, "role": {"support"}}),
		"a view":    b.post("/views", url.Values{"name": {"A" + planted}, "query": {"q=ring" + planted}}),
		"a file":    b.upload("a"+planted+".csv", []byte(sheet), website()),
	}
	for what, got := range answers {
		if got.header.Get("X-Planted") != "" || strings.Contains(strings.Join(got.header.Values("Set-Cookie"), " "), "planted=1") {
			t.Errorf("%s: planted a header: %v", what, got.header)
		}
		for name, values := range got.header {
			if all := strings.Join(values, ""); strings.ContainsAny(all, "\r\n\x00") {
				t.Errorf("%s: %s is %q", what, name, all)
			}
		}
	}
}

// TestN44LinesOfTheLog: whatever is sent, each line of the log is one JSON
// object with an id of ours.
func TestN44LinesOfTheLog(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	const forged = "\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\r\n\x1b[31mred\x1b[0m\x00"
	b := a.as("admin")
	b.get("/orders?q=" + url.QueryEscape(forged))
	b.get("/no/" + url.PathEscape(forged))
	b.post("/users", url.Values{"email": {"x@example.com"}, "name": {forged}, "role": {forged}})
	a.browser().login("nobody"+forged+"@example.com", forged)
	for name, value := range map[string]string{"User-Agent": "\x1b[31mforged", "X-Request-Id": `forged","level":"ERROR`, "X-Forwarded-For": `forged`, "Referer": "http://forged"} {
		r := b.request(http.MethodGet, "/orders", nil)
		r.Header.Set(name, strings.ReplaceAll(value, "\x1b", "\u009b"))
		b.do(r)
	}
	b.do(b.request("FORGED", "/orders", nil))
	a.hook("/webhooks/website", forged)
	lines := strings.Split(strings.TrimSuffix(a.log.String(), "\n"), "\n")
	if len(lines) < 8 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("%v: %q", err, line)
		}
		if strings.Contains(strings.ToLower(line), "forged") || strings.ContainsAny(line, "\x1b\x00\r") || strings.Contains(line, "\u009b") {
			t.Errorf("the log holds %q", line)
		}
		if at, err := time.Parse(time.RFC3339Nano, entry["time"].(string)); err != nil || at.IsZero() {
			t.Errorf("time %v", entry["time"])
		}
	}
}

// TestN48LinksInNotices: a notice has the links that we put there, and a word
// of somebody's is none.
func TestN48LinksInNotices(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	id := a.orders(1)[0].String()
	w := a.watcher()
	if err := w.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.clock.add(time.Minute)
	a.change("admin", nameOfEvil)
	a.as("admin").post("/orders/"+id+"/notes", url.Values{"text": {`@support see https://evil.example <a href="https://evil.example">here</a> [here](https://evil.example)`}}).want(t, http.StatusSeeOther)
	if err := w.Turn(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := a.as("support").get("/notices").want(t, http.StatusOK).wantText(t, "mentioned you").doc(t)
	d.Find("a[href], img, form").Each(func(_ int, s *goquery.Selection) {
		if to := s.AttrOr("href", s.AttrOr("action", s.AttrOr("src", "/"))); !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "#") || strings.HasPrefix(to, "//") {
			t.Errorf("a notice leads to %q", to)
		}
	})
}

func nameOfEvil(u *account.User) { u.Name = `Eve <a href="https://evil.example">` }
