package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/report"
)

// sumsDoc holds the sums over all customers, which a rebuild starts at nothing
// in a new era: what was written in an older one counts no more.
//
// The sums and a customer are two documents, so a customer's change is carried
// over as money is between accounts: it waits in the customer (delta) until the
// sums have it, and while both have it the sums know its name (applied).
type sumsDoc struct {
	ID      string              `bson:"_id"`
	Version int64               `bson:"version"`
	Era     int64               `bson:"era"`
	Form    string              `bson:"form,omitempty"` // how days are counted and written
	Sums    map[string][]sumDoc `bson:"sums,omitempty"` // by kind
	Applied []string            `bson:"applied,omitempty"`
	// Todo are days to be marked before the new era is what it should be.
	Todo []int64 `bson:"todo,omitempty"`
}

type sumDoc struct {
	Kind      string `bson:"k,omitempty"` // only in a delta
	A         int64  `bson:"a,omitempty"`
	B         int64  `bson:"b,omitempty"`
	Text      string `bson:"t,omitempty"`
	Customers int64  `bson:"c,omitempty"`
	Orders    int64  `bson:"o,omitempty"`
	Gross     int64  `bson:"g,omitempty"`
	Net       int64  `bson:"n,omitempty"`
}

// toSumDocs leaves out what is nothing.
func toSumDocs(sums report.CustomerSums) []sumDoc {
	var docs []sumDoc
	for k, v := range sums {
		if v != (report.CustomerSum{}) {
			docs = append(docs, sumDoc{string(k.Kind), int64(k.A), int64(k.B), k.Text, v.Customers, v.Orders, v.Gross, v.Net})
		}
	}
	return docs
}

// addTo adds the sum to others.
func (d sumDoc) addTo(sums report.CustomerSums, kind report.SumKind) {
	k := report.SumKey{Kind: kind, A: report.Day(d.A), B: report.Day(d.B), Text: d.Text}
	v := sums[k]
	v.Customers, v.Orders, v.Gross, v.Net = v.Customers+d.Customers, v.Orders+d.Orders, v.Gross+d.Gross, v.Net+d.Net
	sums[k] = v
}

func (d sumsDoc) read() report.CustomerSums {
	sums := report.CustomerSums{}
	for kind, list := range d.Sums {
		for _, s := range list {
			s.addTo(sums, report.SumKind(kind))
		}
	}
	return sums
}

func (d *sumsDoc) write(sums report.CustomerSums) {
	d.Sums = map[string][]sumDoc{}
	for _, s := range toSumDocs(sums) {
		kind := s.Kind
		s.Kind = ""
		d.Sums[kind] = append(d.Sums[kind], s)
	}
}

const everybody = "customers"

// sumsOf reads the sums, or some fields of them; the first to look makes them.
func (f figures) sumsOf(ctx context.Context, fields ...string) (sumsDoc, error) {
	opts := options.FindOne()
	if len(fields) > 0 {
		var only bson.D
		for _, field := range fields {
			only = append(only, bson.E{Key: field, Value: 1})
		}
		opts.SetProjection(only)
	}
	for {
		var d sumsDoc
		err := f.sums.FindOne(ctx, bson.D{{Key: "_id", Value: everybody}}, opts).Decode(&d)
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return d, failed("read the sums", err)
		}
		_, err = f.sums.InsertOne(ctx, sumsDoc{ID: everybody, Version: 1, Era: 1, Form: f.form()})
		if err != nil && !mongo.IsDuplicateKeyError(err) {
			return d, failed("make the sums", err)
		}
	}
}

// era is the one that counts.
func (f figures) era(ctx context.Context) (int64, error) {
	d, err := f.sumsOf(ctx, "era")
	return d.Era, err
}

// Sums implements rollup.Engine.
func (f figures) Sums(ctx context.Context, kinds ...report.SumKind) (report.CustomerSums, error) {
	fields := []string{"era"}
	for _, k := range kinds {
		fields = append(fields, "sums."+string(k))
	}
	d, err := f.sumsOf(ctx, fields...)
	return d.read(), err
}

// folding is a customer whose change waits for the sums.
type folding struct {
	Key     string             `bson:"_id"`
	Version int64              `bson:"version"`
	Era     int64              `bson:"era"`
	Delta   []sumDoc           `bson:"delta"`
	Fold    primitive.ObjectID `bson:"fold"`
}

func (c folding) name() string { return c.Key + "@" + strconv.FormatInt(c.Version, 10) }

// fold carries what waits in these customers over to the sums, each exactly
// once, whoever else does the same or gave up in the middle of it.
func (f figures) fold(ctx context.Context, customers []string) error {
	if len(customers) == 0 {
		return nil
	}
	return untilWritten(ctx, func(int) (bool, error) {
		// The sums are read before the customers: who carried a change over and
		// cleared it away since has changed the sums, so that writing them fails.
		sums, err := f.sumsOf(ctx)
		if err != nil {
			return false, err
		}
		waiting := bson.D{{Key: "_id", Value: in(customers)}, {Key: "fold", Value: bson.D{{Key: "$exists", Value: true}}}}
		opts := options.Find().SetProjection(bson.D{{Key: "version", Value: 1}, {Key: "era", Value: 1}, {Key: "delta", Value: 1}, {Key: "fold", Value: 1}})
		cur, err := f.customers.Find(ctx, waiting, opts)
		found, err := readAll[folding](ctx, cur, err)
		if err != nil {
			return false, failed("read customers", err)
		}
		if len(found) == 0 {
			return true, nil
		}
		if ok, err := f.apply(ctx, sums, found); err != nil || !ok {
			return false, err
		}
		return true, f.forget(ctx, found)
	})
}

// apply adds what the sums do not have yet and notes whose it is.
func (f figures) apply(ctx context.Context, was sumsDoc, found []folding) (bool, error) {
	next, sums, fresh := was, was.read(), false
	for _, c := range found {
		if c.Era != was.Era || slices.Contains(was.Applied, c.name()) {
			continue
		}
		for _, d := range c.Delta {
			d.addTo(sums, report.SumKind(d.Kind))
		}
		next.Applied, fresh = append(next.Applied, c.name()), true
	}
	if !fresh {
		return true, nil
	}
	next.write(sums)
	return f.swapSums(ctx, was, next)
}

func (f figures) swapSums(ctx context.Context, was, next sumsDoc) (bool, error) {
	next.Version = was.Version + 1
	raw, err := marshal(next)
	if err != nil {
		return false, failed("store the sums", err)
	}
	if len(raw) > maxDocument {
		return false, fmt.Errorf("mongo: the sums over all customers are %d bytes, at most %d", len(raw), maxDocument)
	}
	res, err := f.sums.ReplaceOne(ctx, bson.D{{Key: "_id", Value: everybody}, {Key: "version", Value: was.Version}}, raw)
	if err != nil {
		return false, failed("store the sums", err)
	}
	return res.MatchedCount == 1, nil
}

// forget clears away what the sums have: first from the customers, then their
// names from the sums.
func (f figures) forget(ctx context.Context, found []folding) error {
	var keys, names []string
	var folds []primitive.ObjectID
	for _, c := range found {
		keys, names = append(keys, c.Key), append(names, c.name())
		if !slices.Contains(folds, c.Fold) {
			folds = append(folds, c.Fold)
		}
	}
	done := bson.D{{Key: "_id", Value: in(keys)}, {Key: "fold", Value: in(folds)}}
	if _, err := f.customers.UpdateMany(ctx, done, bson.D{{Key: "$unset", Value: bson.D{{Key: "delta", Value: ""}, {Key: "fold", Value: ""}}}}); err != nil {
		return failed("store customers", err)
	}
	_, err := f.sums.UpdateOne(ctx, bson.D{{Key: "_id", Value: everybody}}, bson.D{
		{Key: "$pullAll", Value: bson.D{{Key: "applied", Value: names}}},
		{Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}},
	})
	return failed("store the sums", err)
}
