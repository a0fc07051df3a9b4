package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// How much of the change log one turn reads, and how far an order's history is
// looked back: the clocks of several processes differ.
const (
	turn     = 500
	lookBack = time.Minute
)

// state is how far the change log was read.
type state struct {
	Seq int64     `json:"seq"`
	At  time.Time `json:"at"` // of the last turn
}

func (b Board) states() store.Shelf[state] {
	return store.Shelf[state]{Records: b.Store.Records(), Kind: kindState}
}

// Watcher finds what there is to tell. One process runs it at a time; turns
// that overlap, or are repeated after a crash, tell nothing twice.
type Watcher struct {
	Board
	// Stale tells since when a channel stands still.
	Stale func(channel.Channel, channel.Progress, time.Time) (since time.Time, stale bool)
	// Stopped lists the webhooks that the program switched off; nil: there are
	// none here.
	Stopped func(context.Context) ([]StoppedHook, error)
	// Count counts up to limit orders of a list's address, as its reader would.
	Count func(ctx context.Context, u account.User, query string, limit int) (int, error)
}

const changesID = "changes"

// Turn reads what changed since the last turn.
func (w Watcher) Turn(ctx context.Context) error {
	at := w.Now()
	from, err := w.from(ctx, at)
	if err != nil {
		return err
	}
	users, err := w.Store.Users().List(ctx)
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	for {
		changes, err := w.Store.Changes(ctx, from.Seq, turn)
		if err != nil {
			return fmt.Errorf("notices: %w", err)
		}
		if len(changes) == 0 {
			break
		}
		if err := w.orders(ctx, changes, users, from.At.Add(-lookBack)); err != nil {
			return err
		}
		from.Seq = changes[len(changes)-1].Seq
		if err := w.save(ctx, state{Seq: from.Seq, At: at}); err != nil {
			return err
		}
	}
	return errors.Join(w.channels(ctx, users), w.hooks(ctx, users))
}

// from is where the last turn ended; the first one begins now, since nobody
// wants to hear of the past.
func (w Watcher) from(ctx context.Context, at time.Time) (state, error) {
	k, err := w.states().Get(ctx, changesID)
	if err == nil {
		return k.Value, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return state{}, fmt.Errorf("notices: %w", err)
	}
	seq, err := w.Store.LastChange(ctx)
	if err != nil {
		return state{}, fmt.Errorf("notices: %w", err)
	}
	s := state{Seq: seq, At: at}
	return s, w.save(ctx, s)
}

func (w Watcher) save(ctx context.Context, s state) error {
	_, err := w.states().Update(ctx, changesID, func(k *store.Kept[state]) error { k.Value = s; return nil })
	if errors.Is(err, store.ErrNotFound) {
		err = w.states().Create(ctx, store.Record{ID: changesID, At: s.At}, s)
	}
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	return nil
}

func (w Watcher) orders(ctx context.Context, changes []store.Change, users []account.User, since time.Time) error {
	var ids []order.ID
	for _, c := range changes {
		if !c.Created && !slices.Contains(ids, c.Order) {
			ids = append(ids, c.Order)
		}
	}
	changed, err := w.Store.Orders().Many(ctx, ids)
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	for _, o := range changed {
		if err := w.order(ctx, o, users, since); err != nil {
			return err
		}
	}
	return nil
}

// order tells what happened to one order since a time.
func (w Watcher) order(ctx context.Context, o order.Order, users []account.User, since time.Time) error {
	link, name := "/orders/"+o.ID.String(), o.Facts.OrderNumber
	if name == "" {
		name = o.Ref.PlatformOrderID
	}
	tell := func(id, by, occasion string, what What, text string) error {
		u, ok := reader(users, id)
		if !ok || id == by || !u.Sees(o.Ref.Channel) {
			return nil
		}
		return w.Give(ctx, u, o.ID.String()+" "+occasion, Notice{What: what, Text: text, Link: link})
	}
	for _, n := range o.Desk.Notes {
		if n.At.Before(since) {
			continue
		}
		for _, handle := range order.Mentions(n.Text) {
			for _, u := range called(users, handle) {
				text := nameOf(users, n.By) + " mentioned you in a note on order " + name
				if err := tell(string(u.ID), n.By, n.At.Format(time.RFC3339Nano), Mention, text); err != nil {
					return err
				}
			}
		}
	}
	for _, e := range o.History {
		if e.At.Before(since) || e.Kind != order.EventEdit || !slices.Contains(e.Fields, "assignee") {
			continue
		}
		if err := tell(o.Desk.Assignee, e.By, e.At.Format(time.RFC3339Nano), Assigned, nameOf(users, e.By)+" gave you order "+name); err != nil {
			return err
		}
	}
	if x := o.Wish; x != nil && x.State == order.WishRefused {
		text := fmt.Sprintf("The platform refused %s for order %s", x.Status, name)
		for _, id := range []string{x.By, o.Desk.Assignee} {
			if err := tell(id, "", x.Key, Refused, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// channels tells who sets channels up which of them stand still.
func (w Watcher) channels(ctx context.Context, users []account.User) error {
	all, err := w.Store.Channels().List(ctx)
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	for _, c := range all {
		p, err := w.Store.Channels().Progress(ctx, c.ID)
		if err != nil {
			return fmt.Errorf("notices: %w", err)
		}
		since, stale := w.Stale(c, p, w.Now())
		if !stale {
			continue
		}
		n := Notice{What: Stale, Text: c.Name + " has not been read for three intervals", Link: "/channels/" + c.ID}
		for _, u := range users {
			if !u.May(account.ChannelsManage) || !u.Sees(c.ID) {
				continue
			}
			if err := w.Give(ctx, u, c.ID+" "+since.UTC().Format(time.RFC3339Nano), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// StoppedHook is a webhook that was switched off after failing.
type StoppedHook struct {
	ID, Name string
	Since    time.Time // when it began to fail, which tells one time from the next
}

// hooks tells who looks after settings which webhooks were switched off.
func (w Watcher) hooks(ctx context.Context, users []account.User) error {
	if w.Stopped == nil {
		return nil
	}
	all, err := w.Stopped(ctx)
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	for _, h := range all {
		n := Notice{What: Unheard, Text: "The webhook " + h.Name + " failed for too long and was switched off", Link: "/settings/webhooks/" + h.ID}
		for _, u := range users {
			if !u.May(account.SettingsManage) {
				continue
			}
			if err := w.Give(ctx, u, h.ID+" "+h.Since.UTC().Format(time.RFC3339Nano), n); err != nil {
				return err
			}
		}
	}
	return nil
}

// reader is the user with this id, if they may see orders.
func reader(users []account.User, id string) (account.User, bool) {
	i := slices.IndexFunc(users, func(u account.User) bool { return string(u.ID) == id && u.May(account.OrdersRead) })
	if i < 0 {
		return account.User{}, false
	}
	return users[i], true
}

// called are the users whom a handle means: all that share it.
func called(users []account.User, handle string) []account.User {
	return slices.DeleteFunc(slices.Clone(users), func(u account.User) bool {
		return !strings.EqualFold(handle, u.Handle()) && !strings.EqualFold(handle, u.Email)
	})
}

func nameOf(users []account.User, id string) string {
	for _, u := range users {
		if string(u.ID) == id {
			return u.Name
		}
	}
	return "Somebody"
}
