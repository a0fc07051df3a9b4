package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/migrations"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/mongo"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// database is the file of the embedded engine inside the data directory.
const database = "palmonas.db"

// keyFile is beside it, unless PALMONAS_SECRET_KEY says what the key is.
const keyFile = "secret.key"

// oldKeyFile is the key before it while a rotation is not finished.
const oldKeyFile = "secret.key.old"

// openStore opens the configured engine and brings it up to date.
func openStore(ctx context.Context, c config, log *slog.Logger, u use) (store.Store, error) {
	if err := os.MkdirAll(c.dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if c.mongoURI != "" {
		return mongo.Open(ctx, mongo.Config{URI: c.mongoURI, Now: time.Now, Log: log, Zone: c.location})
	}
	return sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(c.dataDir, database), Shared: u == shared, Now: time.Now, Log: log, Zone: c.location})
}

// pendingSteps lists the migrations that opening the database would carry out.
func pendingSteps(ctx context.Context, c config) ([]migrations.Step, error) {
	if c.mongoURI != "" {
		return mongo.Pending(ctx, mongo.Config{URI: c.mongoURI})
	}
	return sqlite.Pending(ctx, sqlite.Config{Path: filepath.Join(c.dataDir, database)})
}

// keyring returns the key that seals channel credentials. For the embedded
// database it is made on first use and kept beside it, readable by the owner
// alone.
func keyring(c config) (*channel.Keyring, []byte, error) {
	key, old := c.secretKey, c.oldKey
	if key == nil {
		var err error
		if key, err = localKey(filepath.Join(c.dataDir, keyFile)); err != nil {
			return nil, nil, fmt.Errorf("secret key: %w", err)
		}
		if old, err = readKey(filepath.Join(c.dataDir, oldKeyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("old secret key: %w", err)
		}
	}
	var ring *channel.Keyring
	var err error
	if old == nil {
		ring, err = channel.NewKeyring(key)
	} else {
		ring, err = channel.NewKeyring(key, old)
	}
	return ring, key, err
}

// localKey is the key in a file, made on first use.
func localKey(path string) ([]byte, error) {
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if key, err = newKey(); err != nil {
			return nil, err
		}
		return key, writeKey(path, key)
	}
	return key, err
}

func newKey() ([]byte, error) {
	key := make([]byte, channel.KeySize)
	_, err := rand.Read(key)
	return key, err
}

func readKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key := decodeKey(string(text))
	if key == nil {
		return nil, fmt.Errorf("%s does not hold %d bytes in base64; restore it from a backup", path, channel.KeySize)
	}
	return key, nil
}

// writeKey makes a file that was not there.
func writeKey(path string, key []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, base64.StdEncoding.EncodeToString(key))
	return errors.Join(err, f.Sync(), f.Close())
}
