package shopify

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/graphql"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

func fmtID(n int) string { return strconv.Itoa(n) }

// payload is the answer of a mutation: what it made, or why it did not.
func payload(kind, field string, made any, err error) (any, error) {
	faults := []node{}
	if err != nil {
		var f *fieldError
		path, message := any(nil), err.Error()
		if errors.As(err, &f) {
			path, message = []string{f.field}, f.message
		}
		if errors.Is(err, shop.ErrNotFound) {
			message = "The record does not exist"
		}
		made = nil
		faults = append(faults, node{Type: "UserError", Fields: fields{"field": path, "message": message, "code": nil}})
	}
	return node{Type: kind + "Payload", Fields: fields{field: made, "userErrors": faults, kind + "UserErrors": faults}}, nil
}

func (st *Store) mutations() node {
	write := func(name string, run graphql.Resolver) graphql.Resolver { return st.guarded("write_orders", name, run) }
	ship := func(name string, run graphql.Resolver) graphql.Resolver {
		return st.guarded("write_merchant_managed_fulfillment_orders", name, run)
	}
	return node{Type: "Mutation", Fields: fields{
		"orderUpdate":                   write("orderUpdate", st.gqlUpdate),
		"orderCancel":                   write("orderCancel", st.gqlCancel),
		"orderMarkAsPaid":               write("orderMarkAsPaid", st.gqlPaid),
		"orderClose":                    write("orderClose", st.gqlArchive("orderClose", true)),
		"orderOpen":                     write("orderOpen", st.gqlArchive("orderOpen", false)),
		"tagsAdd":                       write("tagsAdd", st.gqlTags("tagsAdd", true)),
		"tagsRemove":                    write("tagsRemove", st.gqlTags("tagsRemove", false)),
		"fulfillmentCreate":             ship("fulfillmentCreate", st.gqlShip("fulfillmentCreate")),
		"fulfillmentCreateV2":           ship("fulfillmentCreateV2", st.gqlShip("fulfillmentCreateV2")),
		"fulfillmentEventCreate":        ship("fulfillmentEventCreate", st.gqlEvent),
		"fulfillmentCancel":             ship("fulfillmentCancel", st.gqlUnship),
		"fulfillmentTrackingInfoUpdate": ship("fulfillmentTrackingInfoUpdate", st.gqlTracking),
		"webhookSubscriptionCreate":     graphql.Resolver(st.gqlHook),
	}}
}

// edit runs fn on the order of a global id and gives its node.
func (st *Store) edit(id string, fn func(o *shop.Order, at time.Time) error) (any, error) {
	if _, ok := st.visible(bare(id, "Order")); !ok {
		return nil, shop.ErrNotFound
	}
	at := st.shop.Now().Truncate(time.Second)
	o, err := st.shop.Update(bare(id, "Order"), func(o *shop.Order) error { return fn(o, at) })
	if err != nil {
		return nil, err
	}
	return st.orderNode(o), nil
}

func (st *Store) gqlUpdate(a args) (any, error) {
	in := a.Object("input")
	optional := func(name string) *string {
		if _, ok := in[name]; !ok {
			return nil
		}
		v := in.Text(name)
		return &v
	}
	tags := optional("tags")
	if list := in.List("tags"); len(list) > 0 {
		joined := strings.Join(texts(list), ", ")
		tags = &joined
	}
	made, err := st.edit(in.Text("id"), func(o *shop.Order, _ time.Time) error { return edit(o, optional("note"), tags, optional("email")) })
	return payload("orderUpdate", "order", made, err)
}

func texts(list []any) []string {
	var all []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// gqlCancel answers with a job, as cancelling is asynchronous there; here it is
// done at once.
func (st *Store) gqlCancel(a args) (any, error) {
	_, err := st.edit(a.Text("orderId"), func(o *shop.Order, at time.Time) error {
		b := cancellation{Reason: strings.ToLower(a.Text("reason"))}
		if back := a.Bool("refund") || a.Object("refundMethod").Bool("originalPaymentMethodsRefund"); back && !o.Paid.IsZero() {
			b.Amount = rupees(o.Total() - o.Refunded())
		}
		return st.cancel(o, b, at)
	})
	return payload("orderCancel", "job", node{Type: "Job", Fields: fields{"id": gid("Job", st.uuid("job", st.nextID())), "done": true}}, err)
}

func (st *Store) gqlPaid(a args) (any, error) {
	made, err := st.edit(a.Object("input").Text("id"), pay)
	return payload("orderMarkAsPaid", "order", made, err)
}

func (st *Store) gqlArchive(name string, closed bool) graphql.Resolver {
	return func(a args) (any, error) {
		made, err := st.edit(a.Object("input").Text("id"), func(o *shop.Order, at time.Time) error {
			archive(o, closed, at)
			return nil
		})
		return payload(name, "order", made, err)
	}
}

func (st *Store) gqlTags(name string, add bool) graphql.Resolver {
	return func(a args) (any, error) {
		made, err := st.edit(a.Text("id"), func(o *shop.Order, _ time.Time) error {
			tags := slices.DeleteFunc(tagList(*o), func(t string) bool { return slices.Contains(texts(a.List("tags")), t) })
			if add {
				tags = append(tags, texts(a.List("tags"))...)
			}
			setMeta(o, "tags", strings.Join(tags, ", "))
			return nil
		})
		return payload(name, "node", made, err)
	}
}

// gqlShip reads the input, whose names are those of REST in another spelling.
func (st *Store) gqlShip(name string) graphql.Resolver {
	return func(a args) (any, error) {
		in := a.Object("fulfillment")
		if len(in) == 0 {
			in = a.Object("fulfillmentInput")
		}
		groups := []object{}
		for _, g := range in.List("lineItemsByFulfillmentOrder") {
			group, lines := graphql.AsArgs(g), []object{}
			for _, l := range group.List("fulfillmentOrderLineItems") {
				n, _ := graphql.AsArgs(l).Int("quantity")
				lines = append(lines, object{"id": number(bare(graphql.AsArgs(l).Text("id"), "FulfillmentOrderLineItem")), "quantity": n})
			}
			groups = append(groups, object{"fulfillment_order_id": number(bare(group.Text("fulfillmentOrderId"), "FulfillmentOrder")),
				"fulfillment_order_line_items": lines})
		}
		want := object{"line_items_by_fulfillment_order": groups}
		if t := in.Object("trackingInfo"); len(t) > 0 {
			want["tracking_info"] = object{"company": t.Text("company"), "number": t.Text("number"), "url": t.Text("url")}
		}
		var s shipment
		b, err := json.Marshal(want)
		if err == nil {
			err = json.Unmarshal(b, &s)
		}
		if err != nil {
			return nil, err
		}
		o, place, err := st.ship(s)
		if err != nil {
			return payload(name, "fulfillment", nil, err)
		}
		return payload(name, "fulfillment", parcelNode(o, place), nil)
	}
}

// editParcel runs fn on the fulfilment of a global id.
func (st *Store) editParcel(id string, fn func(o *shop.Order, place int, at time.Time) error) (shop.Order, int, error) {
	n, err := strconv.ParseInt(bare(id, "Fulfillment"), 10, 64)
	o, place, ok := st.orderOf(n, parcelBase)
	if err != nil || !ok || place >= len(o.Parcels) {
		return o, 0, shop.ErrNotFound
	}
	at := st.shop.Now().Truncate(time.Second)
	o, err = st.shop.Update(o.ID, func(o *shop.Order) error { return fn(o, place, at) })
	return o, place, err
}

func (st *Store) gqlEvent(a args) (any, error) {
	in := a.Object("fulfillmentEvent")
	word := strings.ToLower(in.Text("status"))
	o, _, err := st.editParcel(in.Text("fulfillmentId"), func(o *shop.Order, place int, at time.Time) error { return hear(o, place, word, at) })
	return payload("fulfillmentEventCreate", "fulfillmentEvent", eventNode(o, word), err)
}

func (st *Store) gqlUnship(a args) (any, error) {
	o, place, err := st.editParcel(a.Text("id"), unship)
	if err != nil {
		return payload("fulfillmentCancel", "fulfillment", nil, err)
	}
	return payload("fulfillmentCancel", "fulfillment", parcelNode(o, place), nil)
}

func (st *Store) gqlTracking(a args) (any, error) {
	in := a.Object("trackingInfoInput")
	o, place, err := st.editParcel(a.Text("fulfillmentId"), func(o *shop.Order, place int, _ time.Time) error {
		track(o, place, in.Text("company"), in.Text("number"), in.Text("url"))
		return nil
	})
	if err != nil {
		return payload("fulfillmentTrackingInfoUpdate", "fulfillment", nil, err)
	}
	return payload("fulfillmentTrackingInfoUpdate", "fulfillment", parcelNode(o, place), nil)
}

func (st *Store) gqlHook(a args) (any, error) {
	in := a.Object("webhookSubscription")
	target := in.Text("uri")
	if target == "" {
		target = in.Text("callbackUrl")
	}
	topic := strings.ToLower(strings.Replace(a.Text("topic"), "_", "/", 1))
	var b webhookBody
	b.Webhook.Topic, b.Webhook.Address = &topic, &target
	err := b.check()
	if err == nil && st.subscribed(topic, target) {
		err = &fieldError{"webhookSubscription", "Address for this topic has already been taken"}
	}
	if err != nil {
		return payload("webhookSubscriptionCreate", "webhookSubscription", nil, err)
	}
	return payload("webhookSubscriptionCreate", "webhookSubscription", hookNode(*st.subscribe(topic, target, nil)), nil)
}
