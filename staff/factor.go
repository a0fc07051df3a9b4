package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// A second factor is a code of six digits that an authenticator app makes from
// a shared seed and the time (TOTP, RFC 6238: SHA-1, steps of 30 seconds, which
// is what every app understands). Each step counts once. Recovery codes stand
// in for a lost phone, each once.
const (
	kindFactor    = "factor"
	step          = 30 * time.Second
	tolerance     = 1 // steps that a phone's clock may be off
	recoveryCodes = 10
	seedBytes     = 20
)

// ErrCode says that a code is wrong, too old, or was used before.
var ErrCode = errors.New("this code is not valid")

// factor is the record of a second factor; its id is the user's.
type factor struct {
	Sealed    []byte    `json:"sealed"`             // the seed
	Confirmed time.Time `json:"confirmed,omitzero"` // zero: being set up
	Last      int64     `json:"last"`               // newest step that was used
	Recovery  []string  `json:"recovery"`           // hashes of codes not used yet
}

func (o Office) factors() store.Shelf[factor] {
	return store.Shelf[factor]{Records: o.Records, Kind: kindFactor}
}

// Factor tells since when a user has a second factor and how many recovery
// codes are left; the zero time when there is none.
func (o Office) Factor(ctx context.Context, id account.ID) (since time.Time, left int, err error) {
	k, err := o.factors().Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, 0, nil
	}
	if err != nil {
		return time.Time{}, 0, fmt.Errorf("staff: second factor: %w", err)
	}
	return k.Value.Confirmed, len(k.Value.Recovery), nil
}

// NewFactor begins to set up a second factor: the address that an app reads
// from a QR code, and the seed to type by hand. It counts for nothing before
// ConfirmFactor; beginning again makes a new seed.
func (o Office) NewFactor(ctx context.Context, u account.User, issuer string) (address, seed string, err error) {
	raw := make([]byte, seedBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", "", fmt.Errorf("staff: second factor: %w", err)
	}
	seed = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	sealed, err := o.Keys.Seal(factorPlace(u.ID), channel.Secrets{Credentials: map[string]string{"seed": seed}})
	if err != nil {
		return "", "", fmt.Errorf("staff: second factor: %w", err)
	}
	r := store.Record{ID: string(u.ID), Owner: string(u.ID), At: o.Now()}
	err = o.factors().Create(ctx, r, factor{Sealed: sealed})
	if errors.Is(err, store.ErrConflict) {
		_, err = o.factors().Update(ctx, string(u.ID), func(k *store.Kept[factor]) error {
			if !k.Value.Confirmed.IsZero() {
				return order.FieldErrors{fault("code", "You have a second factor already. Remove it first.")}
			}
			k.Value = factor{Sealed: sealed}
			return nil
		})
	}
	if err != nil {
		return "", "", fmt.Errorf("staff: second factor: %w", err)
	}
	return FactorAddress(u, issuer, seed), seed, nil
}

// FactorAddress is what the QR code of a seed says.
func FactorAddress(u account.User, issuer, seed string) string {
	q := url.Values{"secret": {seed}, "issuer": {issuer}}
	return (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + u.Email, RawQuery: q.Encode()}).String()
}

// PendingSeed is the seed that is being set up; store.ErrNotFound when none is.
func (o Office) PendingSeed(ctx context.Context, id account.ID) (string, error) {
	k, err := o.factors().Get(ctx, string(id))
	if err != nil {
		return "", fmt.Errorf("staff: second factor: %w", err)
	}
	if !k.Value.Confirmed.IsZero() {
		return "", fmt.Errorf("staff: second factor: %w", store.ErrNotFound)
	}
	return o.seed(k)
}

func (o Office) seed(k store.Kept[factor]) (string, error) {
	s, err := o.Keys.Open(factorPlace(account.ID(k.ID)), k.Value.Sealed)
	if err != nil {
		return "", fmt.Errorf("staff: second factor: %w", err)
	}
	return s.Credentials["seed"], nil
}

func factorPlace(id account.ID) string { return "factor:" + string(id) }

// ConfirmFactor ends setting up with a first code, and returns the recovery
// codes, which nobody can find out later; sessions and tokens end with it.
// ErrCode for a wrong one.
func (o Office) ConfirmFactor(ctx context.Context, by Actor, code string) (recovery []string, err error) {
	var hashes []string
	for range recoveryCodes {
		c := strings.ToLower(rand.Text()[:24]) // 120 bits
		recovery, hashes = append(recovery, c[:8]+"-"+c[8:16]+"-"+c[16:]), append(hashes, hashCode(c))
	}
	_, err = o.factors().Update(ctx, string(by.User.ID), func(k *store.Kept[factor]) error {
		if !k.Value.Confirmed.IsZero() {
			return ErrCode
		}
		if err := o.use(k, code); err != nil {
			return err
		}
		k.Value.Confirmed, k.Value.Recovery = o.Now(), hashes
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("staff: second factor: %w", err)
	}
	o.record(ctx, by, "user.factor", by.User.ID, "second factor set up")
	return recovery, o.outdate(ctx, by.User.ID)
}

// CheckFactor uses a code or a recovery code up; ErrCode for one that does not
// count.
func (o Office) CheckFactor(ctx context.Context, id account.ID, code string) error {
	_, err := o.factors().Update(ctx, string(id), func(k *store.Kept[factor]) error {
		if k.Value.Confirmed.IsZero() {
			return ErrCode
		}
		return o.use(k, code)
	})
	if errors.Is(err, store.ErrNotFound) {
		return ErrCode
	}
	return err
}

// use accepts each time step and each recovery code once.
func (o Office) use(k *store.Kept[factor], code string) error {
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) != int(otp.DigitsSix) {
		hash := hashCode(code)
		i := slices.IndexFunc(k.Value.Recovery, func(h string) bool { return subtle.ConstantTimeCompare([]byte(h), []byte(hash)) == 1 })
		if i < 0 {
			return ErrCode
		}
		k.Value.Recovery = slices.Delete(slices.Clone(k.Value.Recovery), i, i+1)
		return nil
	}
	seed, err := o.seed(*k)
	if err != nil {
		return err
	}
	now := o.Now().Unix() / int64(step.Seconds())
	for at := now - tolerance; at <= now+tolerance; at++ {
		want, err := hotp.GenerateCode(seed, uint64(at)) //nolint:gosec // after 1970
		if err != nil {
			return fmt.Errorf("staff: second factor: %w", err)
		}
		if at > k.Value.Last && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			k.Value.Last = at
			return nil
		}
	}
	return ErrCode
}

func hashCode(code string) string {
	h := sha256.Sum256([]byte(code))
	return hex.EncodeToString(h[:])
}

// RemoveFactor takes a user's second factor away, and with it sessions and
// tokens; one that is not there is no error. ErrAbove when by may less than the user.
func (o Office) RemoveFactor(ctx context.Context, by Actor, id account.ID) error {
	u, err := o.Users.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("staff: %w", err)
	}
	if by.User.ID != id {
		if err := o.allowed(ctx, by.User, u, u); err != nil {
			return err
		}
	}
	err = o.factors().Delete(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("staff: second factor: %w", err)
	}
	o.record(ctx, by, "user.factor", id, "second factor removed")
	return o.outdate(ctx, id)
}

// outdate ends a user's sessions, links and tokens: whoever got in by what has
// changed is out.
func (o Office) outdate(ctx context.Context, id account.ID) error {
	at := o.Now()
	_, err := o.Users.Update(ctx, id, func(u *account.User) error { u.Epoch, u.UpdatedAt = u.Epoch+1, at; return nil })
	if err != nil {
		return fmt.Errorf("staff: end what is open: %w", err)
	}
	return nil
}
