package sandbox

import (
	"encoding/json"
	"net/http"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/blinkit"
)

// buyer is an api that orders goods for its own stores.
type buyer interface {
	Purchase() (number string)
	Withdraw(number string) bool
	Purchases() []blinkit.Purchased
}

func (w *World) buyer(name string) (buyer, bool) {
	p, err := w.find(name)
	if err != nil {
		return nil, false
	}
	b, ok := p.api.(buyer)
	return b, ok
}

// Purchase lets a platform order goods from the seller and returns the number;
// empty for one that does not buy.
func (w *World) Purchase(name string) string {
	if b, ok := w.buyer(name); ok {
		return b.Purchase()
	}
	return ""
}

// Withdraw lets a platform cancel a purchase order; false when it has none of
// that number.
func (w *World) Withdraw(name, number string) bool {
	b, ok := w.buyer(name)
	return ok && b.Withdraw(number)
}

// Purchases lists what a platform ordered from the seller.
func (w *World) Purchases(name string) []blinkit.Purchased {
	if b, ok := w.buyer(name); ok {
		return b.Purchases()
	}
	return nil
}

func (w *World) purchaseRoutes(mux *http.ServeMux) {
	none := func(rw http.ResponseWriter) { http.Error(rw, "nothing is bought there", http.StatusNotFound) }
	write := func(rw http.ResponseWriter, v any) {
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(v) // the client went away
	}
	mux.HandleFunc("GET /purchases/{platform}", func(rw http.ResponseWriter, r *http.Request) {
		if b, ok := w.buyer(r.PathValue("platform")); ok {
			write(rw, b.Purchases())
			return
		}
		none(rw)
	})
	mux.HandleFunc("POST /purchases/{platform}", func(rw http.ResponseWriter, r *http.Request) {
		if number := w.Purchase(r.PathValue("platform")); number != "" {
			write(rw, blinkit.Purchased{Number: number, Status: "sent"})
			return
		}
		none(rw)
	})
	mux.HandleFunc("DELETE /purchases/{platform}/{number}", func(rw http.ResponseWriter, r *http.Request) {
		if w.Withdraw(r.PathValue("platform"), r.PathValue("number")) {
			rw.WriteHeader(http.StatusNoContent)
			return
		}
		none(rw)
	})
}
