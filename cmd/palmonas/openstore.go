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
	"strings"
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

// openStore opens the configured engine and brings it up to date.
func openStore(ctx context.Context, c config, log *slog.Logger, u use) (store.Store, error) {
	if err := os.MkdirAll(c.dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	if c.mongoURI != "" {
		return mongo.Open(ctx, mongo.Config{URI: c.mongoURI, Now: time.Now, Log: log})
	}
	return sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(c.dataDir, database), Shared: u == shared, Now: time.Now, Log: log})
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
	key := c.secretKey
	if key == nil {
		var err error
		if key, err = localKey(filepath.Join(c.dataDir, keyFile)); err != nil {
			return nil, nil, fmt.Errorf("secret key: %w", err)
		}
	}
	ring, err := channel.NewKeyring(key)
	return ring, key, err
}

func localKey(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, channel.KeySize)
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		_, err = fmt.Fprintln(f, base64.StdEncoding.EncodeToString(key))
		return key, errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != channel.KeySize {
		return nil, fmt.Errorf("%s does not hold %d bytes in base64; restore it from a backup", path, channel.KeySize)
	}
	return key, nil
}
