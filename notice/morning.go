package notice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/store"
)

// morningTries bounds how often one digest is sent to a server that refuses it.
const morningTries = 3

// morning is somebody's wish for the digest, and what became of the last one.
type morning struct {
	On    bool      `json:"on,omitempty"`
	Due   time.Time `json:"due,omitzero"`
	Tries int       `json:"tries,omitempty"`
	Sent  bool      `json:"sent,omitempty"`
}

// awaits reports whether the digest of a due time is still to be sent.
func (m morning) awaits(due time.Time) bool {
	return m.On && (due.After(m.Due) || due.Equal(m.Due) && !m.Sent && m.Tries < morningTries)
}

func (b Board) mornings() store.Shelf[morning] {
	return store.Shelf[morning]{Records: b.Store.Records(), Kind: kindMorning}
}

// Morning tells whether somebody wants the digest of the day by e-mail.
func (b Board) Morning(ctx context.Context, id account.ID) (bool, error) {
	k, err := b.mornings().Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return k.Value.On, err
}

// SetMorning changes that, from the next due time on.
func (b Board) SetMorning(ctx context.Context, id account.ID, on bool) error {
	m := morning{On: on, Due: b.Now(), Sent: true}
	err := b.mornings().Create(ctx, store.Record{ID: string(id), Owner: string(id), At: b.Now()}, m)
	if errors.Is(err, store.ErrConflict) {
		_, err = b.mornings().Update(ctx, string(id), func(k *store.Kept[morning]) error {
			if k.Value.On != on { // saving the same again takes no digest away
				k.Value = m
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("morning digest: %w", err)
	}
	return nil
}

// errHad says that a digest is not awaited any more.
var errHad = errors.New("not awaited any more")

// SendMornings sends the digest of a due time to all who want it, may read
// figures and did not get it yet. write is asked only if somebody waits: once
// for all who see everything, and for each who is restricted to some channels.
// One that is refused is sent again with a later call, a few times;
// without a mail server nothing happens.
func (b Board) SendMornings(ctx context.Context, due time.Time, write func(context.Context, account.User) (subject, text string, err error)) error {
	all, err := b.mornings().List(ctx, store.RecordQuery{})
	if err != nil {
		return fmt.Errorf("morning digest: %w", err)
	}
	var whole mail.Message
	for _, k := range all {
		if !k.Value.awaits(due) {
			continue
		}
		u, err := b.Store.Users().Get(ctx, account.ID(k.Owner))
		if errors.Is(err, store.ErrNotFound) || err == nil && !u.May(account.AnalyticsRead) {
			continue
		}
		m := whole
		if err == nil && (m.Subject == "" || u.Scoped()) {
			if _, off := b.Post.Server(ctx); errors.Is(off, mail.ErrOff) {
				return nil
			}
			m.Subject, m.Text, err = write(ctx, u)
		}
		if err == nil && !u.Scoped() {
			whole = m
		}
		if err == nil {
			err = b.sendMorning(ctx, u, k.ID, due, m)
		}
		if err != nil {
			return fmt.Errorf("morning digest: %w", err)
		}
	}
	return nil
}

func (b Board) sendMorning(ctx context.Context, u account.User, id string, due time.Time, m mail.Message) error {
	_, err := b.mornings().Update(ctx, id, func(k *store.Kept[morning]) error {
		if !k.Value.awaits(due) {
			return errHad
		}
		if !k.Value.Due.Equal(due) {
			k.Value.Due, k.Value.Tries, k.Value.Sent = due, 0, false
		}
		k.Value.Tries++
		return nil
	})
	if errors.Is(err, errHad) {
		return nil
	}
	if err != nil {
		return err
	}
	m.To = u.Email
	if err := b.Post.Send(ctx, m); err != nil {
		b.Log.Warn("morning digest not sent", slog.String("user", string(u.ID)), slog.Any("err", err))
		return nil
	}
	_, err = b.mornings().Update(ctx, id, func(k *store.Kept[morning]) error {
		if k.Value.Due.Equal(due) {
			k.Value.Sent = true
		}
		return nil
	})
	return err
}
