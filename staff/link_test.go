package staff

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

const pass = "eleven quiet lamps on the sill"

type office struct {
	Office
	at time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	key, err := base64.StdEncoding.DecodeString("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := channel.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{at: time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)}
	o.Office = Office{Users: s.Users(), Leases: s.Leases(), Audit: s.Audit(), Records: s.Records(), Keys: ring, Now: func() time.Time { return o.at }}
	return o
}

func (o *office) add(t *testing.T, email string, role account.Role) account.User {
	t.Helper()
	u, _, err := o.Add(t.Context(), Actor{}, New{Email: email, Name: "Some One", Role: role, ByLink: true})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestLink(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.add(t, "one@example.com", account.Support)
	if u.PasswordHash != "" {
		t.Fatal("an account by link has a password")
	}
	first, _, err := o.Link(t.Context(), Actor{}, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	secret, until, err := o.Link(t.Context(), Actor{}, u.ID)
	if err != nil || !until.Equal(o.at.Add(LinkLifetime)) {
		t.Fatal(until, err)
	}
	if _, err := o.Linked(t.Context(), first); !errors.Is(err, ErrLink) {
		t.Errorf("the earlier link: %v", err)
	}
	if _, err := o.UseLink(t.Context(), Actor{}, secret, "short"); err == nil || errors.Is(err, ErrLink) {
		t.Errorf("a bad password: %v", err)
	}
	got, err := o.UseLink(t.Context(), Actor{}, secret, pass)
	if err != nil || got.Epoch != u.Epoch+1 {
		t.Fatal(got.Epoch, err)
	}
	if ok, _ := account.CheckPassword(got.PasswordHash, pass); !ok {
		t.Error("another password was set")
	}
	if _, err := o.UseLink(t.Context(), Actor{}, secret, pass); !errors.Is(err, ErrLink) {
		t.Errorf("used twice: %v", err)
	}
}

// TestN08LinkEnds: a link ends with time, with the account, and with any
// change of the account's rights.
func TestN08LinkEnds(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	disabled, admin := true, account.Admin
	for name, end := range map[string]func(account.User){
		"time":     func(account.User) { o.at = o.at.Add(LinkLifetime) },
		"disabled": func(u account.User) { _, _ = o.Change(t.Context(), Actor{}, u.ID, 0, Change{Disabled: &disabled}) },
		"promoted": func(u account.User) { _, _ = o.Change(t.Context(), Actor{}, u.ID, 0, Change{Role: &admin}) },
	} {
		u := o.add(t, name+"@example.com", account.Support)
		secret, _, err := o.Link(t.Context(), Actor{}, u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Linked(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		end(u)
		if _, err := o.UseLink(t.Context(), Actor{}, secret, pass); !errors.Is(err, ErrLink) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := o.Linked(t.Context(), "made up"); !errors.Is(err, ErrLink) {
		t.Errorf("made up: %v", err)
	}
}

func TestLinkOfSomebodyAbove(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	boss := o.add(t, "boss@example.com", account.Admin)
	helper := o.add(t, "helper@example.com", account.Support)
	helper.Granted = []account.Permission{account.UsersManage}
	if _, _, err := o.Link(t.Context(), Actor{User: helper}, boss.ID); !errors.Is(err, ErrAbove) {
		t.Errorf("a link to an administrator's password: %v", err)
	}
	if err := o.RemoveFactor(t.Context(), Actor{User: helper}, boss.ID); !errors.Is(err, ErrAbove) {
		t.Errorf("an administrator's second factor: %v", err)
	}
}

func TestN64SetupOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	secret, err := o.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.CheckSetup(t.Context(), secret+"x"); !errors.Is(err, ErrLink) {
		t.Errorf("a wrong secret: %v", err)
	}
	var wg sync.WaitGroup
	made := make(chan account.User, 8)
	for i := range 8 {
		wg.Go(func() {
			u, err := o.Setup(t.Context(), Actor{}, secret, New{Email: string(rune('a'+i)) + "@example.com", Name: "First", Password: pass})
			if err == nil {
				made <- u
			} else if !errors.Is(err, ErrLink) {
				t.Errorf("setup %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if len(made) != 1 {
		t.Fatalf("%d first administrators", len(made))
	}
	if u := <-made; u.Role != account.Admin {
		t.Errorf("the first one is %s", u.Role)
	}
	if err := o.CheckSetup(t.Context(), secret); !errors.Is(err, ErrLink) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestSetupExpires(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	secret, err := o.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.at = o.at.Add(SetupLifetime)
	if err := o.CheckSetup(t.Context(), secret); !errors.Is(err, ErrLink) {
		t.Errorf("after %s: %v", SetupLifetime, err)
	}
}

func (o *office) code(t *testing.T, seed string, steps int) string {
	t.Helper()
	c, err := hotp.GenerateCode(seed, uint64(o.at.Unix()/30+int64(steps))) //nolint:gosec // after 1970
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestN07SecondFactorCountsOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := o.add(t, "one@example.com", account.Support)
	address, seed, err := o.NewFactor(t.Context(), u, "Palmonas")
	if err != nil || !strings.HasPrefix(address, "otpauth://totp/Palmonas:one@example.com?") || len(seed) != 32 {
		t.Fatal(address, seed, err)
	}
	if err := o.CheckFactor(t.Context(), u.ID, o.code(t, seed, 0)); !errors.Is(err, ErrCode) {
		t.Errorf("before it is confirmed: %v", err)
	}
	by := Actor{User: u}
	if _, err := o.ConfirmFactor(t.Context(), by, "000000"); !errors.Is(err, ErrCode) && o.code(t, seed, 0) != "000000" {
		t.Errorf("a wrong first code: %v", err)
	}
	recovery, err := o.ConfirmFactor(t.Context(), by, o.code(t, seed, 0))
	if err != nil || len(recovery) != recoveryCodes {
		t.Fatal(recovery, err)
	}
	if err := o.CheckFactor(t.Context(), u.ID, o.code(t, seed, 0)); !errors.Is(err, ErrCode) {
		t.Errorf("the same step again: %v", err)
	}
	if err := o.CheckFactor(t.Context(), u.ID, o.code(t, seed, 2)); !errors.Is(err, ErrCode) {
		t.Errorf("a code of next minute: %v", err)
	}
	o.at = o.at.Add(time.Minute)
	if err := o.CheckFactor(t.Context(), u.ID, o.code(t, seed, -1)); err != nil {
		t.Errorf("a phone that is 30 s late: %v", err)
	}
	if err := o.CheckFactor(t.Context(), u.ID, strings.ToUpper(recovery[3])); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if err := o.CheckFactor(t.Context(), u.ID, recovery[3]); !errors.Is(err, ErrCode) {
		t.Errorf("a recovery code again: %v", err)
	}
	if _, left, err := o.Factor(t.Context(), u.ID); left != recoveryCodes-1 || err != nil {
		t.Errorf("%d codes left, %v", left, err)
	}
	if _, _, err := o.NewFactor(t.Context(), u, "Palmonas"); err == nil {
		t.Error("a second factor was replaced without being removed")
	}
	if err := o.RemoveFactor(t.Context(), by, u.ID); err != nil {
		t.Fatal(err)
	}
	if since, _, _ := o.Factor(t.Context(), u.ID); !since.IsZero() {
		t.Error("it is still there")
	}
}
