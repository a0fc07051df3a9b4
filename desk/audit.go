package desk

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// entry begins an audit entry of the actor.
func (a Actor) entry(action, object string) account.Entry {
	return account.Entry{By: string(a.By), Via: a.Via, IP: a.IP, Ref: a.Ref, Action: action, Object: object}
}

// seen is what the audit tells of an order: nothing personal, and no free text.
type seen struct {
	Version  int64        `json:"version"`
	Status   order.Status `json:"status"`
	Tags     []string     `json:"tags,omitempty"`
	Assignee string       `json:"assignee,omitempty"`
	Held     bool         `json:"held,omitempty"`
	Notes    int          `json:"notes,omitempty"`
	Address  string       `json:"address,omitempty"` // corrected
	Contact  string       `json:"contact,omitempty"`
	Archived bool         `json:"archived,omitempty"`
}

func seenOf(o order.Order) seen {
	s := seen{Version: o.Version, Status: o.Status, Tags: o.Desk.Tags, Assignee: o.Desk.Assignee, Held: o.Desk.Hold != nil,
		Notes: len(o.Desk.Notes), Archived: o.Desk.Archived}
	if o.Desk.Address != nil {
		s.Address = "corrected"
	}
	if o.Desk.Contact != nil {
		s.Contact = "corrected"
	}
	return s
}

func changeEntry(a Actor, action string, before, after order.Order) account.Entry {
	e := a.entry(action, "order:"+after.ID.String())
	e.Before, e.After = compact(seenOf(before)), compact(seenOf(after))
	return e
}

func compact(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain texts and numbers always encode
	}
	return string(b)
}

// noteTries is how often an entry is tried.
const noteTries = 3

// Note appends an entry about something that has happened. It outlives the
// request, and a store that does not take it cannot undo what was done, whose
// trace stands in the order's own history: so that is logged.
func (d Desk) Note(ctx context.Context, e account.Entry) {
	e.At = d.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	var err error
	for range noteTries {
		if _, err = d.Store.Audit().Append(ctx, e); err == nil {
			return
		}
	}
	if d.Log != nil {
		d.Log.Error("audit entry lost", slog.String("action", e.Action), slog.String("object", e.Object), slog.String("user", e.By), slog.Any("err", err))
	}
}
