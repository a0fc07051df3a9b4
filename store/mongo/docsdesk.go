package mongo

import (
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

type deskDoc struct {
	Tags     []string    `bson:"tags,omitempty"`
	Assignee string      `bson:"assignee,omitempty"`
	Hold     *holdDoc    `bson:"hold,omitempty"`
	Notes    []noteDoc   `bson:"notes,omitempty"`
	Address  *addressDoc `bson:"address,omitempty"`
	Contact  *contactDoc `bson:"contact,omitempty"`
	Archived bool        `bson:"archived,omitempty"`
}

type holdDoc struct {
	Reason string    `bson:"reason,omitempty"`
	Until  time.Time `bson:"until,omitempty"`
	By     string    `bson:"by,omitempty"`
	At     time.Time `bson:"at,omitempty"`
}

type noteDoc struct {
	Text string    `bson:"text"`
	By   string    `bson:"by,omitempty"`
	At   time.Time `bson:"at"`
}

type contactDoc struct {
	Name  string `bson:"name,omitempty"`
	Email string `bson:"email,omitempty"`
	Phone string `bson:"phone,omitempty"`
}

func toDeskDoc(k order.Desk) deskDoc {
	d := deskDoc{Tags: k.Tags, Assignee: k.Assignee, Archived: k.Archived}
	if k.Hold != nil {
		d.Hold = new(holdDoc(*k.Hold))
	}
	if k.Address != nil {
		d.Address = new(addressDoc(*k.Address))
	}
	if k.Contact != nil {
		d.Contact = new(contactDoc(*k.Contact))
	}
	for _, n := range k.Notes {
		d.Notes = append(d.Notes, noteDoc(n))
	}
	return d
}

func (d deskDoc) desk() order.Desk {
	k := order.Desk{Tags: slices.Clone(d.Tags), Assignee: d.Assignee, Archived: d.Archived}
	if d.Hold != nil {
		k.Hold = new(order.Hold(*d.Hold))
	}
	if d.Address != nil {
		k.Address = new(order.Address(*d.Address))
	}
	if d.Contact != nil {
		k.Contact = new(order.Contact(*d.Contact))
	}
	for _, n := range d.Notes {
		k.Notes = append(k.Notes, order.Note(n))
	}
	return k
}
