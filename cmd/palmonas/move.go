package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store/mongo"
	"github.com/palmonas/palmonas-crm/store/move"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// runMove copies a whole database into another, empty one.
func runMove(ctx context.Context, p program) error {
	const usage = "move --from DIR|mongodb://…|env:NAME --to DIR|mongodb://…|env:NAME"
	var from, to string
	rest, err := p.parse("move", usage, func(fs *flag.FlagSet) {
		fs.StringVar(&from, "from", "", "data directory or MongoDB to copy from; env:NAME reads it from a variable, which keeps its password off the screen")
		fs.StringVar(&to, "to", "", "empty data directory or MongoDB to copy to")
	})
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return usageError("move takes no arguments (usage: palmonas %s)", usage)
	}
	c, err := loadConfig(p.env)
	if err != nil {
		return err
	}
	source, err := p.place("--from", from)
	if err != nil {
		return err
	}
	target, err := p.place("--to", to)
	switch {
	case err != nil:
		return err
	case source == target:
		return usageError("--from and --to are the same")
	case !source.remote() && !exists(filepath.Join(string(source), database)):
		return fmt.Errorf("there is no database in %s", source)
	}
	return p.move(ctx, c, source, target)
}

// place is a database that a person named: a directory or a MongoDB.
type place string

func (l place) remote() bool {
	return strings.HasPrefix(string(l), "mongodb://") || strings.HasPrefix(string(l), "mongodb+srv://")
}

// String names the place without a password.
func (l place) String() string {
	if l.remote() {
		return l.kind()
	}
	return string(l)
}

func (l place) kind() string {
	if l.remote() {
		return "MongoDB"
	}
	return "an embedded database"
}

func (p program) place(name, text string) (place, error) {
	if variable, ok := strings.CutPrefix(text, "env:"); ok {
		text = ""
		for _, kv := range p.env {
			if v, ok := strings.CutPrefix(kv, variable+"="); ok {
				text = v
			}
		}
		if text == "" {
			return "", usageError("%s: the variable %s is not set", name, variable)
		}
	}
	l := place(text)
	switch {
	case text == "":
		return "", usageError("%s is missing: a data directory, mongodb://… or env:NAME", name)
	case strings.Contains(text, "://") && !l.remote():
		return "", usageError("%s: only mongodb:// and mongodb+srv:// addresses can be used", name)
	case !l.remote():
		return place(filepath.Clean(text)), nil
	}
	return l, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// open opens a side alone: a server that runs on it refuses.
func (l place) open(ctx context.Context, c config, log *slog.Logger) (move.Side, error) {
	if l.remote() {
		s, err := mongo.Open(ctx, mongo.Config{URI: string(l), Now: time.Now, Log: log, Zone: c.location})
		if err != nil {
			return nil, err
		}
		return s.(move.Side), nil
	}
	if err := os.MkdirAll(string(l), 0o700); err != nil {
		return nil, err
	}
	s, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(string(l), database), Now: time.Now, Log: log, Zone: c.location})
	if err != nil {
		return nil, err
	}
	return s.(move.Side), nil
}

func (p program) move(ctx context.Context, c config, source, target place) (err error) {
	log := newLogger(c, p.stderr)
	from, err := source.open(ctx, c, log)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := target.open(ctx, c, log)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	start := time.Now()
	bar, what := newProgress(p.stderr, "", 0), ""
	lines, err := move.Run(ctx, from, to, func(kind string, done int) {
		if kind != what {
			what = kind
			bar = newProgress(p.stderr, kind, 0)
			bar.last = bar.start // what is quickly done needs no line
		}
		bar.update(done)
	})
	switch {
	case errors.Is(err, move.ErrNotEmpty):
		return fmt.Errorf("%w; nothing was copied", err)
	case errors.Is(err, move.ErrDifferent):
		return fmt.Errorf("%w; stop every server on both, empty %s and try again", err, target)
	case err != nil:
		return fmt.Errorf("%w; %s is incomplete: empty it before the next try", err, target)
	}
	for _, l := range lines {
		fmt.Fprintf(p.stdout, "%s=%d\n", strings.ReplaceAll(l.What, " ", "_"), l.Count)
	}
	entry := account.Entry{At: time.Now(), By: "system", Via: "cli", Action: "database.move", Object: "database", Note: "copied from " + source.kind()}
	if _, err := to.Audit().Append(ctx, entry); err != nil {
		return err
	}
	if err := p.countMoved(ctx, to); err != nil {
		return fmt.Errorf("figures: %w; the copy is complete, run palmonas stats rebuild on it", err)
	}
	fmt.Fprintf(p.stdout, "copied and compared in %s; both are alike\n", time.Since(start).Round(time.Second))
	p.afterMove(c, source, target)
	return nil
}

// countMoved works off the days of the copied orders.
func (p program) countMoved(ctx context.Context, to move.Side) error {
	bar, days := newProgress(p.stderr, "days counted", 0), 0
	for {
		n, err := to.Figures().Recount(ctx, 20)
		if err != nil || n == 0 {
			return err
		}
		days += n
		bar.update(days)
	}
}

// afterMove says what the copy does not hold.
func (p program) afterMove(c config, source, target place) {
	if c.secretKey == nil && !source.remote() {
		key := filepath.Join(string(source), keyFile)
		if target.remote() {
			fmt.Fprintf(p.stdout, "channel credentials open only with the key in %s: give it as PALMONAS_SECRET_KEY_FILE\n", key)
		} else {
			fmt.Fprintf(p.stdout, "channel credentials open only with the key in %s: copy it to %s\n", key, filepath.Join(string(target), keyFile))
		}
	}
	if source.remote() && !target.remote() {
		fmt.Fprintln(p.stdout, "channel credentials open only with the same PALMONAS_SECRET_KEY")
	}
	fmt.Fprintln(p.stdout, "people sign in again; files of imports and exports stay in the data directory")
}
