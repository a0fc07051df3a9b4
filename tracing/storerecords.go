package tracing

import (
	"context"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

type records struct{ store.Records }

// Get implements store.Records.
func (t records) Get(ctx context.Context, kind, id string) (_ store.Record, err error) {
	ctx, s := Step(ctx, "store.records.get")
	defer s.Ended(&err)
	return t.Records.Get(ctx, kind, id)
}

// ByKey implements store.Records.
func (t records) ByKey(ctx context.Context, kind, key string) (_ store.Record, err error) {
	ctx, s := Step(ctx, "store.records.by_key")
	defer s.Ended(&err)
	return t.Records.ByKey(ctx, kind, key)
}

// List implements store.Records.
func (t records) List(ctx context.Context, q store.RecordQuery) (_ []store.Record, err error) {
	ctx, s := Step(ctx, "store.records.list")
	defer s.Ended(&err)
	return t.Records.List(ctx, q)
}

// Count implements store.Records.
func (t records) Count(ctx context.Context, q store.RecordQuery) (_ int, err error) {
	ctx, s := Step(ctx, "store.records.count")
	defer s.Ended(&err)
	return t.Records.Count(ctx, q)
}

// Create implements store.Records.
func (t records) Create(ctx context.Context, r store.Record) (err error) {
	ctx, s := Step(ctx, "store.records.create")
	defer s.Ended(&err)
	return t.Records.Create(ctx, r)
}

// Delete implements store.Records.
func (t records) Delete(ctx context.Context, kind, id string) (err error) {
	ctx, s := Step(ctx, "store.records.delete")
	defer s.Ended(&err)
	return t.Records.Delete(ctx, kind, id)
}

// DeleteWhere implements store.Records.
func (t records) DeleteWhere(ctx context.Context, q store.RecordQuery) (_ int, err error) {
	ctx, s := Step(ctx, "store.records.delete_where")
	defer s.Ended(&err)
	return t.Records.DeleteWhere(ctx, q)
}

// Update implements store.Records.
func (t records) Update(ctx context.Context, kind, id string, fn func(*store.Record) error) (_ store.Record, err error) {
	ctx, s := Step(ctx, "store.records.update")
	defer s.Ended(&err)
	return t.Records.Update(ctx, kind, id, fn)
}

type figures struct{ store.Figures }

// Days implements store.Figures.
func (t figures) Days(ctx context.Context, r report.Range) (_ report.Figures, err error) {
	ctx, s := Step(ctx, "store.figures.days")
	defer s.Ended(&err)
	return t.Figures.Days(ctx, r)
}

// Sales implements store.Figures.
func (t figures) Sales(ctx context.Context, r report.Range) (_ report.Figures, err error) {
	ctx, s := Step(ctx, "store.figures.sales")
	defer s.Ended(&err)
	return t.Figures.Sales(ctx, r)
}

// Customers implements store.Figures.
func (t figures) Customers(ctx context.Context, q report.CustomerQuery) (_ report.Customers, err error) {
	ctx, s := Step(ctx, "store.figures.customers")
	defer s.Ended(&err)
	return t.Figures.Customers(ctx, q)
}

// Customer implements store.Figures.
func (t figures) Customer(ctx context.Context, key string) (_ report.Customer, err error) {
	ctx, s := Step(ctx, "store.figures.customer")
	defer s.Ended(&err)
	return t.Figures.Customer(ctx, key)
}

// Loyalty implements store.Figures.
func (t figures) Loyalty(ctx context.Context) (_ report.Loyalty, err error) {
	ctx, s := Step(ctx, "store.figures.loyalty")
	defer s.Ended(&err)
	return t.Figures.Loyalty(ctx)
}

// Recount implements store.Figures.
func (t figures) Recount(ctx context.Context, limit int) (_ int, err error) {
	ctx, s := Step(ctx, "store.figures.recount")
	defer s.Ended(&err)
	return t.Figures.Recount(ctx, limit)
}

// Verify implements store.Figures.
func (t figures) Verify(ctx context.Context, fn func(report.Difference) error) (err error) {
	ctx, s := Step(ctx, "store.figures.verify")
	defer s.Ended(&err)
	return t.Figures.Verify(ctx, fn)
}

// Rebuild implements store.Figures.
func (t figures) Rebuild(ctx context.Context, progress func(done, of int)) (err error) {
	ctx, s := Step(ctx, "store.figures.rebuild")
	defer s.Ended(&err)
	return t.Figures.Rebuild(ctx, progress)
}
