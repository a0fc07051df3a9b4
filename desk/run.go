package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// What became of one order of a bulk act.
const (
	Changed = "changed"
	Skipped = "skipped"
	Failed  = "failed"
)

// Outcome is what became of one order.
type Outcome struct {
	ID    order.ID `json:"-"`
	Order string   `json:"order,omitempty"` // what people call it
	What  string   `json:"what"`            // Changed, Skipped or Failed
	Why   string   `json:"why,omitempty"`   // nothing personal
	// Before is what Undo needs of a changed order.
	Before *Before `json:"before,omitempty"`
}

// Before is the part of an order that an action replaced.
type Before struct {
	Key      string      `json:"key,omitempty"` // of the wish that the action made
	Wish     *order.Wish `json:"wish,omitempty"`
	Assignee string      `json:"assignee,omitempty"`
	Hold     *order.Hold `json:"hold,omitempty"`
}

// Tally counts outcomes.
type Tally struct{ Changed, Skipped, Failed int }

// Sum is how many orders were looked at.
func (t Tally) Sum() int { return t.Changed + t.Skipped + t.Failed }

func (t *Tally) add(o Outcome) {
	switch o.What {
	case Changed:
		t.Changed++
	case Skipped:
		t.Skipped++
	default:
		t.Failed++
	}
}

const (
	// bulkChunk is how many orders are read and written together. A chunk is
	// finished even when the job is cancelled, so that each outcome is known.
	bulkChunk   = 100
	bulkTimeout = time.Minute // of one chunk
	// bulkRest is the part of a chunk's own time that is left to others after
	// it: pages share the processor and the disk.
	bulkRest = 4
)

// Run carries an action out on these orders, chunk by chunk, and hands the
// outcomes of each chunk to record before it begins the next. It ends when ctx
// does, or when the store or record fail; what was done before stays. Two audit
// entries tell of the whole, under the reference of the actor: that it began,
// and what came of it.
func (d Desk) Run(ctx context.Context, by Actor, a Action, ids []order.ID, record func([]Outcome) error) (Tally, error) {
	return d.inChunks(ctx, by, a, len(ids), slices.Chunk(ids, bulkChunk), func(ctx context.Context, chunk []order.ID) ([]Outcome, error) {
		return d.runChunk(ctx, by, a, chunk)
	}, record)
}

func (d Desk) inChunks(ctx context.Context, by Actor, a Action, n int, chunks func(func([]order.ID) bool), do func(context.Context, []order.ID) ([]Outcome, error), record func([]Outcome) error) (t Tally, err error) {
	// What a crash cuts short is known by its beginning.
	begun := bulkEntry(by, a, n, t)
	begun.Note = "begun"
	d.Note(ctx, begun)
	defer func() {
		d.Note(ctx, bulkEntry(by, a, n, t))
	}()
	for chunk := range chunks {
		if err := ctx.Err(); err != nil {
			return t, err
		}
		start := time.Now()
		whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), bulkTimeout)
		outcomes, err := do(whole, chunk)
		cancel()
		for _, o := range outcomes {
			t.add(o)
		}
		if err := errors.Join(err, record(outcomes)); err != nil {
			return t, err
		}
		rest(ctx, time.Since(start)/bulkRest)
	}
	return t, nil
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// runChunk is what became of a chunk. With an error, the orders whose fate it
// decided have failed.
func (d Desk) runChunk(ctx context.Context, by Actor, a Action, ids []order.ID) ([]Outcome, error) {
	found, err := d.Store.Orders().Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	w := chunkWork{d: d, by: by, action: a, at: d.Now(), outcomes: map[order.ID]*Outcome{}, seen: map[order.ID]judged{}}
	for _, id := range ids {
		w.outcomes[id] = &Outcome{ID: id, What: Skipped, Why: noSuchOrder}
	}
	var allowed []order.ID
	for _, o := range found {
		push, reason, err := d.verdict(ctx, a, o)
		if err != nil {
			return nil, err
		}
		*w.outcomes[o.ID] = Outcome{ID: o.ID, Order: nameOf(o), What: Skipped, Why: reason}
		if reason == "" {
			allowed = append(allowed, o.ID)
			w.seen[o.ID] = judged{push: push, status: o.Status}
		}
	}
	updated, err := d.Store.Orders().UpdateMany(ctx, allowed, w.update)
	w.settle(updated)
	list := make([]Outcome, len(ids))
	for i, id := range ids {
		list[i] = *w.outcomes[id]
	}
	return list, err
}

// chunkWork is a chunk under way.
type chunkWork struct {
	d        Desk
	by       Actor
	action   Action
	at       time.Time
	outcomes map[order.ID]*Outcome
	seen     map[order.ID]judged
}

// judged is what a verdict was based on.
type judged struct {
	push   bool
	status order.Status
	before Before
}

// skipError is an order left alone after all.
type skipError struct{ reason string }

func (e *skipError) Error() string { return e.reason }

// update is the action inside the store's write. It may run more than once, so
// what it notes, it overwrites.
func (w *chunkWork) update(o *order.Order) error {
	j := w.seen[o.ID]
	if reason := w.action.skip(*o, w.at); reason != "" {
		return &skipError{reason}
	}
	if w.action.Kind == BulkStatus && o.Status != j.status {
		// Whether the platform can be told was asked for another status.
		return errMoved
	}
	j.before = beforeOf(w.action, *o)
	if err := w.action.apply(o, w.by.By, j.push, w.at); err != nil {
		return err
	}
	if w.action.Kind == BulkStatus {
		j.before.Key = o.Wish.Key
	}
	w.seen[o.ID] = j
	return nil
}

var errMoved = errors.New("it was changed by somebody else at the same moment")

func beforeOf(a Action, o order.Order) Before {
	switch a.Kind {
	case BulkStatus:
		return Before{Wish: o.Wish}
	case BulkAssign:
		return Before{Assignee: o.Desk.Assignee}
	case BulkHold, BulkRelease:
		return Before{Hold: o.Desk.Hold}
	}
	return Before{}
}

// settle turns the store's results into outcomes.
func (w *chunkWork) settle(updated []store.Updated) {
	for _, u := range updated {
		out := w.outcomes[u.ID]
		var skip *skipError
		switch {
		case errors.As(u.Err, &skip):
			out.What, out.Why = Skipped, skip.reason
		case errors.Is(u.Err, store.ErrNotFound):
			out.What, out.Why = Skipped, noSuchOrder
		case u.Err != nil:
			out.What, out.Why = Failed, whyFailed(u.Err)
		case !u.Changed:
			out.What, out.Why = Skipped, "nothing to change"
		default:
			before := w.seen[u.ID].before
			out.What, out.Why, out.Before = Changed, "", &before
		}
	}
}

// whyFailed words a failure for people: what a rule says, or that it was ours.
func whyFailed(err error) string {
	var faults order.FieldErrors
	var move *order.TransitionError
	switch {
	case errors.As(err, &faults):
		return faults[0].Message
	case errors.As(err, &move), errors.Is(err, errMoved), errors.Is(err, order.ErrArchived):
		return err.Error()
	}
	return "it could not be stored"
}

// bulkEntry tells the audit of a bulk act, with counts and without free text.
func bulkEntry(by Actor, a Action, requested int, t Tally) account.Entry {
	e := by.entry("order.bulk."+string(a.Kind), "job:"+by.Ref)
	e.After = compact(struct {
		Status    order.Status `json:"status,omitempty"`
		Tag       string       `json:"tag,omitempty"`
		Assignee  account.ID   `json:"assignee,omitempty"`
		Requested int          `json:"requested"`
		Changed   int          `json:"changed"`
		Skipped   int          `json:"skipped"`
		Failed    int          `json:"failed"`
	}{a.Status, a.Tag, a.Assignee, requested, t.Changed, t.Skipped, t.Failed})
	return e
}
