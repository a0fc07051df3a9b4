package mongo

import (
	"context"
	"fmt"
	"math"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// Occupied implements rollup.Engine. It hops from day to day over the index,
// once for each kind of order that the index tells apart.
func (f figures) Occupied(ctx context.Context) ([]report.Day, error) {
	at := map[report.Day]bool{}
	var list []report.Day
	for _, archived := range []bool{false, true} {
		for next := int64(math.MinInt64); ; {
			filter := bson.D{{Key: "find.archived", Value: archived}, {Key: "seq", Value: bson.D{{Key: "$gte", Value: next}}}}
			opts := options.Find().SetSort(bson.D{{Key: "seq", Value: 1}}).SetLimit(1).SetProjection(bson.D{{Key: "facts.orderedAt", Value: 1}})
			cur, err := f.orders.coll.Find(ctx, filter, opts)
			docs, err := readAll[orderDoc](ctx, cur, err)
			if err != nil {
				return nil, failed("find the days", err)
			}
			if len(docs) == 0 {
				break
			}
			day := report.DayOf(docs[0].Facts.OrderedAt, f.marks.zone)
			if !at[day] {
				at[day] = true
				list = append(list, day)
			}
			next = order.SortKey((day + 1).Start(f.marks.zone), 0)
		}
	}
	return list, nil
}

// form says how days are counted and written.
func (f figures) form() string { return fmt.Sprint(f.marks.zone, " ", rollup.Form) }

// followForm forgets days that were counted in another zone or written in
// another form, and has them counted anew.
func (f figures) followForm(ctx context.Context) error {
	kept, err := f.sumsOf(ctx, "form")
	if err != nil || kept.Form == f.form() {
		return err
	}
	forget := bson.D{
		{Key: "$set", Value: bson.D{{Key: "kept", Value: false}}},
		{Key: "$inc", Value: bson.D{{Key: "revision", Value: int64(1)}}},
		{Key: "$unset", Value: bson.D{{Key: "figures", Value: ""}, {Key: "sales", Value: ""}, {Key: "visits", Value: ""}}},
	}
	if _, err := f.days.UpdateMany(ctx, bson.D{{Key: "kept", Value: true}}, forget); err != nil {
		return failed("forget days", err)
	}
	return f.recountAll(ctx)
}

// recountAll makes every day dirty that has orders.
func (f figures) recountAll(ctx context.Context) error {
	days, err := f.Occupied(ctx)
	if err != nil {
		return err
	}
	return f.Restart(ctx, days)
}

// Restart implements rollup.Engine. A new era begins with a list of the days to
// be marked, in one write; whoever asks for marks first, marks them.
func (f figures) Restart(ctx context.Context, days []report.Day) error {
	todo := make([]int64, 0, len(days))
	for _, d := range days {
		todo = append(todo, int64(d))
	}
	err := untilWritten(ctx, func(int) (bool, error) {
		was, err := f.sumsOf(ctx)
		if err != nil {
			return false, err
		}
		return f.swapSums(ctx, was, sumsDoc{ID: everybody, Era: was.Era + 1, Form: f.form(), Todo: append(todo, math.MinInt64)})
	})
	if err != nil {
		return err
	}
	return f.finishRestart(ctx)
}

// finishRestart marks the days of a new era and deletes the customers of older
// ones, which nothing looks at any more.
func (f figures) finishRestart(ctx context.Context) error {
	now, err := f.sumsOf(ctx, "era", "todo")
	if err != nil || len(now.Todo) == 0 {
		return err
	}
	kept, err := f.Revisions(ctx, report.Ever())
	if err != nil {
		return err
	}
	var days []report.Day
	for _, d := range now.Todo {
		if d != math.MinInt64 { // which says only that there is something to do
			days = append(days, report.Day(d))
		}
	}
	for _, r := range kept {
		days = append(days, r.Day)
	}
	if err := f.marks.mark(ctx, days); err != nil {
		return err
	}
	if _, err := f.customers.DeleteMany(ctx, bson.D{{Key: "era", Value: bson.D{{Key: "$lt", Value: now.Era}}}}); err != nil {
		return failed("delete customers", err)
	}
	same := bson.D{{Key: "_id", Value: everybody}, {Key: "era", Value: now.Era}}
	_, err = f.sums.UpdateOne(ctx, same, bson.D{{Key: "$unset", Value: bson.D{{Key: "todo", Value: ""}}}, {Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}}})
	return failed("store the sums", err)
}
