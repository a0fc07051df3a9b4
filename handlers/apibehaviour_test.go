package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func TestAPILogin(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	got := a.program("").post("/api/auth/login", map[string]string{"email": " Admin@Example.com ", "password": testPassword}).want(t, http.StatusOK)
	var in struct {
		Token     string
		ExpiresAt time.Time
		User      struct{ Email string }
	}
	got.read(t, &in)
	if in.User.Email != "admin@example.com" || in.ExpiresAt.Sub(a.clock.now()) < 23*time.Hour || len(got.header.Values("Set-Cookie")) > 0 {
		t.Errorf("%+v, cookies %v", in, got.header.Values("Set-Cookie"))
	}
	a.program(in.Token).get("/api/auth/me").want(t, http.StatusOK).wantText(t, `"kind":"login"`)
	wrong := a.program("").post("/api/auth/login", map[string]string{"email": "admin@example.com", "password": "not this one, I think"}).want(t, http.StatusUnauthorized)
	unknown := a.program("").post("/api/auth/login", map[string]string{"email": "nobody@example.com", "password": "not this one, I think"}).want(t, http.StatusUnauthorized)
	same := func(x answer) string { return strings.ReplaceAll(x.body, x.header.Get("X-Request-Id"), "") }
	if same(wrong) != same(unknown) {
		t.Errorf("%s\n%s", wrong.body, unknown.body)
	}
	if strings.Contains(a.log.String(), in.Token) || strings.Contains(a.log.String(), testPassword) {
		t.Error("the log holds a secret")
	}
}

// listed is the answer of the order list.
type listed struct {
	Orders []struct {
		ID     string
		Status string
		Total  order.Money
	}
	Pagination struct {
		Page                *int
		Limit, Total, Pages int
		TotalIsLowerBound   bool
		Next, Prev          *string
	}
}

func TestAPIList(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(45)
	p := a.api("support")
	var first, second, numbered, back listed
	p.get("/api/orders?limit=20").want(t, http.StatusOK).read(t, &first)
	if len(first.Orders) != 20 || first.Pagination.Total != 45 || first.Pagination.Pages != 3 || *first.Pagination.Page != 1 || first.Pagination.Prev != nil || first.Pagination.Next == nil {
		t.Fatalf("%+v", first.Pagination)
	}
	got := p.get("/api/orders?limit=20&after="+*first.Pagination.Next).want(t, http.StatusOK)
	got.read(t, &second)
	p.get("/api/orders?limit=20&page=2").want(t, http.StatusOK).read(t, &numbered)
	if second.Pagination.Page != nil || second.Orders[0] != numbered.Orders[0] || second.Orders[0].ID == first.Orders[0].ID {
		t.Errorf("second page by cursor and by number: %+v %+v", second.Pagination, numbered.Pagination)
	}
	if link := got.header.Get("Link"); !strings.Contains(link, `rel="next"`) || !strings.Contains(link, `rel="prev"`) {
		t.Errorf("Link %s", link)
	}
	p.get("/api/orders?limit=20&before="+*second.Pagination.Prev).want(t, http.StatusOK).read(t, &back)
	if back.Orders[0] != first.Orders[0] {
		t.Error("back is elsewhere")
	}
	p.get("/api/orders?limit=20&page=9").want(t, http.StatusOK).wantText(t, `"orders":[]`)
	p.get("/api/orders?after=elsewhere").want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"after"`)
	p.get("/api/orders?before=elsewhere").want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"before"`)
	p.get("/api/orders?page=999999").want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"page"`)
	p.get("/api/orders?status=shipped").want(t, http.StatusOK).wantText(t, `"orders":[]`, `"total":0`)
	p.get("/api/orders?q=403-0000007-0000001").want(t, http.StatusOK).wantText(t, `"total":1,`, `{"amount":"1299.07","currency":"INR"}`)
}

func TestAPIStatus(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	p, path := a.api("support"), "/api/orders/"+id.String()
	p.put(path+"/status", `{"status":"processing"}`).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"version"`)
	p.put(path+"/status", `{"status":"delivered","version":1}`).want(t, http.StatusConflict)
	p.put(path+"/status", `{"status":"lost","version":1}`).want(t, http.StatusUnprocessableEntity)
	got := p.put(path+"/status", `{"status":"processing","note":"packed","version":1}`).want(t, http.StatusOK)
	got.wantText(t, `"status":"processing"`, `"note":"packed"`, `"by":"u-support"`)
	if got.header.Get("ETag") != `"v2"` {
		t.Errorf("ETag %s", got.header.Get("ETag"))
	}
	p.put(path+"/status", `{"status":"shipped","version":1}`).want(t, http.StatusConflict)
	p.with("If-Match", `"v1"`).put(path+"/status", `{"status":"shipped"}`).want(t, http.StatusPreconditionFailed)
	p.with("If-Match", `"made up"`).put(path+"/status", `{"status":"shipped"}`).want(t, http.StatusPreconditionFailed)
	p.with("If-Match", `"v2"`).put(path+"/status", `{"status":"shipped"}`).want(t, http.StatusOK)
	p.with("If-None-Match", `"v3"`).get(path).want(t, http.StatusNotModified)
	p.with("If-None-Match", `"v2"`).get(path).want(t, http.StatusOK)
	entries, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "order.status"})
	if err != nil || len(entries) != 2 || entries[0].Via != "api" || entries[0].By != "u-support" {
		t.Errorf("audit %+v, %v", entries, err)
	}
}

func TestAPIStatusThatThePlatformRefuses(t *testing.T) {
	t.Parallel()
	fault := error(&ingest.UnsupportedError{Reason: "Amazon ships these orders itself"})
	a := newApp(t, func(d *Deps) {
		d.Push = func(_ context.Context, _ order.Order, _ order.Status) (bool, error) { return false, fault }
	})
	id := a.orders(1)[0]
	a.api("support").put("/api/orders/"+id.String()+"/status", `{"status":"processing","version":1}`).want(t, http.StatusUnprocessableEntity).wantText(t, "Amazon ships these orders itself")
	fault = errors.New("no such key file")
	a.api("support").put("/api/orders/"+id.String()+"/status", `{"status":"processing","version":1}`).want(t, http.StatusServiceUnavailable).lacksText(t, "key file")
}

func TestAPIEdit(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	p, path := a.api("support"), "/api/orders/"+id.String()
	p.put(path, map[string]any{"tags": []string{"gift", "vip"}, "assignee": "u-admin", "hold": map[string]any{"reason": "customer asks"},
		"customer": map[string]any{"phone": "9123456780", "address": map[string]any{"line1": "4 Hill Road", "city": "Mumbai", "pincode": "400050"}}, "version": 1}).want(t, http.StatusOK)
	o := a.order(id)
	to := o.ShipTo()
	if !o.HasTag("gift") || o.Desk.Assignee != "u-admin" || o.Desk.Hold == nil || to.Phone != "+919123456780" || to.Name != "Asha Raghunathan" || to.Address.City != "Mumbai" {
		t.Errorf("%+v", o.Desk)
	}
	p.put(path, `{"hold":null,"customer":null,"assignee":""}`).want(t, http.StatusOK)
	if o = a.order(id); o.Desk.Hold != nil || o.Desk.Contact != nil || o.Desk.Address != nil || o.Desk.Assignee != "" || !o.HasTag("gift") {
		t.Errorf("%+v", o.Desk)
	}
	for field, body := range map[string]string{
		"assignee": `{"assignee":"nobody"}`, "tags": `{"tags":["a,b"]}`, "hold.reason": `{"hold":{"reason":""}}`, "hold.until": `{"hold":{"reason":"x","until":"2020-01-01T00:00:00Z"}}`,
		"customer.email": `{"customer":{"email":"nope"}}`, "customer.address.pincode": `{"customer":{"address":{"line1":"a","city":"b","pincode":"1"}}}`,
		"hold.untill": `{"hold":{"reason":"x","untill":1}}`, "customer.address": `{"customer":{"address":7}}`, "version": `{"version":-1}`, "tags.0": `{"tags":[1]}`,
	} {
		before := a.order(id).Version
		p.put(path, body).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"`+field+`"`)
		if a.order(id).Version != before {
			t.Errorf("%s changed the order", body)
		}
	}
	p.put(path, `{"tags":[],"version":1}`).want(t, http.StatusConflict)
}

func TestAPIArchive(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	p := a.api("admin")
	p.del("/api/orders/"+id.String()).want(t, http.StatusNoContent)
	p.get("/api/orders").want(t, http.StatusOK).wantText(t, `"orders":[]`)
	p.get("/api/orders?q=flag:archived").want(t, http.StatusOK).wantText(t, id.String())
	p.put("/api/orders/"+id.String(), `{"tags":["x"]}`).want(t, http.StatusConflict)
}

func TestAPICreate(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	p := a.api("support")
	body := map[string]any{"channel": "website", "orderedAt": a.clock.now().Add(-time.Hour), "customer": map[string]any{"name": "Ravi", "phone": "9123456780"},
		"items": []any{map[string]any{"sku": "RING-1", "quantity": 2, "unitPrice": map[string]string{"amount": "1299.50", "currency": "INR"}}}}
	got := p.post("/api/orders", body).want(t, http.StatusCreated).wantText(t, `"total":{"amount":"2599.00","currency":"INR"}`, `"platform":"organic"`)
	p.get(got.header.Get("Location")).want(t, http.StatusOK).wantText(t, `"status":"pending"`)
	body["platformOrderId"] = "W-1"
	p.post("/api/orders", body).want(t, http.StatusCreated)
	p.post("/api/orders", body).want(t, http.StatusConflict).wantText(t, "has an order of this name already")
	body["items"] = []any{map[string]any{"sku": "RING-1", "quantity": 1.5, "unitPrice": map[string]string{"amount": "12,5", "currency": "INR"}}}
	p.post("/api/orders", body).want(t, http.StatusUnprocessableEntity)
	body["items"] = []any{map[string]any{"sku": "RING-1", "quantity": 1, "unitPrice": 12.5}}
	p.post("/api/orders", body).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"items.0.unitPrice"`, "amount")
}

func TestAPIBulkStatus(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ids := a.orders(5)
	p := a.api("support")
	one := ids[0].String()
	p.put("/api/orders/"+one+"/status", `{"status":"cancelled","version":1}`).want(t, http.StatusOK)
	for _, query := range []string{"platform=amazon", "?platform=amazon&page=3&limit=20", "platform:amazon", "sku:RING-1,RING-2,RING-3,RING-4,RING-5"} {
		got := p.post("/api/orders/bulk-status", map[string]any{"query": query, "status": "processing", "dryRun": true}).want(t, http.StatusOK)
		got.wantText(t, `"requested":5`, `"allowed":4`, `{"id":"`+one+`","reason":"`)
	}
	p.post("/api/orders/bulk-status", map[string]any{"query": "nothing=here", "status": "processing", "dryRun": true}).want(t, http.StatusUnprocessableEntity).wantText(t, `"field":"query"`)
	p.post("/api/orders/bulk-status", map[string]any{"status": "processing"}).want(t, http.StatusUnprocessableEntity)
	p.post("/api/orders/bulk-status", map[string]any{"ids": []string{one}, "query": "x", "status": "processing"}).want(t, http.StatusUnprocessableEntity)
	p.post("/api/orders/bulk-status", map[string]any{"ids": []string{"no"}, "status": "processing"}).want(t, http.StatusUnprocessableEntity)
	a.program(a.personal("support", account.OrdersBulk, account.OrdersRead)).post("/api/orders/bulk-status", map[string]any{"query": "", "status": "processing"}).want(t, http.StatusForbidden)
	got := p.post("/api/orders/bulk-status", map[string]any{"ids": []string{one, ids[1].String()}, "status": "processing", "note": "all packed"}).want(t, http.StatusAccepted)
	job := got.object(t)["jobId"]
	for range 200 {
		if got = p.get(fmt.Sprint("/api/jobs/", job)).want(t, http.StatusOK); !strings.Contains(got.body, `"state":"running"`) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	got.wantText(t, `"state":"done"`, `"updated":1`, `"unchanged":1`)
	if o := a.order(ids[1]); o.Status != order.Processing {
		t.Errorf("status %s", o.Status)
	}
	a.api("readonly").get(fmt.Sprint("/api/jobs/", job)).want(t, http.StatusNotFound)
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	p, path := a.api("support").with("Idempotency-Key", "k-1"), "/api/orders/"+id.String()+"/notes"
	first := p.post(path, `{"text":"called"}`).want(t, http.StatusOK)
	again := p.post(path, `{"text":"called"}`).want(t, http.StatusOK)
	if again.header.Get("Idempotent-Replayed") != "true" || first.body != again.body || again.header.Get("ETag") != first.header.Get("ETag") || first.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("%v", again.header)
	}
	if n := len(a.order(id).Desk.Notes); n != 1 {
		t.Errorf("%d notes", n)
	}
	p.post(path, `{"text":"something else"}`).want(t, http.StatusUnprocessableEntity).wantText(t, "Idempotency-Key")
	p.put("/api/orders/"+id.String(), `{"tags":["x"]}`).want(t, http.StatusUnprocessableEntity)
	a.api("admin").with("Idempotency-Key", "k-1").post(path, `{"text":"called"}`).want(t, http.StatusOK) // another person's key
	if n := len(a.order(id).Desk.Notes); n != 2 {
		t.Errorf("%d notes", n)
	}
	for _, key := range []string{"", "two words", "ü", strings.Repeat("x", 256)} {
		q := *p
		q.header = http.Header{"Idempotency-Key": {key}}
		q.post(path, `{"text":"x"}`).want(t, http.StatusUnprocessableEntity)
	}
	// What was refused may be tried again under its key.
	k2 := a.api("support").with("Idempotency-Key", "k-2")
	k2.put("/api/orders/"+id.String()+"/status", `{"status":"delivered","version":3}`).want(t, http.StatusConflict)
	k2.put("/api/orders/"+id.String()+"/status", `{"status":"processing","version":3}`).want(t, http.StatusOK)
	a.clock.add(25 * time.Hour)
	late := a.api("support").with("Idempotency-Key", "k-1")
	if got := late.post(path, `{"text":"called"}`).want(t, http.StatusOK); got.header.Get("Idempotent-Replayed") != "" {
		t.Error("a key lives longer than a day")
	}
}

// TestIdempotencyKeyUsedTogether: of many requests at once one does the work.
func TestIdempotencyKeyUsedTogether(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	p := a.api("support").with("Idempotency-Key", "together")
	body := map[string]any{"channel": "website", "orderedAt": a.clock.now().Add(-time.Hour), "customer": map[string]any{"name": "Ravi"},
		"items": []any{map[string]any{"sku": "RING-1", "quantity": 1, "unitPrice": map[string]string{"amount": "1", "currency": "INR"}}}}
	var wg sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for range 12 {
		wg.Go(func() {
			got := p.post("/api/orders", body)
			mu.Lock()
			defer mu.Unlock()
			statuses[got.status]++
		})
	}
	wg.Wait()
	if statuses[http.StatusCreated] == 0 || statuses[http.StatusCreated]+statuses[http.StatusConflict] != 12 {
		t.Errorf("answers %v", statuses)
	}
	if n, err := a.store.Orders().Count(t.Context(), nil, 10); err != nil || n != 1 {
		t.Errorf("%d orders, %v", n, err)
	}
}

// TestKeptAnswersAreSealed: what is kept for repeats is of no use in a stolen
// database.
func TestKeptAnswersAreSealed(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	id := a.orders(1)[0]
	p := a.api("support").with("Idempotency-Key", "sealed")
	p.put("/api/orders/"+id.String(), `{"tags":["x"]}`).want(t, http.StatusOK).wantText(t, "Asha Raghunathan")
	all, err := a.store.Records().List(t.Context(), store.RecordQuery{Kind: "idempotency"})
	if err != nil || len(all) != 1 || strings.Contains(string(all[0].Doc), "Asha") || strings.Contains(string(all[0].Doc), "sealed\":\"eyJ") {
		t.Errorf("%s, %v", all[0].Doc, err)
	}
	a.change("support", func(u *account.User) { u.Denied = []account.Permission{account.CustomersRead} })
	p.put("/api/orders/"+id.String(), `{"tags":["x"]}`).want(t, http.StatusConflict).lacksText(t, "Asha")
}
