package mongo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

const (
	// absorbBatch is how many orders are read and written in one call each.
	absorbBatch = 200
	// maxDocument leaves room below the 16 MiB that MongoDB accepts.
	maxDocument = 15 << 20
)

// staged is one order of a batch with every report about it.
type staged struct {
	ref      order.Ref
	reports  []order.Report
	at       []int // where in the batch the reports stand
	outcomes []order.Outcome
	best     order.Outcome
	doc      orderDoc
	raw      bson.Raw
	was      *order.Order // nil for a new one
	is       order.Order
	err      error
}

// Absorb implements store.Orders. Reports of one order are absorbed one after
// the other and stored in one write.
func (r orders) Absorb(ctx context.Context, reports []order.Report, at time.Time) ([]store.Absorbed, error) {
	results := make([]store.Absorbed, len(reports))
	batch := stage(reports, results)
	for chunk := range slices.Chunk(batch, absorbBatch) {
		left := chunk
		err := untilWritten(ctx, func(attempt int) (bool, error) {
			var err error
			left, err = r.absorb(ctx, left, at, attempt)
			return len(left) == 0, err
		})
		if err != nil {
			return nil, fmt.Errorf("mongo: absorb: %w", err)
		}
	}
	for _, st := range batch {
		for i, where := range st.at {
			results[where] = store.Absorbed{ID: order.ID(st.doc.ID), Outcome: st.outcomes[i]}
			if st.err != nil {
				results[where] = store.Absorbed{Err: st.err}
			}
		}
	}
	return results, nil
}

// stage groups the good reports by order and notes the bad ones in results.
func stage(reports []order.Report, results []store.Absorbed) []*staged {
	var batch []*staged
	byRef := make(map[order.Ref]*staged, len(reports))
	for i, report := range reports {
		if err := check(report); err != nil {
			results[i].Err = err
			continue
		}
		st := byRef[report.Ref]
		if st == nil {
			st = &staged{ref: report.Ref}
			byRef[report.Ref] = st
			batch = append(batch, st)
		}
		st.reports = append(st.reports, report)
		st.at = append(st.at, i)
	}
	return batch
}

// check also refuses an id that would be another one once it is stored (see
// registry).
func check(r order.Report) error {
	if !utf8.ValidString(r.Ref.Channel + r.Ref.PlatformOrderID) {
		return fmt.Errorf("%w: order id %q is not UTF-8", order.ErrBadReport, r.Ref.PlatformOrderID)
	}
	return r.Validate()
}

// absorb reads, decides and writes once; it returns the orders that somebody
// else wrote in between.
func (r orders) absorb(ctx context.Context, batch []*staged, at time.Time, attempt int) ([]*staged, error) {
	current, err := r.byRefs(ctx, batch)
	if err != nil {
		return nil, err
	}
	var writes []*staged
	for _, st := range batch {
		var before *orderDoc
		if d, ok := current[st.ref]; ok {
			before = &d
		}
		if err := st.workOut(before, at, attempt); err != nil {
			return nil, err
		}
		if st.best != order.Unchanged && st.err == nil {
			writes = append(writes, st)
		}
	}
	lost, err := r.write(ctx, writes)
	r.announceAll(ctx, writes, lost, at)
	return lost, err
}

// byRefs reads the orders that the desk holds already.
func (r orders) byRefs(ctx context.Context, batch []*staged) (map[order.Ref]orderDoc, error) {
	ids := map[string][]string{}
	for _, st := range batch {
		ids[st.ref.Channel] = append(ids[st.ref.Channel], st.ref.PlatformOrderID)
	}
	found := make(map[order.Ref]orderDoc, len(batch))
	for channel, list := range ids {
		cur, err := r.coll.Find(ctx, bson.D{{Key: "channel", Value: channel}, {Key: "platformOrderId", Value: in(list)}},
			options.Find().SetProjection(bson.D{{Key: "find", Value: 0}}))
		docs, err := readAll[orderDoc](ctx, cur, err)
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			found[d.ref()] = d
		}
	}
	return found, nil
}

// workOut applies the reports to the order as it was read.
func (st *staged) workOut(before *orderDoc, at time.Time, attempt int) error {
	var current *order.Order
	var seq, rev int64
	if before != nil {
		o := before.order()
		current, seq, rev = &o, before.Seq, before.Rev
	}
	st.was = current
	st.outcomes, st.best, st.err = st.outcomes[:0], order.Unchanged, nil
	for _, report := range st.reports {
		next, outcome := order.Absorb(current, report, at)
		current = &next
		st.outcomes, st.best = append(st.outcomes, outcome), max(st.best, outcome)
	}
	switch {
	case st.best == order.Unchanged:
		st.doc = *before // a new order is never unchanged
		return nil
	case before == nil:
		current.ID = order.NewID(current.Facts.OrderedAt, rand.Uint32()) //nolint:gosec // an id keeps no secret
		seq = int64(current.ID)
	default:
		seq = seqOf(*current, seq, attempt)
	}
	st.is, st.doc = *current, toOrderDoc(*current, seq, rev+1)
	var err error
	if st.raw, err = marshal(st.doc); err != nil {
		return err
	}
	if len(st.raw) > maxDocument {
		st.err = fmt.Errorf("%w: an order of %d bytes, at most %d", order.ErrBadReport, len(st.raw), maxDocument)
	}
	return nil
}

// write stores the orders and returns those whose predecessor was gone or
// whose new id or ref was taken meanwhile.
//
// A bulk write tells how many replacements found their predecessor, not which.
// So each is an upsert: where the revision has moved on, the server tries to
// insert the document and refuses, because its _id is taken, and that error
// names the write.
func (r orders) write(ctx context.Context, batch []*staged) ([]*staged, error) {
	if len(batch) == 0 {
		return nil, nil
	}
	var days []report.Day
	for _, st := range batch {
		days = append(days, r.marks.of(st.was, st.is)...)
	}
	if err := r.marks.mark(ctx, days); err != nil {
		return nil, err
	}
	defer r.markAgain(ctx, days)
	models := make([]mongo.WriteModel, len(batch))
	for i, st := range batch {
		if st.doc.Rev == 1 {
			models[i] = mongo.NewInsertOneModel().SetDocument(st.raw)
		} else {
			models[i] = mongo.NewReplaceOneModel().SetFilter(predecessor(st.doc)).SetReplacement(st.raw).SetUpsert(true)
		}
	}
	_, err := r.coll.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) {
		return nil, err
	}
	if bulk.WriteConcernError != nil {
		return nil, err
	}
	var lost []*staged
	for _, e := range bulk.WriteErrors {
		if !mongo.IsDuplicateKeyError(e.WriteError) {
			return nil, err
		}
		lost = append(lost, batch[e.Index])
	}
	return lost, nil
}

// announceAll tells of the orders that were written and look different.
func (r orders) announceAll(ctx context.Context, written, lost []*staged, at time.Time) {
	var entries []store.Change
	for _, st := range written {
		if st.best >= order.Updated && !slices.Contains(lost, st) {
			entries = append(entries, store.Change{Order: order.ID(st.doc.ID), Channel: st.ref.Channel, Created: st.best == order.Created, At: at})
		}
	}
	r.announce(ctx, entries)
}
