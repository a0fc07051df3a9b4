package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/store"
)

// Ask is a wish of one person about their data.
type Ask struct {
	Keys     []string // order.CustomerKey of every identity
	By       string   // user id
	Via, Ref string
	Reason   string // without personal data
}

// kindCustomer is the kind of record that notes about a customer are.
const kindCustomer = "customer"

// each calls fn for every order of a person, archived ones too.
func each(ctx context.Context, s store.Store, keys []string, fn func(order.Order) error) error {
	who := order.Term{Field: order.FieldCustomer, Text: keys}
	archived := order.Term{Field: order.FieldFlag, Text: []string{string(order.FlagArchived)}}
	for _, where := range []order.Expr{who, order.And{who, archived}} {
		if err := s.Orders().Each(ctx, order.Query{Where: where, Sort: order.OldestFirst}, fn); err != nil {
			return err
		}
	}
	return nil
}

// Export writes everything that is kept about one person as JSON: their orders
// and what was noted about them. It ends with an entry in the audit.
func Export(ctx context.Context, s store.Store, a Ask, w io.Writer, at time.Time) (orders int, err error) {
	out := struct {
		ExportedAt time.Time         `json:"exportedAt"`
		Notes      []json.RawMessage `json:"notes"`
		Orders     []orderjson.Order `json:"orders"`
	}{ExportedAt: at.UTC(), Notes: []json.RawMessage{}, Orders: []orderjson.Order{}}
	err = each(ctx, s, a.Keys, func(o order.Order) error {
		out.Orders = append(out.Orders, orderjson.Of(o))
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("export person: %w", err)
	}
	for _, k := range a.Keys {
		r, err := s.Records().Get(ctx, kindCustomer, k)
		if err == nil {
			out.Notes = append(out.Notes, r.Doc)
		} else if !errors.Is(err, store.ErrNotFound) {
			return 0, fmt.Errorf("export person: %w", err)
		}
	}
	if err := a.note(ctx, s, "privacy.export", fmt.Sprintf("%d orders", len(out.Orders)), at); err != nil {
		return 0, err
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return len(out.Orders), e.Encode(out)
}

// ErasePerson removes everything personal that is kept about one person: in
// their orders, in what quarantine holds of them, in notes about them. With dry
// it only counts. ledger is told what was erased before it is, channel and
// platform ids only, so that it can be done again after an older backup is
// restored; nil for none.
func ErasePerson(ctx context.Context, s store.Store, a Ask, dry bool, ledger func(Request) error, at time.Time) (Erased, error) {
	by := map[string][]string{}
	err := each(ctx, s, a.Keys, func(o order.Order) error {
		by[o.Ref.Channel] = append(by[o.Ref.Channel], o.Ref.PlatformOrderID)
		return nil
	})
	if err != nil {
		return Erased{}, fmt.Errorf("erase person: %w", err)
	}
	var sum Erased
	for _, channel := range slices.Sorted(maps.Keys(by)) {
		r := Request{Channel: channel, Orders: by[channel], By: a.By, Via: a.Via, Reason: a.Reason}
		if dry {
			sum.Orders += len(r.Orders)
			continue
		}
		if ledger != nil {
			if err := ledger(r); err != nil {
				return sum, fmt.Errorf("erase person: ledger: %w", err)
			}
		}
		done, err := Erase(ctx, s, r, at)
		sum.Orders, sum.Records = sum.Orders+done.Orders, sum.Records+done.Records
		if err != nil {
			return sum, err
		}
	}
	if dry {
		return sum, nil
	}
	for _, k := range a.Keys {
		if err := s.Records().Delete(ctx, kindCustomer, k); err != nil && !errors.Is(err, store.ErrNotFound) {
			return sum, fmt.Errorf("erase person: notes: %w", err)
		}
	}
	return sum, a.note(ctx, s, "privacy.person", fmt.Sprintf("%d orders: %s", sum.Orders, a.Reason), at)
}

func (a Ask) note(ctx context.Context, s store.Store, action, note string, at time.Time) error {
	object := "customer:"
	if len(a.Keys) > 0 {
		object += a.Keys[0]
	}
	_, err := s.Audit().Append(ctx, account.Entry{At: at, By: a.By, Via: a.Via, Ref: a.Ref, Action: action, Object: object, Note: note})
	if err != nil {
		return fmt.Errorf("privacy: audit: %w", err)
	}
	return nil
}
