package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/palmonas/palmonas-crm/store"
)

// present refuses to go on where there is no embedded database yet: a command
// that reads would make an empty one beside the one that was meant, and report
// that all is well with it.
func (c config) present() error {
	if c.mongoURI != "" || c.hasDatabase() {
		return nil
	}
	return fmt.Errorf("there is no database in %s: set PALMONAS_DATA_DIR to the folder the server uses (/var/lib/palmonas under systemd), or start palmonas serve once", c.dataDir)
}

func (c config) hasDatabase() bool {
	_, err := os.Stat(filepath.Join(c.dataDir, database))
	return err == nil
}

// withStore opens the configured database for one command, if there is one.
func (p program) withStore(ctx context.Context, do func(store.Store) error) error {
	return p.storeFor(ctx, config.present, do)
}

// withNewStore is withStore for commands that a new installation begins with.
func (p program) withNewStore(ctx context.Context, do func(store.Store) error) error {
	return p.storeFor(ctx, func(config) error { return nil }, do)
}

func (p program) storeFor(ctx context.Context, allow func(config) error, do func(store.Store) error) error {
	c, err := loadConfig(p.env)
	if err != nil {
		return err
	}
	if err := allow(c); err != nil {
		return err
	}
	s, err := openStore(ctx, c, newLogger(c, p.stderr), shared)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// withApp opens everything from the environment for one command, if there is a
// database.
func (p program) withApp(ctx context.Context, do func(*app) error) error {
	return p.appFor(ctx, config.present, do)
}

// withNewApp is withApp for commands that a new installation begins with.
func (p program) withNewApp(ctx context.Context, do func(*app) error) error {
	return p.appFor(ctx, func(config) error { return nil }, do)
}

func (p program) appFor(ctx context.Context, allow func(config) error, do func(*app) error) error {
	c, err := loadConfig(p.env)
	if err != nil {
		return err
	}
	if err := allow(c); err != nil {
		return err
	}
	a, err := openApp(ctx, c, newLogger(c, p.stderr), shared)
	if err != nil {
		return err
	}
	return errors.Join(do(a), a.close(ctx))
}
