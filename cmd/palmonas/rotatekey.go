package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/rekey"
)

// runRotateKey seals everything anew under a new master key. With a key in the
// environment somebody else has made it, and this only does at once, and
// proves, what a server that was started with both does by itself. The key file
// of the embedded database is replaced here, while no server runs.
func runRotateKey(ctx context.Context, p program) error {
	if err := p.flags("rotate-key", "rotate-key", func(*flag.FlagSet) {}); err != nil {
		return err
	}
	c, err := loadConfig(p.env)
	if err != nil {
		return err
	}
	u := exclusive
	switch {
	case c.secretKey != nil && c.oldKey == nil:
		return errors.New("put a new key (openssl rand -base64 32) into PALMONAS_SECRET_KEY and the present one into PALMONAS_SECRET_KEY_OLD, restart every server with both, then run this again")
	case c.secretKey != nil:
		u = shared
	default:
		if _, err := os.Stat(filepath.Join(c.dataDir, keyFile)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no key in %s yet", c.dataDir)
		}
	}
	s, err := openStore(ctx, c, newLogger(c, p.stderr), u)
	if err != nil {
		return fmt.Errorf("%w; stop the server first: it reads the key when it starts", err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if c.secretKey == nil {
		if err := replaceKeyFile(c.dataDir); err != nil {
			return fmt.Errorf("secret key: %w", err)
		}
	}
	a, err := openApp(ctx, c, newLogger(c, p.stderr), u)
	if err != nil {
		return err
	}
	return errors.Join(a.rotate(ctx, p), a.close(ctx))
}

// replaceKeyFile puts a new key in the place of the present one, which stays
// beside it. A rotation that was broken off goes on with the key it had made.
func replaceKeyFile(dir string) error {
	present, old := filepath.Join(dir, keyFile), filepath.Join(dir, oldKeyFile)
	if _, err := os.Stat(old); err == nil {
		return nil
	}
	before, err := readKey(present)
	if err != nil {
		return err
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	fresh := present + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// The old key is safe before the new one is in force.
	return errors.Join(writeKey(fresh, key), writeKey(old, before), os.Rename(fresh, present))
}

func (a *app) rotate(ctx context.Context, p program) error {
	r, err := a.rekey(ctx, "cli")
	if err != nil {
		return err
	}
	if len(r.Lost) > 0 {
		return fmt.Errorf("no key opens the secrets of %s; enter them anew. The old key stays", strings.Join(r.Lost, ", "))
	}
	fmt.Fprintf(p.stdout, "%d of %d sealed values renewed; all open with the new key alone.\n", r.Resealed, r.Sealed)
	if a.config.secretKey != nil {
		fmt.Fprintln(p.stdout, "PALMONAS_SECRET_KEY_OLD is not needed any more: remove it and restart.")
	} else {
		fmt.Fprintln(p.stdout, "The old key file is gone. Sign-in tokens of the API are void; people sign in again.")
	}
	return nil
}

// rekey renews what is sealed, and forgets an old key file that opens nothing
// any more.
func (a *app) rekey(ctx context.Context, via string) (rekey.Result, error) {
	r, err := rekey.Run(ctx, a.store, a.keys, rekey.Kinds())
	if err != nil {
		return r, err
	}
	// What somebody sealed under the old key meanwhile, in another process.
	again, err := rekey.Run(ctx, a.store, a.keys, rekey.Kinds())
	if err != nil {
		return r, err
	}
	r.Resealed, r.Sealed, r.Lost = r.Resealed+again.Resealed, again.Sealed, again.Lost
	if r.Resealed > 0 {
		if _, err := a.store.Audit().Append(ctx, account.Entry{At: time.Now(), By: "system", Via: via, Action: "key.rotate", Object: "keys",
			Note: fmt.Sprintf("%d sealed values renewed", r.Resealed)}); err != nil {
			return r, err
		}
	}
	if a.config.secretKey != nil || len(r.Lost) > 0 {
		return r, nil
	}
	if err := os.Remove(filepath.Join(a.config.dataDir, oldKeyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	return r, nil
}

// rekeyBehind does that while a server that has an old key starts to serve.
func (a *app) rekeyBehind(ctx context.Context) {
	if !a.keys.HasOld() {
		return
	}
	r, err := a.rekey(ctx, "job")
	switch {
	case err != nil:
		a.log.Error("secrets not renewed; restart to try again", "err", err)
	case len(r.Lost) > 0:
		a.log.Error("no key opens some secrets", "what", strings.Join(r.Lost, ", "))
	default:
		a.log.Info("all secrets open with the new key; the old one is not needed any more", "renewed", r.Resealed, "all", r.Sealed)
	}
}
