package handlers

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// logins checks passwords: slowly for guessers, in equal time whether the
// account exists or not, and never more of them at once than there are cores,
// because each costs tens of milliseconds and megabytes.
type logins struct {
	*throttle
	now   func() time.Time
	dummy string        // hash of a password nobody has
	slots chan struct{} // running
	queue chan struct{} // running or waiting
	sleep func(context.Context, time.Duration) error
}

const queuedLogins = 16

func newLogins(now func() time.Time) (*logins, error) {
	dummy, err := account.HashPassword(account.NewPassword())
	if err != nil {
		return nil, err
	}
	cores := runtime.GOMAXPROCS(0)
	return &logins{
		throttle: newThrottle(now), now: now, dummy: dummy, sleep: sleep,
		slots: make(chan struct{}, cores), queue: make(chan struct{}, cores+queuedLogins),
	}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// errWrong is the one answer to an unknown address, a wrong password and a
// disabled account.
var errWrong = errors.New("e-mail or password is wrong")

// check returns the user whom the address and the password belong to, errWrong,
// or a *busyError. A hash of an older kind is replaced.
func (l *logins) check(ctx context.Context, users store.Users, email, password, ip string) (account.User, error) {
	u, upgrade, err := l.verify(ctx, users, email, password, ip)
	if err != nil {
		return account.User{}, err
	}
	return l.signedIn(ctx, users, u, password, upgrade)
}

// verify is check for somebody who is signed in already: it notes nothing.
func (l *logins) verify(ctx context.Context, users store.Users, email, password, ip string) (u account.User, upgrade bool, err error) {
	key, err := account.NormaliseEmail(email)
	if err != nil {
		key = "" // all that cannot be an address share one entry
	}
	wait, hold := l.begin(key, ip)
	if wait > 0 {
		return account.User{}, false, &busyError{http.StatusTooManyRequests, "Too many attempts. Wait a little, then try again.", wait}
	}
	if hold > 0 {
		if err := l.sleep(ctx, hold); err != nil {
			return account.User{}, false, err
		}
	}
	u, err = users.ByEmail(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return account.User{}, false, err
	}
	hash := u.PasswordHash
	if hash == "" {
		hash = l.dummy
	}
	release, err := l.slot(ctx)
	if err != nil {
		return account.User{}, false, err
	}
	ok, upgrade := account.CheckPassword(hash, password)
	release()
	if !ok || u.ID == "" || u.Disabled || u.PasswordHash == "" {
		return account.User{}, false, errWrong
	}
	l.success(key, ip)
	return u, upgrade, nil
}

// slot waits for a core; too many waiting is a *busyError at once.
func (l *logins) slot(ctx context.Context) (release func(), err error) {
	select {
	case l.queue <- struct{}{}:
	default:
		return nil, &busyError{http.StatusServiceUnavailable, "Too many people are signing in right now. Try again in a moment.", 2 * time.Second}
	}
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots; <-l.queue }, nil
	case <-ctx.Done():
		<-l.queue
		return nil, ctx.Err()
	}
}

// signedIn notes the login, unless the account changed meanwhile.
func (l *logins) signedIn(ctx context.Context, users store.Users, u account.User, password string, upgrade bool) (account.User, error) {
	var better string
	if upgrade {
		release, err := l.slot(ctx)
		if err != nil {
			return account.User{}, err
		}
		better, err = account.HashPassword(password)
		release()
		if err != nil {
			better = "" // today's policy may refuse what an import brought; the old hash still counts
		}
	}
	return users.Update(ctx, u.ID, func(now *account.User) error {
		if now.Epoch != u.Epoch || now.Disabled || now.PasswordHash != u.PasswordHash {
			return errWrong
		}
		if better != "" {
			now.PasswordHash = better
		}
		now.LastLoginAt = l.now()
		return nil
	})
}
