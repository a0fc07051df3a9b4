package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// customerBatch is how many customers are told of a day at once.
const customerBatch = 500

// buyerDoc is one customer over all time.
type buyerDoc struct {
	Key     string `bson:"_id"`
	Version int64  `bson:"version"`
	Era     int64  `bson:"era"` // see sumsDoc
	// Live is the era of a customer with orders; rankings find those only.
	Live *int64       `bson:"live,omitempty"`
	Days []visitedDoc `bson:"days"`

	Orders   int       `bson:"orders"`
	Returned int       `bson:"returned"`
	Units    int       `bson:"units"`
	Gross    int64     `bson:"gross"`
	Net      int64     `bson:"net"`
	First    time.Time `bson:"first,omitempty"`
	Last     time.Time `bson:"last,omitempty"`
	State    string    `bson:"state,omitempty"`
	Pincode  string    `bson:"pincode,omitempty"`

	// Delta is what this version changes in the sums, until they have it; Fold
	// names the write that brought it.
	Delta []sumDoc            `bson:"delta,omitempty"`
	Fold  *primitive.ObjectID `bson:"fold,omitempty"`
}

// visitedDoc is what a customer did on one day, as of a revision of that day:
// who was slow does not put an older one in its place. A day without visits
// stays for that reason.
type visitedDoc struct {
	Day      int64  `bson:"day"`
	Revision int64  `bson:"revision"`
	Visits   []byte `bson:"visits,omitempty"`
}

func (d buyerDoc) customer() report.Customer {
	return report.Customer{Key: d.Key, Orders: d.Orders, Returned: d.Returned, Units: d.Units, Gross: d.Gross, Net: d.Net,
		First: d.First, Last: d.Last, State: d.State, Pincode: d.Pincode}
}

func (d buyerDoc) visits() ([]report.Visit, error) {
	var all []report.Visit
	for _, v := range d.Days {
		visits, err := rollup.DecodeVisits(v.Visits)
		if err != nil {
			return nil, fmt.Errorf("mongo: customer %s, %s: %w", d.Key, report.Day(v.Day), err)
		}
		all = rollup.Replace(all, report.Day(v.Day), visits)
	}
	return all, nil
}

// told is the customer after it was told of a day; ok is false when it knows
// that revision or a newer one. What it knows of an older era it forgets.
func (d buyerDoc) told(day report.Day, revision, era int64, visits []report.Visit) (next buyerDoc, ok bool, err error) {
	next = buyerDoc{Key: d.Key, Version: d.Version + 1, Era: max(d.Era, era)}
	var before []report.Visit
	if d.Era >= era {
		next.Days = append(next.Days, d.Days...)
		if before, err = d.visits(); err != nil {
			return next, false, err
		}
	}
	now := visitedDoc{Day: int64(day), Revision: revision}
	if len(visits) > 0 {
		now.Visits = rollup.EncodeVisits(visits)
	}
	known := false
	for i, v := range next.Days {
		if v.Day != now.Day {
			continue
		}
		if v.Revision >= revision {
			return d, false, nil
		}
		next.Days[i], known = now, true
	}
	if !known {
		next.Days = append(next.Days, now)
	}
	after := rollup.Replace(before, day, visits)
	next.sum(after)
	delta := report.CustomerSums{}
	delta.AddCustomer(before, -1)
	delta.AddCustomer(after, 1)
	next.Delta = toSumDocs(delta)
	return next, true, nil
}

// sum fills in what follows from the visits.
func (d *buyerDoc) sum(visits []report.Visit) {
	if len(visits) == 0 {
		return
	}
	c := report.CustomerOf(visits)
	d.Live = &d.Era
	d.Orders, d.Returned, d.Units, d.Gross, d.Net = c.Orders, c.Returned, c.Units, c.Gross, c.Net
	d.First, d.Last, d.State, d.Pincode = c.First, c.Last, c.State, c.Pincode
}

// tellCustomers tells customers of a day's revision and the sums of what
// changed by it.
func (f figures) tellCustomers(ctx context.Context, day report.Day, revision, era int64, changes []rollup.Change) error {
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = c.Customer
	}
	left := changes
	err := untilWritten(ctx, func(int) (bool, error) {
		var err error
		left, err = f.tryTelling(ctx, day, revision, era, left)
		return len(left) == 0, err
	})
	if err != nil {
		return failed("store customers", err)
	}
	return f.fold(ctx, names)
}

// tryTelling reads, decides and writes once; it returns the changes of those
// customers that somebody else wrote in between, or whose last change the sums
// did not have yet.
func (f figures) tryTelling(ctx context.Context, day report.Day, revision, era int64, changes []rollup.Change) ([]rollup.Change, error) {
	known, err := f.people(ctx, changes)
	if err != nil {
		return nil, err
	}
	fold := primitive.NewObjectID()
	var models []mongo.WriteModel
	var written, left []rollup.Change
	var unfolded []string
	for _, c := range changes {
		was, exists := known[c.Customer]
		if was.Fold != nil {
			unfolded, left = append(unfolded, c.Customer), append(left, c)
			continue
		}
		was.Key = c.Customer
		next, ok, err := was.told(day, revision, era, c.Visits)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if len(next.Delta) > 0 {
			next.Fold = &fold
		}
		model := mongo.WriteModel(mongo.NewInsertOneModel().SetDocument(next))
		if exists { // see orders.write
			same := bson.D{{Key: "_id", Value: c.Customer}, {Key: "version", Value: was.Version}}
			model = mongo.NewReplaceOneModel().SetFilter(same).SetReplacement(next).SetUpsert(true)
		}
		models, written = append(models, model), append(written, c)
	}
	if err := f.fold(ctx, unfolded); err != nil {
		return nil, err
	}
	lost, err := writeBulk(ctx, f.customers, models)
	for _, i := range lost {
		left = append(left, written[i])
	}
	return left, err
}

// writeBulk writes and returns the places of those that found their key taken.
func writeBulk(ctx context.Context, coll *mongo.Collection, models []mongo.WriteModel) (lost []int, err error) {
	if len(models) == 0 {
		return nil, nil
	}
	_, err = coll.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil {
		return nil, err
	}
	for _, e := range bulk.WriteErrors {
		if !mongo.IsDuplicateKeyError(e.WriteError) {
			return nil, err
		}
		lost = append(lost, e.Index)
	}
	return lost, nil
}

func (f figures) people(ctx context.Context, changes []rollup.Change) (map[string]buyerDoc, error) {
	keys := make([]string, len(changes))
	for i, c := range changes {
		keys[i] = c.Customer
	}
	cur, err := f.customers.Find(ctx, bson.D{{Key: "_id", Value: in(keys)}})
	docs, err := readAll[buyerDoc](ctx, cur, err)
	if err != nil {
		return nil, err
	}
	known := make(map[string]buyerDoc, len(docs))
	for _, d := range docs {
		known[d.Key] = d
	}
	return known, nil
}

// Best implements rollup.Engine.
func (f figures) Best(ctx context.Context, by report.CustomerSort, limit, offset int) ([]report.Customer, error) {
	era, err := f.era(ctx)
	if err != nil {
		return nil, err
	}
	opts := options.Find().SetSort(bestSort(by)).SetLimit(int64(limit)).SetSkip(int64(offset)).
		SetProjection(bson.D{{Key: "days", Value: 0}, {Key: "delta", Value: 0}})
	cur, err := f.customers.Find(ctx, liveIn(era), opts)
	docs, err := readAll[buyerDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("list customers", err)
	}
	list := make([]report.Customer, len(docs))
	for i, d := range docs {
		list[i] = d.customer()
	}
	return list, nil
}

func liveIn(era int64) bson.D { return bson.D{{Key: "live", Value: era}} }

func bestSort(by report.CustomerSort) bson.D {
	field := "net"
	switch by {
	case report.ByOrders:
		field = "orders"
	case report.ByLastSeen:
		field = "last"
	}
	return bson.D{{Key: field, Value: -1}, {Key: "_id", Value: 1}}
}

// Visits implements rollup.Engine.
func (f figures) Visits(ctx context.Context, customer string) ([]report.Visit, error) {
	era, err := f.era(ctx)
	if err != nil {
		return nil, err
	}
	cur, err := f.customers.Find(ctx, append(bson.D{{Key: "_id", Value: customer}}, liveIn(era)...))
	docs, err := readAll[buyerDoc](ctx, cur, err)
	if err != nil || len(docs) == 0 {
		return nil, failed("read a customer", err)
	}
	return docs[0].visits()
}

// Everybody implements rollup.Engine, in pieces, so that a slow fn loses no
// cursor.
func (f figures) Everybody(ctx context.Context, fn func(c report.Customer, visits []report.Visit) error) error {
	const piece = 1000
	era, err := f.era(ctx)
	if err != nil {
		return err
	}
	after := ""
	for {
		filter := append(liveIn(era), bson.E{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}})
		cur, err := f.customers.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(piece))
		docs, err := readAll[buyerDoc](ctx, cur, err)
		if err != nil || len(docs) == 0 {
			return failed("read customers", err)
		}
		for _, d := range docs {
			visits, err := d.visits()
			if err != nil {
				return err
			}
			if err := fn(d.customer(), visits); err != nil {
				return err
			}
		}
		after = docs[len(docs)-1].Key
	}
}
