package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

func users() []testCase {
	return []testCase{
		{"a user comes back whole", userRoundTrip},
		{"unknown users", userUnknown},
		{"a taken id or e-mail", userTaken},
		{"by name", userList},
		{"changes", userUpdate},
		{"an e-mail that somebody else has", userUpdateTaken},
		{"32 goroutines on one user", userTogether},
	}
}

func user(id, email string) account.User {
	return account.User{
		ID: account.ID(id), Email: email, Name: "Uma " + id, Role: account.Support,
		Granted: []account.Permission{account.OrdersDelete}, Denied: []account.Permission{account.OrdersBulk},
		Channels: []string{"amazon-in", "website"}, ScopedAt: noon().Add(-time.Minute), PasswordHash: "$argon2id$x", Disabled: true, Epoch: 7, LastLoginAt: noon(), Theme: "dark", Density: "compact",
		Version: 1, CreatedAt: noon().Add(-time.Hour), UpdatedAt: noon(),
	}
}

func addUser(t *testing.T, s store.Store, u account.User) {
	t.Helper()
	if err := s.Users().Create(t.Context(), u); err != nil {
		t.Fatalf("create user: %v", err)
	}
}

func userRoundTrip(t *testing.T, s store.Store) {
	full, plain := user("u-1", "a@example.com"), account.User{ID: "u-2", Email: "b@example.com", Version: 1}
	for _, want := range []account.User{full, plain} {
		addUser(t, s, want)
		got, err := s.Users().Get(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "by id", want, got)
		got, err = s.Users().ByEmail(t.Context(), want.Email)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "by e-mail", want, got)
	}
}

func userUnknown(t *testing.T, s store.Store) {
	if _, err := s.Users().Get(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.Users().ByEmail(t.Context(), "nobody@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("by e-mail: %v", err)
	}
	if _, err := s.Users().Update(t.Context(), "nobody", func(*account.User) error { return nil }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("update: %v", err)
	}
	if list, err := s.Users().List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("list: %d users (%v)", len(list), err)
	}
}

func userTaken(t *testing.T, s store.Store) {
	addUser(t, s, user("u-1", "a@example.com"))
	for _, u := range []account.User{user("u-1", "b@example.com"), user("u-2", "a@example.com")} {
		if err := s.Users().Create(t.Context(), u); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s %s: %v, want ErrConflict", u.ID, u.Email, err)
		}
	}
	if list, _ := s.Users().List(t.Context()); len(list) != 1 {
		t.Errorf("%d users, want 1", len(list))
	}
}

func userList(t *testing.T, s store.Store) {
	for i, name := range []string{"Meera", "Arjun", "Zoya"} {
		u := user(name, name+"@example.com")
		u.Name, u.Epoch = name, int64(i)
		addUser(t, s, u)
	}
	list, err := s.Users().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, u := range list {
		names = append(names, u.Name)
	}
	same(t, "names", []string{"Arjun", "Meera", "Zoya"}, names)
}

func userUpdate(t *testing.T, s store.Store) {
	addUser(t, s, user("u-1", "a@example.com"))
	got, err := s.Users().Update(t.Context(), "u-1", func(u *account.User) error {
		u.Email, u.Role, u.Disabled, u.Granted = "new@example.com", account.Admin, false, nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := user("u-1", "new@example.com")
	want.Role, want.Disabled, want.Granted, want.Version = account.Admin, false, nil, 2 // the store counts
	same(t, "returned", want, got)
	got, err = s.Users().ByEmail(t.Context(), "new@example.com")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "stored", want, got)
	if _, err := s.Users().ByEmail(t.Context(), "a@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("old e-mail: %v", err)
	}
	no := errors.New("no")
	if _, err := s.Users().Update(t.Context(), "u-1", func(u *account.User) error { u.Name = "lost"; return no }); err != no { //nolint:errorlint // untouched is the point
		t.Errorf("error %v, want what fn returned", err)
	}
	if u, _ := s.Users().Get(t.Context(), "u-1"); u.Name == "lost" {
		t.Error("a refused change was stored")
	}
}

func userUpdateTaken(t *testing.T, s store.Store) {
	addUser(t, s, user("u-1", "a@example.com"))
	addUser(t, s, user("u-2", "b@example.com"))
	_, err := s.Users().Update(t.Context(), "u-2", func(u *account.User) error { u.Email = "a@example.com"; return nil })
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("%v, want ErrConflict", err)
	}
}

func userTogether(t *testing.T, s store.Store) {
	const n = 32
	addUser(t, s, user("u-1", "a@example.com"))
	together(n, func(int) {
		if _, err := s.Users().Update(t.Context(), "u-1", func(u *account.User) error { u.Epoch++; return nil }); err != nil {
			t.Errorf("update: %v", err)
		}
	})
	if u, _ := s.Users().Get(t.Context(), "u-1"); u.Epoch != 7+n {
		t.Errorf("epoch %d, want %d", u.Epoch, 7+n)
	}
}
