package customer

import (
	"context"
	"errors"
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

// Row is one customer in a list.
type Row struct {
	report.Customer
	Name, Phone, Email, City string
	Joined                   int // identities beside the main one
}

// ReturnRate is as Person.ReturnRate.
func (r Row) ReturnRate() float64 { return rate(r.Customer) }

// Top is a page of all customers in the wanted sort, and how many identities
// there are. Identities that were joined stand together where the first of them
// would.
func (b Book) Top(ctx context.Context, sort report.CustomerSort, limit, offset int) (rows []Row, total int, err error) {
	all, err := b.Figures.Customers(ctx, report.CustomerQuery{Range: report.Ever(), Sort: sort, Limit: limit, Offset: offset})
	if err != nil {
		return nil, 0, fmt.Errorf("customers: %w", err)
	}
	seen := map[string]bool{}
	for _, c := range all.Top {
		row, err := b.row(ctx, c.Key, seen)
		if err != nil {
			return nil, 0, err
		}
		if row != nil {
			rows = append(rows, *row)
		}
	}
	return rows, all.Total, nil
}

// Find lists customers of the newest orders that a search finds; complete is
// false when there were more orders than it looks at.
func (b Book) Find(ctx context.Context, where order.Expr, limit int) ([]Row, error) {
	return b.matching(ctx, where, limit)
}

var errEnough = errors.New("enough")

func (b Book) matching(ctx context.Context, where order.Expr, limit int) ([]Row, error) {
	seen, looked := map[string]bool{}, 0
	var rows []Row
	err := b.Orders.Each(ctx, order.Query{Where: where, Sort: order.NewestFirst}, func(o order.Order) error {
		if looked++; looked > searchDepth || len(rows) >= limit {
			return errEnough
		}
		key := o.CustomerKey()
		if key == "" || seen[key] {
			return nil
		}
		row, err := b.row(ctx, key, seen)
		if err == nil && row != nil {
			rows = append(rows, *row)
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("customers: %w", err)
	}
	return rows, nil
}

// row is the person of a key, nil when seen knows them already.
func (b Book) row(ctx context.Context, key string, seen map[string]bool) (*Row, error) {
	if seen[key] {
		return nil, nil //nolint:nilnil // said so above
	}
	p, err := b.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) { // its last order was archived a moment ago
		return nil, nil //nolint:nilnil // nobody to show
	}
	if err != nil {
		return nil, err
	}
	if seen[p.Key] {
		return nil, nil //nolint:nilnil // said so above
	}
	for _, k := range append(p.Keys, key) {
		seen[k] = true
	}
	c := p.Contact
	return &Row{Customer: p.Sum, Name: c.Name, Phone: c.Phone, Email: c.Email, City: c.Address.City, Joined: len(p.Keys) - 1}, nil
}
