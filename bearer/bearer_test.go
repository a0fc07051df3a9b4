package bearer

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

const secret = "a secret of more than 32 bytes, for tests"

// desk is a keeper on a real database with one user.
type desk struct {
	*Keeper
	t     *testing.T
	store store.Store
	at    time.Time
	user  account.User
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	now := func() time.Time { return d.at }
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "test.db"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	d.store = s
	if d.Keeper, err = New(Config{Users: s.Users(), Records: s.Records(), Now: now, Secret: []byte(secret)}); err != nil {
		t.Fatal(err)
	}
	d.user = account.User{ID: "u1", Email: "asha@example.com", Name: "Asha", Role: account.Support, Epoch: 1}
	if err := s.Users().Create(t.Context(), d.user); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) change(fn func(*account.User)) {
	d.t.Helper()
	if _, err := d.store.Users().Update(d.t.Context(), d.user.ID, func(u *account.User) error { fn(u); return nil }); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) login() string {
	d.t.Helper()
	text, _, err := d.Begin(d.user)
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

func (d *desk) personal(scopes ...account.Permission) (string, Token) {
	d.t.Helper()
	text, t, err := d.Create(d.t.Context(), d.user, "a script", scopes, d.at.Add(30*24*time.Hour))
	if err != nil {
		d.t.Fatal(err)
	}
	return text, t
}

func (d *desk) refused(what, text string) {
	d.t.Helper()
	if got, err := d.Check(d.t.Context(), text); !errors.Is(err, ErrInvalid) {
		d.t.Errorf("%s: let in as %+v, %v", what, got, err)
	}
}

func (d *desk) accepted(what, text string) Bearer {
	d.t.Helper()
	b, err := d.Check(d.t.Context(), text)
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	return b
}

func TestLogin(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	text := d.login()
	b := d.accepted("a new token", text)
	if b.User.ID != "u1" || b.Kind != Login || !b.Expires.Equal(d.at.Add(DefaultLifetime)) {
		t.Errorf("bearer %+v", b)
	}
	other := d.login()
	if err := d.End(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	d.refused("after its logout", text)
	d.accepted("another login of the same person", other)
	if err := d.End(t.Context(), b); err != nil {
		t.Errorf("ending twice: %v", err)
	}
	d.at = d.at.Add(DefaultLifetime - time.Second)
	d.accepted("a second before its end", other)
	d.at = d.at.Add(time.Second)
	d.refused("at its end", other)
}

func TestEndedLoginsAreForgotten(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for range 3 {
		if err := d.End(t.Context(), d.accepted("login", d.login())); err != nil {
			t.Fatal(err)
		}
	}
	d.at = d.at.Add(2 * DefaultLifetime)
	if err := d.End(t.Context(), d.accepted("login", d.login())); err != nil {
		t.Fatal(err)
	}
	if n, err := d.store.Records().Count(t.Context(), store.RecordQuery{Kind: "ended-login"}); err != nil || n != 1 {
		t.Errorf("%d ended logins are remembered, %v", n, err)
	}
}

// TestOwnerDecides (N-04): whatever the owner loses, every token loses at the
// next request.
func TestOwnerDecides(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*account.User){
		"disabled":     func(u *account.User) { u.Disabled = true },
		"new password": func(u *account.User) { u.Epoch++ },
		"demoted":      func(u *account.User) { u.Role = account.ReadOnly; u.Epoch++ },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			login := d.login()
			personal, _ := d.personal(account.OrdersRead)
			d.accepted("before", login)
			d.accepted("before", personal)
			d.change(change)
			d.refused("login", login)
			d.refused("personal", personal)
		})
	}
	d := newDesk(t)
	personal, _ := d.personal(account.OrdersRead, account.OrdersStatus)
	d.change(func(u *account.User) { u.Denied = []account.Permission{account.OrdersStatus} })
	if b := d.accepted("a denial", personal); b.User.May(account.OrdersStatus) || !b.User.May(account.OrdersRead) {
		t.Error("a permission that was taken from the owner is left to the token")
	}
}

// TestForgedLogins (N-15, N-16, N-17).
// forger makes tokens as Begin does, and changes them.
type forger struct{ *desk }

func (f forger) good() *jwt.Token {
	tok := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": issuer, "aud": audience, "sub": "u1", "jti": "x", "epoch": 1,
		"iat": f.at.Unix(), "exp": f.at.Add(time.Hour).Unix()})
	tok.Header["typ"], tok.Header["kid"] = tokenType, f.kid
	return tok
}

func sign(t *testing.T, tok *jwt.Token, key any) string {
	t.Helper()
	text, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// refusesAll signs each changed token with the right key.
func (f forger) refusesAll(t *testing.T, changes map[string]func(*jwt.Token)) {
	t.Helper()
	f.accepted("the pattern of the others", sign(t, f.good(), f.key))
	for name, change := range changes {
		tok := f.good()
		change(tok)
		f.refused(name, sign(t, tok, f.key))
	}
}

func header(name string, value any) func(*jwt.Token) {
	return func(tok *jwt.Token) { tok.Header[name] = value }
}

func claim(name string, value any) func(*jwt.Token) {
	return func(tok *jwt.Token) {
		c, _ := tok.Claims.(jwt.MapClaims)
		if value == nil {
			delete(c, name)
			return
		}
		c[name] = value
	}
}

func TestN15UnsignedLogins(t *testing.T) {
	t.Parallel()
	d := forger{newDesk(t)}
	none := d.good()
	none.Method, none.Header["alg"] = jwt.SigningMethodNone, "none"
	d.refused("none", sign(t, none, jwt.UnsafeAllowNoneSignatureType))
	text := sign(t, d.good(), d.key)
	d.accepted("as it was signed", text)
	parts := strings.Split(text, ".")
	for i := range parts {
		for _, change := range []string{"", "x", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))} {
			p := slices.Clone(parts)
			p[i] = change
			d.refused("part "+p[i], strings.Join(p, "."))
		}
	}
	for _, text := range []string{"", ".", "..", text + ".", text + " ", strings.Repeat("a", 1<<20)} {
		d.refused("no token", text)
	}
}

func TestN16KeysOfOthers(t *testing.T) {
	t.Parallel()
	d := forger{newDesk(t)}
	d.refusesAll(t, map[string]func(*jwt.Token){
		"type JWT": header("typ", "JWT"), "no type": header("typ", nil), "type of an id token": header("typ", "id+jwt"),
		"foreign kid": header("kid", "../../dev/null"), "no kid": header("kid", nil), "kid of another kind": header("kid", 7),
		"own key": header("jwk", map[string]string{"kty": "oct", "k": "AAAA"}), "key from elsewhere": header("jku", "https://evil.example/keys"),
		"certificate": header("x5c", []string{"AAAA"}), "certificate from elsewhere": header("x5u", "https://evil.example"), "must be understood": header("crit", []string{"b64"}),
	})
	d.refused("signed with another key", sign(t, d.good(), []byte(strings.Repeat("k", 32))))
	d.refused("signed with the configured secret", sign(t, d.good(), []byte(secret)))
	for _, m := range []*jwt.SigningMethodHMAC{jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
		tok := d.good()
		tok.Method, tok.Header["alg"] = m, m.Alg()
		d.refused(m.Alg(), sign(t, tok, d.key))
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	confused := d.good()
	confused.Method, confused.Header["alg"] = jwt.SigningMethodES256, "ES256"
	d.refused("another family of algorithms", sign(t, confused, private))
}

func TestN17Claims(t *testing.T) {
	t.Parallel()
	d := forger{newDesk(t)}
	d.refusesAll(t, map[string]func(*jwt.Token){
		"no exp": claim("exp", nil), "exp passed": claim("exp", d.at.Add(-time.Second).Unix()), "no iat": claim("iat", nil),
		"iat in the future": claim("iat", d.at.Add(time.Hour).Unix()), "iat long ago": claim("iat", d.at.Add(-25*time.Hour).Unix()),
		"other issuer": claim("iss", "evil"), "no issuer": claim("iss", nil), "other audience": claim("aud", "elsewhere"), "no audience": claim("aud", nil),
		"no id": claim("jti", nil), "no subject": claim("sub", nil), "unknown subject": claim("sub", "u2"), "other epoch": claim("epoch", 2),
		"not yet valid": claim("nbf", d.at.Add(time.Hour).Unix()), "exp as text": claim("exp", "tomorrow"),
	})
}

func TestPersonal(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	text, made := d.personal(account.OrdersStatus, account.OrdersRead, account.OrdersRead)
	b := d.accepted("a new token", text)
	if got := b.User.Allowed(); !slices.Equal(got, []account.Permission{account.OrdersRead, account.OrdersStatus}) {
		t.Errorf("it may %v", got)
	}
	if b.Kind != Personal || b.ID != made.ID {
		t.Errorf("bearer %+v", b)
	}
	list, err := d.List(t.Context(), "u1")
	if err != nil || len(list) != 1 || list[0].Name != "a script" || !list[0].LastUsed.Equal(d.at) {
		t.Fatalf("list %+v, %v", list, err)
	}
	d.at = d.at.Add(30 * time.Second)
	d.accepted("again", text)
	if list, _ = d.List(t.Context(), "u1"); !list[0].LastUsed.Equal(d.at.Truncate(time.Minute)) {
		t.Errorf("last use %s", list[0].LastUsed)
	}
	if err := d.Revoke(t.Context(), "u2", made.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else revoked it: %v", err)
	}
	if err := d.Revoke(t.Context(), "u1", made.ID); err != nil {
		t.Fatal(err)
	}
	d.refused("revoked", text)
	again, _ := d.personal(account.OrdersRead)
	if err := d.End(t.Context(), d.accepted("another", again)); err != nil {
		t.Fatal(err)
	}
	d.refused("ended by itself", again)
	late, _ := d.personal(account.OrdersRead)
	d.at = d.at.Add(30*24*time.Hour + time.Second)
	d.refused("expired", late)
}

func TestTokenIsNotStored(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	text, _ := d.personal(account.OrdersRead)
	all, err := d.store.Records().List(t.Context(), store.RecordQuery{Kind: "token"})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	if strings.Contains(string(all[0].Doc)+all[0].Key+all[0].ID, text[4:56]) || all[0].Key != account.TokenHash(text) {
		t.Error("the record holds the token")
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	year := d.at.Add(365 * 24 * time.Hour)
	read := []account.Permission{account.OrdersRead}
	for field, try := range map[string]func() error{
		"name":   func() error { _, _, err := d.Create(t.Context(), d.user, " \n", read, year); return err },
		"scopes": func() error { _, _, err := d.Create(t.Context(), d.user, "x", nil, year); return err },
		"expiresAt": func() error {
			_, _, err := d.Create(t.Context(), d.user, "x", read, d.at.Add(367*24*time.Hour))
			return err
		},
	} {
		var faults order.FieldErrors
		if err := try(); !errors.As(err, &faults) || faults.For(field) == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, scopes := range [][]account.Permission{{account.UsersManage}, {"orders.everything"}, {account.OrdersRead, account.AuditRead}} {
		if _, _, err := d.Create(t.Context(), d.user, "x", scopes, year); err == nil {
			t.Errorf("%v were given to a support token", scopes)
		}
	}
	if _, _, err := d.Create(t.Context(), d.user, "x", read, d.at); err == nil {
		t.Error("a token that has expired already was made")
	}
	for range MaxTokens {
		d.personal(account.OrdersRead)
	}
	if _, _, err := d.Create(t.Context(), d.user, "one more", read, year); err == nil {
		t.Error("no limit")
	}
}

func TestShortSecret(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{Secret: []byte("short")}); err == nil {
		t.Error("a short secret was taken")
	}
}

// brokenUsers cannot be read.
type brokenUsers struct{ store.Users }

func (brokenUsers) Get(context.Context, account.ID) (account.User, error) {
	return account.User{}, errors.New("disk on fire")
}

// TestStoreDown: a store that does not answer lets nobody in, and does not say
// that the token is bad.
func TestStoreDown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	text := d.login()
	d.users = brokenUsers{}
	if _, err := d.Check(t.Context(), text); err == nil || errors.Is(err, ErrInvalid) {
		t.Errorf("%v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("plm_")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	k, err := New(Config{Users: brokenUsers{}, Now: time.Now, Secret: []byte(secret)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if account.LooksLikeToken(text) {
			return // would be looked up
		}
		if _, err := k.Check(t.Context(), text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
