package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/palmonas/palmonas-crm/account"
)

func TestN55GuessingIsSlow(t *testing.T) { // L-1
	t.Parallel()
	k := newClock()
	th := newThrottle(k.now)
	tried := 0
	for range 10_000 {
		if wait, _ := th.begin("victim@example.com", "203.0.113.9"); wait == 0 {
			tried++
		}
		k.add(time.Second / 2)
	}
	if tried > 20 {
		t.Errorf("%d of 10000 guesses in 83 minutes were tried", tried)
	}
	if wait, _ := th.begin("victim@example.com", "198.51.100.7"); wait != 0 {
		t.Errorf("the victim elsewhere waits %s", wait)
	}
}

func TestN55OnePasswordOverManyAccounts(t *testing.T) {
	t.Parallel()
	k := newClock()
	th := newThrottle(k.now)
	tried := 0
	for i := range 1000 {
		// Changing addresses within one IPv6 network does not help.
		if wait, _ := th.begin(fmt.Sprintf("u%d@example.com", i), fmt.Sprintf("2001:db8:1:2::%x", i)); wait == 0 {
			tried++
		}
	}
	if tried != perIP {
		t.Errorf("%d tries at once, want %d", tried, perIP)
	}
}

func TestWaitDoublesAndSuccessForgets(t *testing.T) {
	t.Parallel()
	k := newClock()
	th := newThrottle(k.now)
	for range freeMisses {
		if wait, _ := th.begin("a@example.com", "203.0.113.9"); wait != 0 {
			t.Fatal("waits too early")
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8} {
		wait, _ := th.begin("a@example.com", "203.0.113.9")
		if wait != want*time.Second {
			t.Fatalf("waits %s, want %ds", wait, want)
		}
		k.add(wait)
		if wait, _ := th.begin("a@example.com", "203.0.113.9"); wait != 0 {
			t.Fatalf("still waits %s", wait)
		}
	}
	k.add(longestWait)
	th.success("a@example.com", "203.0.113.9")
	if wait, _ := th.begin("a@example.com", "203.0.113.9"); wait != 0 {
		t.Errorf("waits %s after a success", wait)
	}
}

func TestManyMissesOnlySlowAnAccount(t *testing.T) {
	t.Parallel()
	k := newClock()
	th := newThrottle(k.now)
	for i := range slowAfter {
		if _, hold := th.begin("a@example.com", fmt.Sprintf("203.0.%d.%d", i/250, i%250)); hold != 0 {
			t.Fatal("held back too early")
		}
	}
	if wait, hold := th.begin("a@example.com", "198.51.100.7"); wait != 0 || hold != slowBy {
		t.Errorf("wait %s, hold %s", wait, hold)
	}
}

func TestThrottleForgets(t *testing.T) {
	t.Parallel()
	k := newClock()
	th := newThrottle(k.now)
	for i := range mostEntries + 10 {
		th.begin(fmt.Sprintf("%d@example.com", i), fmt.Sprintf("2001:db8:%x:%x::1", i/60000, i%60000))
	}
	if len(th.pairs) > mostEntries || len(th.who) > mostEntries || len(th.ips) > mostEntries {
		t.Errorf("%d pairs, %d accounts, %d addresses", len(th.pairs), len(th.who), len(th.ips))
	}
}

func TestTooManyLogins(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	for range freeMisses {
		b.login("Admin@example.com", "wrong password here").want(t, http.StatusUnprocessableEntity)
	}
	got := b.login("admin@EXAMPLE.com", testPassword).want(t, http.StatusTooManyRequests)
	if got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
	}
	got.wantText(t, "Too many attempts")
	a.clock.add(time.Second)
	b.login("admin@example.com", testPassword).want(t, http.StatusSeeOther)
}

func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	l, err := newLogins(newClock().now)
	if err != nil {
		t.Fatal(err)
	}
	var release []func()
	for range cap(l.slots) {
		free, err := l.slot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		release = append(release, free)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error)
	for range queuedLogins {
		go func() { _, err := l.slot(ctx); waiting <- err }()
	}
	for len(l.queue) < cap(l.queue) {
		time.Sleep(time.Millisecond)
	}
	if _, err := l.slot(t.Context()); err == nil || !strings.Contains(err.Error(), "Too many people") {
		t.Errorf("one more: %v", err)
	}
	cancel()
	for range queuedLogins {
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	for _, free := range release {
		free()
	}
	if free, err := l.slot(t.Context()); err != nil {
		t.Error(err)
	} else {
		free()
	}
}

func TestN66EqualTimeForUnknownAccounts(t *testing.T) { // L-2
	if testing.Short() {
		t.Skip("measures time")
	}
	t.Parallel()
	a := newApp(t)
	l, err := newLogins(a.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	took := func(email string, i int) time.Duration {
		start := time.Now()
		if _, err := l.check(t.Context(), a.store.Users(), email, "not the password", fmt.Sprintf("203.0.113.%d", i)); !errors.Is(err, errWrong) {
			t.Fatal(err)
		}
		return time.Since(start)
	}
	// The quickest of several, taken in turn, is what each costs by itself,
	// whatever else the machine does.
	known, unknown := took("admin@example.com", 0), took("nobody@example.com", 0)
	for i := 1; i < 12; i++ {
		known, unknown = min(known, took("admin@example.com", i)), min(unknown, took("nobody@example.com", i))
	}
	if unknown < known/3 || known < unknown/3 {
		t.Errorf("a wrong password takes %s, an unknown account %s", known, unknown)
	}
}

func TestImportedHashIsReplaced(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	imported, err := bcrypt.GenerateFromPassword([]byte(testPassword), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	u := a.user("imported", account.Support, func(u *account.User) { u.PasswordHash = string(imported) })
	for range 2 {
		a.as("imported")
		after, err := a.store.Users().Get(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(after.PasswordHash, "$2") {
			t.Error("the old hash is still there")
		}
		if !after.LastLoginAt.Equal(a.clock.now()) {
			t.Errorf("last login %s", after.LastLoginAt)
		}
	}
}
