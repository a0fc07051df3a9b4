package mongo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// figures implements rollup.Engine without transactions. What follows from a
// recount is written in an order in which a crash anywhere leaves something
// that brings the rest about:
//
//  1. the day, in one document, with the names of the customers that changed;
//  2. each of these customers, in one document (figurecustomers.go);
//  3. the sums over everybody, in one document (figuresums.go);
//  4. the day's list of names is emptied, and its mark cleared.
//
// Until 4 the day is marked, and the next recount takes the names along.
//
// Days, at some 100 KB each, may be sharded on {_id: "hashed"}; customers on
// {_id: 1}, by which all but the first pages of a ranking find them.
type figures struct {
	days      *mongo.Collection
	customers *mongo.Collection
	sums      *mongo.Collection
	marks     marks
	orders    orders
}

type dayDoc struct {
	Day int64 `bson:"_id"`
	// Revision grows with each count that changed anything.
	Revision int64 `bson:"revision"`
	Kept     bool  `bson:"kept"` // false: no order of the day counts
	// Era is the one of the customers that know of the visits; see sumsDoc.
	Era     int64  `bson:"era"`
	Figures []byte `bson:"figures,omitempty"`
	Visits  []byte `bson:"visits,omitempty"`
	Sales   []byte `bson:"sales,omitempty"`
	// Touched are the customers that may not have been told of this revision.
	Touched []string `bson:"touched,omitempty"`
}

// Marks implements rollup.Engine.
func (f figures) Marks(ctx context.Context, r report.Range, limit int) ([]rollup.Mark, error) {
	if err := f.finishRestart(ctx); err != nil {
		return nil, err
	}
	return f.marks.list(ctx, r, limit)
}

// keptDays matches the days of a range that have figures.
func keptDays(r report.Range) bson.D {
	return bson.D{{Key: "kept", Value: true}, daysBetween(r)}
}

// Revisions implements rollup.Engine.
func (f figures) Revisions(ctx context.Context, r report.Range) ([]rollup.Revision, error) {
	opts := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetProjection(bson.D{{Key: "revision", Value: 1}})
	cur, err := f.days.Find(ctx, keptDays(r), opts)
	docs, err := readAll[dayDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("read the days", err)
	}
	list := make([]rollup.Revision, len(docs))
	for i, d := range docs {
		list[i] = rollup.Revision{Day: report.Day(d.Day), Number: d.Revision}
	}
	return list, nil
}

// Read implements rollup.Engine.
func (f figures) Read(ctx context.Context, p rollup.Part, days []report.Day, fn func(at rollup.Revision, doc []byte) error) error {
	const piece = 100
	field := "figures"
	switch p {
	case rollup.PartVisits:
		field = "visits"
	case rollup.PartSales:
		field = "sales"
	}
	opts := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetProjection(bson.D{{Key: "revision", Value: 1}, {Key: field, Value: 1}})
	for chunk := range slices.Chunk(slices.Sorted(slices.Values(days)), piece) {
		keys := make([]int64, len(chunk))
		for i, d := range chunk {
			keys[i] = int64(d)
		}
		cur, err := f.days.Find(ctx, bson.D{{Key: "_id", Value: in(keys)}, {Key: "kept", Value: true}}, opts)
		docs, err := readAll[dayDoc](ctx, cur, err)
		if err != nil {
			return failed("read the days", err)
		}
		for _, d := range docs {
			doc := d.Figures
			switch p {
			case rollup.PartVisits:
				doc = d.Visits
			case rollup.PartSales:
				doc = d.Sales
			}
			if err := fn(rollup.Revision{Day: report.Day(d.Day), Number: d.Revision}, doc); err != nil {
				return err
			}
		}
	}
	return nil
}

// placedBetween matches the orders of a time that are archived, or those that
// are not.
func placedBetween(archived bool, from, to time.Time) bson.D {
	return bson.D{
		{Key: "find.archived", Value: archived},
		{Key: "seq", Value: bson.D{{Key: "$gte", Value: order.SortKey(from, 0)}, {Key: "$lt", Value: order.SortKey(to, 0)}}},
	}
}

// Placed implements rollup.Engine.
func (f figures) Placed(ctx context.Context, from, to time.Time, fn func(order.Order) error) error {
	for _, archived := range []bool{false, true} {
		if err := f.placed(ctx, placedBetween(archived, from, to), fn); err != nil {
			return err
		}
	}
	return nil
}

func (f figures) placed(ctx context.Context, filter bson.D, fn func(order.Order) error) error {
	opts := options.Find().SetBatchSize(eachBatch).SetProjection(bson.D{{Key: "find", Value: 0}})
	cur, err := startWalk(ctx, f.orders.coll, filter, opts)
	if err != nil {
		return failed("walk orders", err)
	}
	defer func() { _ = cur.Close(context.WithoutCancel(ctx)) }() // a context that is over must not keep it open
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

// Keep implements rollup.Engine.
func (f figures) Keep(ctx context.Context, c rollup.Counted) (bool, error) {
	if marked, err := f.marks.isMarked(ctx, c.Mark.Day); err != nil || !marked {
		return false, err
	}
	era, err := f.era(ctx)
	if err != nil {
		return false, err
	}
	was, err := f.day(ctx, c.Mark.Day)
	if err != nil {
		return false, err
	}
	if was.Kept && was.Revision != c.Before || !was.Kept && c.Before != 0 {
		return false, nil
	}
	changes, err := f.toTell(c, was, era)
	if err != nil {
		return false, err
	}
	next := dayDoc{Day: was.Day, Revision: was.Revision, Kept: len(c.Figures) > 0, Era: era, Figures: c.Figures, Visits: c.Visits, Sales: c.Sales}
	if len(changes) > 0 || !bytes.Equal(was.Figures, c.Figures) || !bytes.Equal(was.Visits, c.Visits) || !bytes.Equal(was.Sales, c.Sales) || was.Era != era {
		next.Revision++
		for _, change := range changes {
			next.Touched = append(next.Touched, change.Customer)
		}
		if ok, err := f.swapDay(ctx, was, next); err != nil || !ok {
			return false, err
		}
		if err := f.tell(ctx, c.Mark.Day, next.Revision, era, changes); err != nil {
			return false, err
		}
	}
	return true, f.marks.clear(ctx, c.Mark)
}

// toTell adds to the customers that changed those that a crash may have kept
// from being told earlier. In a new era that is everybody.
func (f figures) toTell(c rollup.Counted, was dayDoc, era int64) ([]rollup.Change, error) {
	told := make(map[string]bool, len(c.Changes))
	changes := slices.Clone(c.Changes)
	for _, change := range changes {
		told[change.Customer] = true
	}
	if len(was.Touched) == 0 && was.Era == era {
		return changes, nil
	}
	visits, err := rollup.DecodeVisits(c.Visits)
	if err != nil {
		return nil, fmt.Errorf("mongo: count %s: %w", c.Mark.Day, err)
	}
	of := map[string][]report.Visit{}
	for _, v := range visits {
		of[v.Customer] = append(of[v.Customer], v)
	}
	late := slices.Clone(was.Touched)
	if was.Era != era {
		for _, v := range visits {
			late = append(late, v.Customer)
		}
	}
	for _, customer := range late {
		if !told[customer] {
			told[customer] = true
			changes = append(changes, rollup.Change{Customer: customer, Visits: of[customer]})
		}
	}
	return changes, nil
}

// tell tells the customers of a day's revision, and notes that it was done.
func (f figures) tell(ctx context.Context, day report.Day, revision, era int64, changes []rollup.Change) error {
	for chunk := range slices.Chunk(changes, customerBatch) {
		if err := f.tellCustomers(ctx, day, revision, era, chunk); err != nil {
			return err
		}
	}
	// Who has replaced the day meanwhile has taken the names over.
	same := bson.D{{Key: "_id", Value: int64(day)}, {Key: "revision", Value: revision}}
	_, err := f.days.UpdateOne(ctx, same, bson.D{{Key: "$unset", Value: bson.D{{Key: "touched", Value: ""}}}})
	return failed("store a day", err)
}

// day reads a day; one that was never kept is empty.
func (f figures) day(ctx context.Context, d report.Day) (dayDoc, error) {
	cur, err := f.days.Find(ctx, bson.D{{Key: "_id", Value: int64(d)}})
	docs, err := readAll[dayDoc](ctx, cur, err)
	if err != nil || len(docs) == 0 {
		return dayDoc{Day: int64(d)}, failed("read a day", err)
	}
	return docs[0], nil
}

// swapDay replaces a day if nobody did so since it was read.
func (f figures) swapDay(ctx context.Context, was, next dayDoc) (bool, error) {
	raw, err := marshal(next)
	if err != nil {
		return false, failed("store a day", err)
	}
	if len(raw) > maxDocument {
		return false, fmt.Errorf("mongo: the figures of %s are %d bytes, at most %d", report.Day(next.Day), len(raw), maxDocument)
	}
	if was.Revision == 0 {
		_, err := f.days.InsertOne(ctx, raw)
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		return err == nil, failed("store a day", err)
	}
	res, err := f.days.ReplaceOne(ctx, bson.D{{Key: "_id", Value: was.Day}, {Key: "revision", Value: was.Revision}}, raw)
	if err != nil {
		return false, failed("store a day", err)
	}
	return res.MatchedCount == 1, nil
}
