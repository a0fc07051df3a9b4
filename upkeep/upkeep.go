// Package upkeep keeps an installation healthy: it copies the embedded database
// on a schedule and lets old copies go, and gathers what an administrator wants
// to know about the program, its jobs and its disk.
package upkeep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// Folder is where copies lie inside the data directory.
const Folder = "backups"

// Plan is how often copies are made and how many stay.
type Plan struct {
	Off  bool `json:"off,omitempty"`
	Hour int  `json:"hour"` // of the business day, 0 to 23
	Keep int  `json:"keep"` // copies, 1 to 60
}

// usual is the plan of an installation that was told nothing.
func usual() Plan { return Plan{Hour: 3, Keep: 3} }

const planID = "backup"

// Keeper makes and forgets copies. It is safe for concurrent use, in one
// process at a time.
type Keeper struct {
	Records store.Records
	Dir     string // the data directory
	Now     func() time.Time
	Zone    *time.Location
	Log     *slog.Logger
	// Copy writes a consistent copy of the database to a new file; nil where
	// the database has tools of its own.
	Copy func(ctx context.Context, file string) error
}

// Backup is one copy.
type Backup struct {
	Name  string
	Bytes int64
	At    time.Time
}

func (k Keeper) shelf() store.Shelf[Plan] {
	return store.Shelf[Plan]{Records: k.Records, Kind: "setting"}
}

// Plan reads the plan.
func (k Keeper) Plan(ctx context.Context) (Plan, error) {
	p, err := k.shelf().Get(ctx, planID)
	if errors.Is(err, store.ErrNotFound) {
		return usual(), nil
	}
	if err != nil {
		return Plan{}, fmt.Errorf("backup plan: %w", err)
	}
	return p.Value, nil
}

// ErrPlan says that a plan is out of bounds.
var ErrPlan = errors.New("keep 1 to 60 copies, made at an hour from 0 to 23")

// SetPlan changes the plan; ErrPlan.
func (k Keeper) SetPlan(ctx context.Context, p Plan) error {
	if p.Keep < 1 || p.Keep > 60 || p.Hour < 0 || p.Hour > 23 {
		return ErrPlan
	}
	err := k.shelf().Create(ctx, store.Record{ID: planID, At: k.Now()}, p)
	if errors.Is(err, store.ErrConflict) {
		_, err = k.shelf().Update(ctx, planID, func(kept *store.Kept[Plan]) error { kept.Value = p; return nil })
	}
	if err != nil {
		return fmt.Errorf("backup plan: %w", err)
	}
	return nil
}

const (
	prefix = "palmonas-"
	suffix = ".db"
	stamp  = "20060102T150405Z"
)

// Backups lists the copies, the newest first. A folder that is not there holds
// none.
func (k Keeper) Backups() ([]Backup, error) {
	entries, err := os.ReadDir(filepath.Join(k.Dir, Folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("backups: %w", err)
	}
	var all []Backup
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), prefix)
		name, ours := strings.CutSuffix(name, suffix)
		at, err := time.Parse(stamp, name)
		info, gone := e.Info()
		if ok && ours && err == nil && gone == nil && info.Mode().IsRegular() {
			all = append(all, Backup{Name: e.Name(), Bytes: info.Size(), At: at})
		}
	}
	slices.SortFunc(all, func(a, b Backup) int { return b.At.Compare(a.At) })
	return all, nil
}

// LastBackup is when the newest copy was made; the zero time without one.
func (k Keeper) LastBackup(context.Context) (time.Time, error) {
	all, err := k.Backups()
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	return all[0].At, nil
}

// Make makes a copy now and lets those beyond the plan go, never the newest
// good one.
func (k Keeper) Make(ctx context.Context) (Backup, error) {
	plan, err := k.Plan(ctx)
	if err != nil {
		return Backup{}, err
	}
	dir := filepath.Join(k.Dir, Folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Backup{}, fmt.Errorf("backup: %w", err)
	}
	b := Backup{At: k.Now().UTC().Truncate(time.Second)}
	b.Name = prefix + b.At.Format(stamp) + suffix
	file := filepath.Join(dir, b.Name)
	if err := k.Copy(ctx, file); err != nil {
		return Backup{}, fmt.Errorf("backup: %w", err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return Backup{}, fmt.Errorf("backup: %w", err)
	}
	b.Bytes = info.Size()
	all, err := k.Backups()
	if err != nil {
		return b, err
	}
	for _, old := range all[min(plan.Keep, len(all)):] {
		if err := os.Remove(filepath.Join(dir, old.Name)); err != nil {
			return b, fmt.Errorf("backup: old copy: %w", err)
		}
	}
	return b, nil
}

// Due makes a copy when today's hour has come and none was made since.
func (k Keeper) Due(ctx context.Context) error {
	plan, err := k.Plan(ctx)
	if err != nil || plan.Off || k.Copy == nil {
		return err
	}
	now := k.Now().In(k.Zone)
	due := time.Date(now.Year(), now.Month(), now.Day(), plan.Hour, 0, 0, 0, k.Zone)
	if due.After(now) {
		due = due.AddDate(0, 0, -1)
	}
	last, err := k.LastBackup(ctx)
	if err != nil || !last.Before(due) {
		return err
	}
	b, err := k.Make(ctx)
	if err != nil {
		return err
	}
	k.Log.Info("backup made", "file", b.Name, "bytes", b.Bytes)
	return nil
}
