package handlers

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

const kindBulk = "bulk"

// What a bulk job leaves behind, in its folder: how it began and what became of
// each order for us, and the latter once more for people.
const (
	startedFile  = "started.json"
	journalFile  = "outcomes.ndjson"
	outcomesFile = "outcomes.csv"
)

// startBulk carries a plan out in the background and returns the job's id. Too
// many waiting jobs are a *busyError.
func (s *Server) startBulk(ctx context.Context, by desk.Actor, p desk.Plan) (string, error) {
	return s.beginBulk(ctx, by, desk.Started{Action: p.Action, Orders: desk.TextIDs(p.IDs)}, nil)
}

// beginBulk starts a job; undo holds what an undo takes back.
func (s *Server) beginBulk(ctx context.Context, by desk.Actor, begun desk.Started, undo map[order.ID]desk.Before) (string, error) {
	j := store.Job{ID: rand.Text(), Kind: kindBulk, By: by.By, Title: bulkTitle(begun), Of: len(begun.Orders)}
	by.Ref = j.ID
	b := &bulking{s: s, job: j, by: by, begun: begun, undo: undo}
	return j.ID, s.jobs.Start(ctx, j, b.run)
}

// bulking is one bulk act under way.
type bulking struct {
	s       *Server
	job     store.Job
	by      desk.Actor
	begun   desk.Started
	undo    map[order.ID]desk.Before
	work    *Work
	journal *os.File
	table   *os.File
	rows    *csv.Writer
}

func (b *bulking) run(ctx context.Context, w *Work) error {
	b.work = w
	if err := b.open(); err != nil {
		return errors.Join(err, b.close())
	}
	ids := desk.OrderIDs(b.begun.Orders)
	var err error
	if b.begun.Undo {
		_, err = b.s.orderDesk.Undo(ctx, b.by, b.begun.Action, b.undo, b.record)
	} else {
		_, err = b.s.orderDesk.Run(ctx, b.by, b.begun.Action, ids, b.record)
	}
	return errors.Join(err, b.close())
}

func (b *bulking) open() error {
	root, dir := b.s.uploads.root, "jobs/"+b.job.ID
	if err := root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	began, err := json.Marshal(b.begun)
	if err != nil {
		return err
	}
	if err := root.WriteFile(dir+"/"+startedFile, began, 0o600); err != nil {
		return err
	}
	const create = os.O_CREATE | os.O_TRUNC | os.O_WRONLY
	if b.journal, err = root.OpenFile(dir+"/"+journalFile, create, 0o600); err != nil {
		return err
	}
	if b.table, err = root.OpenFile(dir+"/"+outcomesFile, create, 0o600); err != nil {
		return err
	}
	b.work.Update(func(j *store.Job) { j.Files = map[string]string{outcomesFile: dir + "/" + outcomesFile} })
	b.rows = csv.NewWriter(b.table)
	b.rows.UseCRLF = true
	return b.rows.Write([]string{"id", "order", "outcome", "reason"})
}

// record keeps the outcomes of a chunk and shows how far the job is.
func (b *bulking) record(list []desk.Outcome) error {
	if err := desk.WriteOutcomes(b.journal, list); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	var t channel.Tally
	for _, o := range list {
		if err := b.rows.Write([]string{o.ID.String(), export.SafeText(o.Order), o.What, export.SafeText(o.Why)}); err != nil {
			return fmt.Errorf("outcomes: %w", err)
		}
		t.Fetched++
		switch o.What {
		case desk.Changed:
			t.Updated++
		case desk.Skipped:
			t.Unchanged++
		default:
			t.Rejected++
		}
	}
	b.work.Update(func(j *store.Job) {
		j.Done += t.Fetched
		j.Tally.Fetched += t.Fetched
		j.Tally.Updated += t.Updated
		j.Tally.Unchanged += t.Unchanged
		j.Tally.Rejected += t.Rejected
	})
	return nil
}

func (b *bulking) close() error {
	var faults []error
	if b.rows != nil {
		b.rows.Flush()
		faults = append(faults, b.rows.Error())
	}
	for _, f := range []*os.File{b.journal, b.table} {
		if f != nil {
			faults = append(faults, f.Close())
		}
	}
	return errors.Join(faults...)
}

// bulkOf is how a finished bulk job began and what became of its orders.
// store.ErrNotFound when that is not kept any more, or on another machine.
func (s *Server) bulkOf(j store.Job) (begun desk.Started, outcomes map[order.ID]desk.Outcome, err error) {
	dir := "jobs/" + j.ID + "/"
	text, err := s.uploads.root.ReadFile(dir + startedFile)
	if errors.Is(err, fs.ErrNotExist) {
		return begun, nil, store.ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal(text, &begun)
	}
	if err != nil {
		return begun, nil, fmt.Errorf("bulk job %s: %w", j.ID, err)
	}
	f, err := s.uploads.root.Open(dir + journalFile)
	if errors.Is(err, fs.ErrNotExist) {
		return begun, nil, store.ErrNotFound
	}
	if err != nil {
		return begun, nil, err
	}
	defer f.Close()
	outcomes = map[order.ID]desk.Outcome{}
	err = desk.ReadOutcomes(f, func(o desk.Outcome) error { outcomes[o.ID] = o; return nil })
	return begun, outcomes, err
}

// left are the orders of a job that failed or were never reached, in its order.
func left(begun desk.Started, outcomes map[order.ID]desk.Outcome) (ids []desk.ID) {
	for _, id := range begun.Orders {
		if o, reached := outcomes[order.ID(id)]; !reached || o.What == desk.Failed {
			ids = append(ids, id)
		}
	}
	return ids
}

// undoable is what an undo of the job would take back.
func undoable(begun desk.Started, outcomes map[order.ID]desk.Outcome) map[order.ID]desk.Before {
	done := map[order.ID]desk.Before{}
	for id, o := range outcomes {
		if o.What == desk.Changed && o.Before != nil && !begun.Undo {
			done[id] = *o.Before
		}
	}
	return done
}

func bulkTitle(begun desk.Started) string {
	if begun.Undo {
		return "Undo: " + begun.Action.Title()
	}
	return begun.Action.Title()
}
