package mongo

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// marks says which business days must be counted again. A mark cannot be
// written together with the order it is about, so it is set twice. The one
// before the order survives a crash between the two; the one after it tells
// whoever counted the day in between to count again. Only a crash at that very
// moment could leave a counted day wrong, and for that a mark that was counted
// stays open until it is older than any write can be, and is counted once more.
//
// A mark's document stays for good, so that its number only grows. There is one
// for each day, which a sharded cluster leaves on one shard.
type marks struct {
	coll   *mongo.Collection
	zone   *time.Location
	settle time.Duration
}

// settleMarks outlasts the slowest write: its attempts, each of them with the
// time of the client.
const settleMarks = 3 * time.Minute

type markDoc struct {
	Day    int64     `bson:"_id"`
	Number int64     `bson:"number"`          // counts how often the day was marked
	Done   int64     `bson:"done"`            // the number up to which it is counted
	Open   bool      `bson:"open"`            // it must be counted, now or once more
	At     time.Time `bson:"at"`              // of the last mark, by the server's clock
	Asked  time.Time `bson:"asked,omitempty"` // the server's clock when it was read; not stored
}

// of are the days whose figures a change of an order touches; before is nil for
// a new one. What counts is asked of report.Tally itself.
func (m marks) of(before *order.Order, after order.Order) []report.Day {
	var days []report.Day
	if before == nil || !sameFigures(*before, after, m.zone) {
		for _, o := range []*order.Order{before, &after} {
			if o != nil && report.Counts(*o) {
				days = append(days, report.DayOf(o.Facts.OrderedAt, m.zone))
			}
		}
	}
	return days
}

func sameFigures(a, b order.Order, zone *time.Location) bool {
	if !report.Counts(a) && !report.Counts(b) {
		return true
	}
	day := report.DayOf(a.Facts.OrderedAt, zone)
	if day != report.DayOf(b.Facts.OrderedAt, zone) {
		return false
	}
	names := report.NewDictionary()
	one, two := report.NewTally(day, zone, names), report.NewTally(day, zone, names)
	one.Add(a)
	two.Add(b)
	return reflect.DeepEqual(one.Figures(), two.Figures()) && reflect.DeepEqual(one.Visits(), two.Visits())
}

// mark makes days dirty.
func (m marks) mark(ctx context.Context, days []report.Day) error {
	slices.Sort(days)
	days = slices.Compact(days)
	if len(days) == 0 {
		return nil
	}
	models := make([]mongo.WriteModel, len(days))
	for i, d := range days {
		models[i] = mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(bson.D{{Key: "_id", Value: int64(d)}}).SetUpdate(bson.D{
			{Key: "$inc", Value: bson.D{{Key: "number", Value: int64(1)}}},
			{Key: "$set", Value: bson.D{{Key: "open", Value: true}}},
			{Key: "$currentDate", Value: bson.D{{Key: "at", Value: true}}},
		})
	}
	return failed("mark days", twice(func() error {
		_, err := m.coll.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		return err
	}))
}

// daysBetween matches the days of a range. It names the day after: a compatible
// server has been seen to leave out the last one of an index's middle field.
func daysBetween(r report.Range) bson.E {
	return bson.E{Key: "_id", Value: bson.D{{Key: "$gte", Value: int64(r.From)}, {Key: "$lt", Value: int64(r.To) + 1}}}
}

// openMarks matches the marks of a range that are open.
func openMarks(r report.Range) bson.D {
	return bson.D{{Key: "open", Value: true}, daysBetween(r)}
}

// list returns the marks that are to be worked off, newest day first.
func (m marks) list(ctx context.Context, r report.Range, limit int) ([]rollup.Mark, error) {
	cur, err := m.coll.Aggregate(ctx, mongo.Pipeline{
		{{Key: "$match", Value: openMarks(r)}},
		{{Key: "$sort", Value: bson.D{{Key: "_id", Value: -1}}}},
		{{Key: "$addFields", Value: bson.D{{Key: "asked", Value: "$$NOW"}}}},
	})
	docs, err := readAll[markDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("read marks", err)
	}
	var list []rollup.Mark
	for _, d := range docs {
		settled := d.Asked.Sub(d.At) >= m.settle
		if d.Done == d.Number && !settled {
			continue
		}
		if len(list) == limit {
			break
		}
		list = append(list, rollup.Mark{Day: report.Day(d.Day), Number: markNumber(d.Number, settled)})
	}
	return list, nil
}

// markNumber tells a mark that was settled before it was counted from one that
// was not: counting the former is the last time.
func markNumber(number int64, settled bool) int64 {
	if settled {
		return 2*number + 1
	}
	return 2 * number
}

// clear says that a day was counted under a mark. It stays marked if more
// happened meanwhile.
func (m marks) clear(ctx context.Context, counted rollup.Mark) error {
	number := counted.Number / 2
	change := bson.D{{Key: "done", Value: number}}
	if counted.Number%2 == 1 {
		change = append(change, bson.E{Key: "open", Value: false})
	}
	same := bson.D{{Key: "_id", Value: int64(counted.Day)}, {Key: "number", Value: number}}
	_, err := m.coll.UpdateOne(ctx, same, bson.D{{Key: "$set", Value: change}})
	return failed("clear a mark", err)
}

// isMarked tells whether a day has an open mark.
func (m marks) isMarked(ctx context.Context, d report.Day) (bool, error) {
	n, err := m.coll.CountDocuments(ctx, bson.D{{Key: "_id", Value: int64(d)}, {Key: "open", Value: true}})
	if err != nil {
		return false, fmt.Errorf("mongo: read a mark: %w", err)
	}
	return n > 0, nil
}
