package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// New is an order as a person or a program of ours writes it down. Amounts that
// follow from others (subtotal, totals, the sum of taxes) may be left unknown;
// where they are given they must be right.
type New struct {
	Channel string
	// PlatformOrderID is the platform's name of the order. Empty: it is known
	// here alone, and gets a name of ours.
	PlatformOrderID string
	OrderNumber     string // default: the platform's name, or ours
	OrderedAt       time.Time
	Status          order.Status // default: pending
	Payment         order.PaymentMethod
	Customer        order.Customer
	Items           []order.Item
	Discount        order.Money // on the order as a whole, beside those of the items
	Shipping        order.Money
	Subtotal        order.Money
	Tax             order.Money
	Total           order.Money
	ShipBy          time.Time
	Tags            []string
	// Seed makes the name of an order that has none: the same seed names the
	// same order, so that a repeated request does not make a second one. Empty:
	// a random name.
	Seed string
}

// madeHere begins the names of orders that no platform knows.
const madeHere = "PLM-"

// MadeHere reports whether an order is known here alone, so that there is no
// platform to tell what becomes of it.
//
// The name alone does not tell: a shop may number its orders alike. It was
// people who first told of an order that was made here.
func MadeHere(o order.Order) bool {
	return strings.HasPrefix(o.Ref.PlatformOrderID, madeHere) && len(o.History) > 0 && o.History[0].Source == order.FromUser
}

// ErrExists says that the channel has an order of the new one's name; it is a
// store.ErrConflict too.
var ErrExists = fmt.Errorf("the channel has this order already: %w", store.ErrConflict)

// Create stores a new order. What is wrong with it is order.FieldErrors at the
// members' names as JSON has them (items.0.quantity); ErrExists when
// the channel has an order with this name already.
//
// A platform that reports the order later is believed where it differs, as if
// it had reported it first.
func (d Desk) Create(ctx context.Context, a Actor, n New) (order.Order, error) {
	ch, err := d.Store.Channels().Get(ctx, n.Channel)
	if errors.Is(err, store.ErrNotFound) {
		return order.Order{}, n.channelless(d.Now())
	}
	if err != nil {
		return order.Order{}, err
	}
	r, err := n.report(ch.Platform, d.Now())
	if err != nil {
		return order.Order{}, err
	}
	switch _, err := d.Store.Orders().ByRef(ctx, r.Ref); {
	case err == nil:
		return order.Order{}, fmt.Errorf("order %s: %w", r.Ref.PlatformOrderID, ErrExists)
	case !errors.Is(err, store.ErrNotFound):
		return order.Order{}, err
	}
	got, err := d.Store.Orders().Absorb(ctx, []order.Report{r}, d.Now())
	if err != nil {
		return order.Order{}, err
	}
	switch {
	case got[0].Err != nil:
		return order.Order{}, order.FieldErrors{{Field: "body", Message: strings.TrimPrefix(got[0].Err.Error(), order.ErrBadReport.Error()+": ")}}
	case got[0].Outcome != order.Created:
		return order.Order{}, fmt.Errorf("order %s: %w", r.Ref.PlatformOrderID, ErrExists)
	}
	o, err := d.Store.Orders().Get(ctx, got[0].ID)
	if err != nil {
		return order.Order{}, err
	}
	e := a.entry("order.create", "order:"+o.ID.String())
	e.After = compact(seenOf(o))
	d.Note(ctx, e)
	if len(n.Tags) == 0 {
		return o, nil
	}
	return d.SetTags(ctx, a, o.ID, 0, n.Tags)
}

// channelless is every fault of an order whose channel does not exist: nobody
// should mend that one only to hear of the next.
func (n New) channelless(now time.Time) order.FieldErrors {
	faults := order.FieldErrors{{Field: "channel", Message: "There is no such channel."}}
	if n.Channel == "" {
		faults[0].Message = "Name the channel."
	}
	var more order.FieldErrors
	if _, err := n.report("", now); errors.As(err, &more) {
		for _, f := range more {
			if f.Field != "body" { // which is about the report, and a report has a channel
				faults = append(faults, f)
			}
		}
	}
	return faults
}

// report is the order as its source tells of it: people, at the time it was
// placed, so that everything a platform says is newer.
func (n New) report(p order.Platform, now time.Time) (order.Report, error) {
	name := strings.TrimSpace(n.PlatformOrderID)
	c := checker{now: now}
	c.when(n.OrderedAt)
	if strings.HasPrefix(name, madeHere) {
		c.fault("platformOrderId", "Names that begin with %s are given here; leave it out.", madeHere)
	}
	if name == "" {
		name = madeHere + strings.ToUpper(cmp.Or(n.Seed, string(account.NewID())))
	}
	f := order.Facts{OrderNumber: cmp.Or(strings.TrimSpace(n.OrderNumber), name), OrderedAt: n.OrderedAt, Payment: n.Payment,
		Customer: c.customer(n.Customer), ShipBy: n.ShipBy}
	if n.Payment != "" && n.Payment != order.Prepaid && n.Payment != order.COD {
		c.fault("paymentMethod", "Use prepaid or cod.")
	}
	status := cmp.Or(n.Status, order.Pending)
	if !status.Valid() {
		c.fault("status", "There is no such status.")
	}
	c.items(&f, n)
	c.sums(&f, n)
	for i, t := range n.Tags {
		if _, err := order.CleanTag(t); err != nil {
			c.fault(fmt.Sprintf("tags.%d", i), "%s", firstMessage(err))
		}
	}
	if len(n.Tags) > order.MaxTags {
		c.fault("tags", "An order has at most %d tags.", order.MaxTags)
	}
	r := order.Report{Ref: order.Ref{Channel: n.Channel, PlatformOrderID: name}, Platform: p, Status: status, Facts: f,
		Source: order.FromUser, At: n.OrderedAt}
	if len(c.faults) > 0 {
		return r, slices.Clip(c.faults)
	}
	if err := r.Validate(); err != nil {
		return r, order.FieldErrors{{Field: "body", Message: strings.TrimPrefix(err.Error(), order.ErrBadReport.Error()+": ")}}
	}
	return r, nil
}

func firstMessage(err error) string {
	var faults order.FieldErrors
	if errors.As(err, &faults) && len(faults) > 0 {
		return faults[0].Message
	}
	return err.Error()
}
