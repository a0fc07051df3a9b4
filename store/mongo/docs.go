package mongo

import (
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// orderDoc is an order as the collection keeps it. Everything but Find is the
// order itself, nothing lost: times in milliseconds, money and digests as
// 64-bit integers. Empty values are left out.
type orderDoc struct {
	ID int64 `bson:"_id"`
	// Seq is order.SortKey, unique: what newest-first lists are sorted by.
	Seq int64 `bson:"seq"`
	// Rev counts writes, also those that leave the version alone; it is what
	// writers compare.
	Rev             int64       `bson:"rev"`
	Version         int64       `bson:"version"`
	Kind            string      `bson:"kind,omitempty"`
	Platform        string      `bson:"platform"`
	Channel         string      `bson:"channel"`
	PlatformOrderID string      `bson:"platformOrderId"`
	Status          string      `bson:"status"`
	Facts           factsDoc    `bson:"facts"`
	Desk            deskDoc     `bson:"desk"`
	Reported        reportedDoc `bson:"reported"`
	Wish            *wishDoc    `bson:"wish,omitempty"`
	History         []eventDoc  `bson:"history,omitempty"`
	DueAt           time.Time   `bson:"dueAt,omitempty"`
	CreatedAt       time.Time   `bson:"createdAt"`
	UpdatedAt       time.Time   `bson:"updatedAt"`
	Find            findDoc     `bson:"find"`
}

type eventDoc struct {
	Kind     string    `bson:"kind"`
	At       time.Time `bson:"at,omitempty"`
	SourceAt time.Time `bson:"sourceAt,omitempty"`
	Source   string    `bson:"source,omitempty"`
	By       string    `bson:"by,omitempty"`
	Status   string    `bson:"status,omitempty"`
	From     string    `bson:"from,omitempty"`
	Note     string    `bson:"note,omitempty"`
	Fields   []string  `bson:"fields,omitempty"`
}

type wishDoc struct {
	Status   string    `bson:"status"`
	At       time.Time `bson:"at"`
	By       string    `bson:"by,omitempty"`
	State    string    `bson:"state"`
	Key      string    `bson:"key,omitempty"`
	Attempts int       `bson:"attempts,omitempty"`
	NextTry  time.Time `bson:"nextTry,omitempty"`
	Error    string    `bson:"error,omitempty"`
}

type reportedDoc struct {
	Status string        `bson:"status,omitempty"`
	Flags  []string      `bson:"flags,omitempty"`
	Stamps []stampDoc    `bson:"stamps"` // one for each group of facts, in their order
	Seen   []sightingDoc `bson:"seen,omitempty"`
}

type stampDoc struct {
	At      time.Time `bson:"at,omitempty"`
	Version int64     `bson:"version,omitempty"`
	Digest  int64     `bson:"digest,omitempty"`
}

type sightingDoc struct {
	Status  string    `bson:"status"`
	At      time.Time `bson:"at"`
	Version int64     `bson:"version,omitempty"`
}

func toOrderDoc(o order.Order, seq, rev int64) orderDoc {
	d := orderDoc{
		ID: int64(o.ID), Seq: seq, Rev: rev, Version: o.Version, Kind: string(o.Kind), Platform: string(o.Platform), Channel: o.Ref.Channel,
		PlatformOrderID: o.Ref.PlatformOrderID, Status: string(o.Status), Facts: toFactsDoc(o.Facts), Desk: toDeskDoc(o.Desk),
		Reported: toReportedDoc(o.Reported), DueAt: o.DueAt, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt, Find: toFindDoc(o),
	}
	if w := o.Wish; w != nil {
		d.Wish = &wishDoc{string(w.Status), w.At, w.By, string(w.State), w.Key, w.Attempts, w.NextTry, w.Error}
	}
	for _, e := range o.History {
		d.History = append(d.History, eventDoc{string(e.Kind), e.At, e.SourceAt, string(e.Source), e.By, string(e.Status), string(e.From), e.Note, e.Fields})
	}
	return d
}

func (d orderDoc) order() order.Order {
	o := order.Order{
		ID: order.ID(d.ID), Kind: order.Kind(d.Kind), Platform: order.Platform(d.Platform), Ref: d.ref(), Status: order.Status(d.Status),
		Facts: d.Facts.facts(), Desk: d.Desk.desk(), Reported: d.Reported.reported(), DueAt: d.DueAt, Version: d.Version,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
	}
	if w := d.Wish; w != nil {
		o.Wish = &order.Wish{Status: order.Status(w.Status), At: w.At, By: w.By, State: order.WishState(w.State), Key: w.Key,
			Attempts: w.Attempts, NextTry: w.NextTry, Error: w.Error}
	}
	for _, e := range d.History {
		o.History = append(o.History, order.Event{Kind: order.EventKind(e.Kind), At: e.At, SourceAt: e.SourceAt, Source: order.Source(e.Source),
			By: e.By, Status: order.Status(e.Status), From: order.Status(e.From), Note: e.Note, Fields: slices.Clone(e.Fields)})
	}
	return o
}

func (d orderDoc) ref() order.Ref {
	return order.Ref{Channel: d.Channel, PlatformOrderID: d.PlatformOrderID}
}

func toReportedDoc(r order.Reported) reportedDoc {
	d := reportedDoc{Status: string(r.Status), Flags: recast[string](r.Flags)}
	for _, s := range r.Stamps {
		d.Stamps = append(d.Stamps, stampDoc(s))
	}
	for _, s := range r.Seen {
		d.Seen = append(d.Seen, sightingDoc{string(s.Status), s.At, s.Version})
	}
	return d
}

func (d reportedDoc) reported() order.Reported {
	r := order.Reported{Status: order.Status(d.Status), Flags: recast[order.Flag](d.Flags)}
	for i := range min(len(r.Stamps), len(d.Stamps)) {
		r.Stamps[i] = order.Stamp(d.Stamps[i])
	}
	for _, s := range d.Seen {
		r.Seen = append(r.Seen, order.Sighting{Status: order.Status(s.Status), At: s.At, Version: s.Version})
	}
	return r
}

// recast changes the string type of a list; none stays none.
func recast[To, From ~string](list []From) []To {
	var out []To
	for _, v := range list {
		out = append(out, To(v))
	}
	return out
}
