package sandbox

import (
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// Entry is the truth about one order, to compare a store with.
type Entry struct {
	ID      string        `json:"id"`
	Number  string        `json:"number"`
	Status  order.Status  `json:"status"`
	Total   int64         `json:"total"` // paise
	Priced  bool          `json:"priced"`
	Created time.Time     `json:"created"`
	Updated time.Time     `json:"updated"`
	Changes []shop.Change `json:"changes"`
	// Unparsable and Unknown are set for orders that are served broken, or
	// with a status word that nobody knows.
	Unparsable bool `json:"unparsable,omitempty"`
	Unknown    bool `json:"unknown,omitempty"`
}

// Ledger lists what a platform knows, in order of arrival; nil for a platform
// that does not exist.
func (w *World) Ledger(name string) []Entry {
	p, err := w.find(name)
	if err != nil {
		return nil
	}
	all := make([]Entry, 0, p.shop.Len())
	p.shop.Each(func(o shop.Order) {
		all = append(all, Entry{ID: o.ID, Number: o.Number, Status: o.Status, Total: o.Total(), Priced: o.Priced(), Created: o.Created,
			Updated: o.Updated, Changes: o.History, Unparsable: p.shop.Unparsable(o), Unknown: p.shop.Unknown(o)})
	})
	return all
}

// Calls are the newest requests that a platform received, and the number of
// all by status of the answer, 0 for none.
func (w *World) Calls(name string) (recent []shop.Call, byStatus map[int]int) {
	p, err := w.find(name)
	if err != nil {
		return nil, nil
	}
	return p.shop.Calls()
}

// SetStatus moves an order on the platform's side, as buyers, couriers or
// another tool of the seller do.
func (w *World) SetStatus(name, id string, to order.Status) error {
	p, err := w.find(name)
	if err != nil {
		return err
	}
	_, err = p.shop.Update(id, func(o *shop.Order) error {
		o.Move(to, shop.Preparing, p.shop.Now().Truncate(time.Second), shop.ByLife)
		return nil
	})
	return err
}

// Place lets a new order arrive on a platform now and returns its id.
func (w *World) Place(name string) (string, error) {
	p, err := w.find(name)
	if err != nil {
		return "", err
	}
	return p.shop.Arrive().ID, nil
}

func (e Entry) String() string {
	return e.ID + " " + string(e.Status) + " " + strconv.FormatInt(e.Total, 10) + " " + e.Updated.Format(time.RFC3339)
}
