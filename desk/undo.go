package desk

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// Undo takes a bulk action back on the orders that it changed, of which done
// holds the outcomes by order. An order stays as it is, with the reason, when
// its platform has been told, or when somebody has changed the same thing
// since. It runs and is recorded as Run.
func (d Desk) Undo(ctx context.Context, by Actor, a Action, done map[order.ID]Before, record func([]Outcome) error) (Tally, error) {
	ids := slices.Sorted(maps.Keys(done))
	was := Action{Kind: BulkUndo, Status: a.Status, Tag: a.Tag, Assignee: a.Assignee}
	return d.inChunks(ctx, by, was, len(ids), slices.Chunk(ids, bulkChunk), func(ctx context.Context, chunk []order.ID) ([]Outcome, error) {
		return d.undoChunk(ctx, by, a, chunk, done)
	}, record)
}

func (d Desk) undoChunk(ctx context.Context, by Actor, a Action, ids []order.ID, done map[order.ID]Before) ([]Outcome, error) {
	w := chunkWork{d: d, by: by, action: a, at: d.Now(), outcomes: map[order.ID]*Outcome{}}
	for _, id := range ids {
		w.outcomes[id] = &Outcome{ID: id, What: Skipped, Why: noSuchOrder}
	}
	updated, err := d.Store.Orders().UpdateMany(ctx, ids, func(o *order.Order) error {
		w.outcomes[o.ID].Order = nameOf(*o)
		return w.takeBack(o, done[o.ID])
	})
	w.settle(updated)
	list := make([]Outcome, len(ids))
	for i, id := range ids {
		list[i] = *w.outcomes[id]
		list[i].Before = nil // what was taken back is not taken back again
	}
	return list, err
}

// takeBack is the opposite of the action.
func (w *chunkWork) takeBack(o *order.Order, before Before) error {
	by, changed := string(w.by.By), &skipError{"changed again since"}
	if o.Desk.Archived && w.action.Kind != BulkArchive {
		return &skipError{"archived"}
	}
	switch a := w.action; a.Kind {
	case BulkStatus:
		err := o.TakeBack(before.Key, before.Wish, by, w.at)
		if errors.Is(err, order.ErrTold) {
			return &skipError{"its platform has been told, or it has moved on"}
		}
		return err
	case BulkTag:
		o.RemoveTag(a.Tag, by, w.at)
	case BulkUntag:
		return o.AddTag(a.Tag, by, w.at)
	case BulkAssign:
		if o.Desk.Assignee != string(a.Assignee) {
			return changed
		}
		o.Assign(before.Assignee, by, w.at)
	case BulkHold:
		if h := o.Desk.Hold; h == nil || h.Reason != a.Reason || !h.Until.Equal(a.Until) {
			return changed
		}
		return w.holdAgain(o, before.Hold)
	case BulkRelease:
		if o.Desk.Hold != nil {
			return changed
		}
		return w.holdAgain(o, before.Hold)
	case BulkArchive:
		o.Restore(by, w.at)
	case BulkRestore:
		return o.Archive("", by, w.at)
	}
	return nil
}

// holdAgain puts the hold back that stood before, if its time is not over.
func (w *chunkWork) holdAgain(o *order.Order, h *order.Hold) error {
	if h == nil || h.Ended(w.at) {
		o.Release(string(w.by.By), w.at)
		return nil
	}
	return o.PutOnHold(h.Reason, h.Until, string(w.by.By), w.at)
}
