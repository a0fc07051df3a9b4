package scope

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

// figures implements store.Figures. Most figures are kept by channel, and a
// limited scope gets its part of them; one customer is counted from the orders;
// how customers come back over all time is not to be had.
type figures struct {
	all    store.Figures
	orders store.Orders
}

func (f figures) Days(ctx context.Context, r report.Range) (report.Figures, error) {
	return part(ctx, r, f.all.Days)
}

func (f figures) Sales(ctx context.Context, r report.Range) (report.Figures, error) {
	return part(ctx, r, f.all.Sales)
}

func part(ctx context.Context, r report.Range, read func(context.Context, report.Range) (report.Figures, error)) (report.Figures, error) {
	s, err := decided(ctx)
	if err != nil {
		return report.Figures{}, err
	}
	fig, err := read(ctx, r)
	if err != nil || !s.Limited() {
		return fig, err
	}
	return s.part(fig), nil
}

// part is the figures of the scope's channels, in memory of their own. The
// different customers of a day are not kept by channel and are left out, as are
// the names of other channels and of what only they sold.
func (s Scope) part(fig report.Figures) report.Figures {
	names := report.Names{States: fig.Names.States, Products: make([]report.Product, len(fig.Names.Products))}
	number := map[uint32]uint32{}
	for i, c := range fig.Names.Channels {
		if s.Allows(c.ID) {
			number[uint32(i)] = uint32(len(names.Channels))
			names.Channels = append(names.Channels, c)
		}
	}
	out := report.Figures{Range: fig.Range, Pending: fig.Pending}
	for _, d := range fig.Days {
		day := &report.DayFigures{Day: d.Day,
			Cells: ofNumber(d.Cells, number, func(x *report.Cell) *uint32 { return &x.Channel }),
			Hours: ofNumber(d.Hours, number, func(x *report.Hour) *uint32 { return &x.Channel }),
			Sales: ofNumber(d.Sales, number, func(x *report.Sale) *uint32 { return &x.Channel }),
			Waits: ofNumber(d.Waits, number, func(x *report.Wait) *uint32 { return &x.Channel })}
		for _, c := range day.Cells {
			day.Orders += c.Orders
		}
		for _, x := range day.Sales {
			names.Products[x.Product] = fig.Names.Products[x.Product]
		}
		if len(day.Cells) > 0 {
			out.Days = append(out.Days, day)
		}
	}
	out.Names = names
	return out
}

// ofNumber copies the lines of channels that have a number, under that number.
func ofNumber[T any](list []T, number map[uint32]uint32, channel func(*T) *uint32) []T {
	var out []T
	for _, x := range list {
		if n, ok := number[*channel(&x)]; ok {
			*channel(&x) = n
			out = append(out, x)
		}
	}
	return out
}

// Customers implements store.Figures: visits are kept by channel.
func (f figures) Customers(ctx context.Context, q report.CustomerQuery) (report.Customers, error) {
	s, err := decided(ctx)
	if err != nil {
		return report.Customers{}, err
	}
	if s.Limited() {
		asked := q.Channels
		q.Channels = slices.DeleteFunc(s.Channels(), func(id string) bool { return len(asked) > 0 && !slices.Contains(asked, id) })
		if len(q.Channels) == 0 {
			return report.Customers{}, nil // an empty list would ask for all
		}
	}
	return f.all.Customers(ctx, q)
}

// Customer implements store.Figures; a limited scope has it counted from its
// orders, which takes a read for each.
func (f figures) Customer(ctx context.Context, key string) (report.Customer, error) {
	s, err := decided(ctx)
	if err != nil {
		return report.Customer{}, err
	}
	if !s.Limited() {
		return f.all.Customer(ctx, key)
	}
	days, names := map[report.Day]*report.Tally{}, report.NewDictionary()
	where := order.Term{Field: order.FieldCustomer, Text: []string{key}}
	err = f.orders.Each(ctx, order.Query{Where: where, Sort: order.NewestFirst}, func(o order.Order) error {
		// Which zone the days are of does not matter to a sum over all of them.
		d := report.DayOf(o.Facts.OrderedAt, time.UTC)
		if days[d] == nil {
			days[d] = report.NewTally(d, time.UTC, names)
		}
		days[d].Add(o)
		return nil
	})
	if err != nil {
		return report.Customer{}, err
	}
	var visits []report.Visit
	for _, t := range days {
		visits = append(visits, t.Visits()...)
	}
	visits = slices.DeleteFunc(visits, func(v report.Visit) bool { return v.Customer != key })
	if len(visits) == 0 {
		return report.Customer{}, fmt.Errorf("customer: %w", store.ErrNotFound)
	}
	return report.CustomerOf(visits), nil
}

// Loyalty implements store.Figures: it is kept over all channels only.
func (f figures) Loyalty(ctx context.Context) (report.Loyalty, error) {
	if err := whole(ctx); err != nil {
		return report.Loyalty{}, err
	}
	return f.all.Loyalty(ctx)
}

func (f figures) Recount(ctx context.Context, limit int) (int, error) {
	if err := whole(ctx); err != nil {
		return 0, err
	}
	return f.all.Recount(ctx, limit)
}

func (f figures) Verify(ctx context.Context, fn func(report.Difference) error) error {
	if err := whole(ctx); err != nil {
		return err
	}
	return f.all.Verify(ctx, fn)
}

func (f figures) Rebuild(ctx context.Context, progress func(done, of int)) error {
	if err := whole(ctx); err != nil {
		return err
	}
	return f.all.Rebuild(ctx, progress)
}
