package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// runBackup copies the embedded database while a server may be using it.
func runBackup(ctx context.Context, p program) error {
	c, file, err := p.copyArguments("backup", "backup FILE", func(*flag.FlagSet) {})
	if err != nil {
		return err
	}
	start := time.Now()
	made, err := sqlite.Backup(ctx, filepath.Join(c.dataDir, database), file)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists already and was left alone; give another name", file)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("no database in %s, or no such folder for the copy: %w", c.dataDir, err)
	case err != nil:
		return err
	}
	printCopy(p, "backed up", file, made, time.Since(start))
	if c.secretKey == nil {
		fmt.Fprintf(p.stdout, "the key that opens channel credentials is not in it; keep a copy of %s in another place\n",
			filepath.Join(c.dataDir, keyFile))
	}
	return nil
}

// runRestore puts a copy in the place of the embedded database.
func runRestore(ctx context.Context, p program) error {
	var replace bool
	c, file, err := p.copyArguments("restore", "restore [--replace] FILE", func(fs *flag.FlagSet) {
		fs.BoolVar(&replace, "replace", false, "put aside the database that is there; it is kept under another name")
	})
	if err != nil {
		return err
	}
	path := filepath.Join(c.dataDir, database)
	start := time.Now()
	restored, kept, err := sqlite.Restore(ctx, file, path, replace, start)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists already and was left alone; --replace puts it aside", path)
	case err != nil:
		return err
	}
	printCopy(p, "restored", path, restored, time.Since(start))
	if kept != "" {
		fmt.Fprintf(p.stdout, "what was there before is kept as %s\n", kept)
	}
	return p.withApp(ctx, func(a *app) error {
		n, err := a.erasures().again(ctx, a.store)
		if err != nil {
			return fmt.Errorf("restored, but customers erased since the backup are back; run restore again: %w", err)
		}
		if n > 0 {
			fmt.Fprintf(p.stdout, "customers of %d orders were erased again\n", n)
		}
		return nil
	})
}

// copyArguments reads the one file name that both commands take, and refuses
// for MongoDB, whose own tools do better.
func (p program) copyArguments(name, usage string, define func(*flag.FlagSet)) (config, string, error) {
	rest, err := p.parse(name, usage, define)
	if err != nil {
		return config{}, "", err
	}
	if newEnvironment(p.env).get("MONGODB_URI", "") != "" { // before anything else that may be wrong with it
		return config{}, "", usageError("MONGODB_URI is set: use mongodump and mongorestore for MongoDB (see docs/operate.md)")
	}
	c, err := loadConfig(p.env)
	if err != nil {
		return config{}, "", err
	}
	if len(rest) != 1 {
		return config{}, "", usageError("usage: palmonas %s", usage)
	}
	return c, rest[0], nil
}

func printCopy(p program, what, file string, c sqlite.Copy, took time.Duration) {
	fmt.Fprintf(p.stdout, "%s %s: orders=%d users=%d channels=%d bytes=%d sha256=%s seconds=%.1f\n",
		what, file, c.Orders, c.Users, c.Channels, c.Bytes, c.SHA256, took.Seconds())
}
