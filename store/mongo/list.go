package mongo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// rowOnly leaves out what no list shows.
var rowOnly = bson.D{{Key: "history", Value: 0}, {Key: "reported", Value: 0}, {Key: "desk.notes", Value: 0},
	{Key: "find.words", Value: 0}, {Key: "find.keys", Value: 0}}

const (
	maxLimit = 1000
	// maxSkip bounds pages by number: what is skipped is walked.
	maxSkip = 10_000
)

// selection is a query ready for the server.
type selection struct {
	sorting
	filter    bson.D
	backwards bool
	limit     int
	skip      int
}

func selectionOf(q order.Query) (selection, error) {
	s, err := sortingOf(q.Sort)
	if err != nil {
		return selection{}, err
	}
	sel := selection{sorting: s, limit: min(q.Limit, maxLimit), backwards: q.Before != ""}
	if sel.limit <= 0 {
		sel.limit = order.DefaultLimit
	}
	sel.filter = all(where(q.Where), s.present())
	edge := q.After
	if sel.backwards {
		edge = q.Before
	}
	switch {
	case q.After != "" && q.Before != "":
		return selection{}, fmt.Errorf("mongo: %w: two cursors", store.ErrQuery)
	case edge != "":
		p, err := s.parse(edge)
		if err != nil {
			return selection{}, err
		}
		sel.filter = all(sel.filter, s.beyond(p, sel.backwards))
	case q.Page-1 > maxSkip/sel.limit:
		return selection{}, fmt.Errorf("mongo: %w: page %d is too deep, use cursors", store.ErrQuery, q.Page)
	case q.Page > 1:
		sel.skip = (q.Page - 1) * sel.limit
	}
	return sel, nil
}

// options asks for one order more than a page, which tells whether another
// page follows.
func (s selection) options() *options.FindOptions {
	return options.Find().SetSort(s.keys(s.backwards)).SetSkip(int64(s.skip)).SetLimit(int64(s.limit) + 1).
		SetProjection(rowOnly).SetAllowDiskUse(true)
}

// List implements store.Orders.
func (r orders) List(ctx context.Context, q order.Query) (order.Page, error) {
	sel, err := selectionOf(q)
	if err != nil {
		return order.Page{}, err
	}
	cur, err := r.coll.Find(ctx, sel.filter, sel.options())
	docs, err := readAll[orderDoc](ctx, cur, err)
	if err != nil {
		return order.Page{}, failed("list orders", err)
	}
	return sel.page(docs, q), nil
}

// page makes a page of what was found, which may be one order too many.
func (s selection) page(docs []orderDoc, q order.Query) order.Page {
	more := len(docs) > s.limit
	docs = docs[:min(len(docs), s.limit)]
	if s.backwards {
		slices.Reverse(docs)
	}
	page := order.Page{Rows: make([]order.Row, len(docs))}
	for i, d := range docs {
		page.Rows[i] = d.order().Row()
	}
	if len(docs) == 0 {
		return page
	}
	first, last := s.cursor(s.position(docs[0])), s.cursor(s.position(docs[len(docs)-1]))
	if more || s.backwards {
		page.Next = last
	}
	if q.After != "" || s.skip > 0 || s.backwards && more {
		page.Prev = first
	}
	return page
}

// Count implements store.Orders. Filters by one of the listed fields are
// counted in their index, without reading the orders.
func (r orders) Count(ctx context.Context, e order.Expr, limit int) (int, error) {
	if limit <= 0 {
		return 0, ctx.Err()
	}
	n, err := r.coll.CountDocuments(ctx, where(e), options.Count().SetLimit(int64(limit)))
	if err != nil {
		return 0, failed("count orders", err)
	}
	return int(n), nil
}

const (
	// eachBatch bounds what is held of a long walk, at some 5 KB an order.
	eachBatch = 200
	// batchTimeout is for one batch; for the first one the server may have to
	// sort everything that was asked for.
	batchTimeout = 2 * time.Minute
)

// Each implements store.Orders with one walk of the server's; a fn that takes
// longer than ten minutes for eachBatch orders loses it.
func (r orders) Each(ctx context.Context, q order.Query, fn func(order.Order) error) error {
	q.After, q.Before, q.Page = "", "", 0
	sel, err := selectionOf(q)
	if err != nil {
		return err
	}
	opts := options.Find().SetSort(sel.keys(false)).SetBatchSize(eachBatch).SetAllowDiskUse(true).
		SetProjection(bson.D{{Key: "find.words", Value: 0}, {Key: "find.keys", Value: 0}})
	cur, err := startWalk(ctx, r.coll, sel.filter, opts)
	if err != nil {
		return failed("walk orders", err)
	}
	// A context that is over must not keep the server's cursor open.
	defer func() { _ = cur.Close(context.WithoutCancel(ctx)) }()
	for {
		d, ok, err := nextDoc(ctx, cur)
		if err != nil || !ok {
			return failed("walk orders", err)
		}
		if err := fn(d.order()); err != nil {
			return err
		}
	}
}

// startWalk gives the first batch its time by the context: the client's own
// timeout would have the server count the time of all batches together.
func startWalk(ctx context.Context, coll *mongo.Collection, filter bson.D, opts *options.FindOptions) (*mongo.Cursor, error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	return coll.Find(ctx, filter, opts)
}

func nextDoc(ctx context.Context, cur *mongo.Cursor) (d orderDoc, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	if !cur.Next(ctx) {
		return d, false, cur.Err()
	}
	err = cur.Decode(&d)
	return d, err == nil, err
}
