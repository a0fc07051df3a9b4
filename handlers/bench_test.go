package handlers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/views"
)

// BenchmarkList sets the whole answer of the list beside what it is made of:
// the calls on the store and the rendering.
func BenchmarkList(b *testing.B) {
	const orders = 20_000
	a := newApp(b)
	batch := make([]order.Report, 0, 500)
	for i := range orders {
		batch = append(batch, ordertest.Synthetic(1, i, 90, a.clock.now()))
		if len(batch) == cap(batch) {
			a.absorb(batch...)
			batch = batch[:0]
		}
	}
	f, err := order.ParseFilter(map[string][]string{"status": {"delivered"}})
	if err != nil {
		b.Fatal(err)
	}
	q, err := f.QueryAt(a.srv.Location, a.clock.now())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			if _, err := a.store.Orders().List(b.Context(), q); err != nil {
				b.Fatal(err)
			}
			if _, err := a.store.Orders().Count(b.Context(), q.Where, maxCount+1); err != nil {
				b.Fatal(err)
			}
		}
	})
	page, err := a.store.Orders().List(b.Context(), q)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("render", func(b *testing.B) {
		v := views.OrdersView{Clock: a.srv.clock(), Filter: f, Rows: page.Rows, Count: maxCount, Next: page.Next}
		for b.Loop() {
			if err := views.Orders(views.PageView{Title: "Orders"}, v).Render(b.Context(), io.Discard); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("handler", func(b *testing.B) {
		cookie := a.as("support").cookie()
		for b.Loop() {
			r := httptest.NewRequest(http.MethodGet, "http://localhost/orders?status=delivered", nil)
			r.AddCookie(&http.Cookie{Name: "palmonas_session", Value: cookie})
			w := httptest.NewRecorder()
			a.srv.ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				b.Fatal(w.Code)
			}
		}
	})
}
