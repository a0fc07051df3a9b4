package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

// queueSeller is a seller whose queue is shut.
type queueSeller struct {
	*seller
	why error
}

func (q queueSeller) Listen(context.Context, func(context.Context, ingest.Notification) error) error {
	return q.why
}

func TestChannelWhoseQueueIsShut(t *testing.T) {
	t.Parallel()
	keys, err := channel.NewKeyring(bytes.Repeat([]byte{7}, channel.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("the queue is on strike")
	var syncer *ingest.Syncer
	a, _ := newShop(t, func(d *Deps) {
		syncer = ingest.NewSyncer(ingest.SyncerConfig{Store: d.Store, Keyring: keys, Now: d.Now,
			Builders: map[string]ingest.Build{"woocommerce": func(c ingest.Config) (ingest.Platform, error) {
				p, err := newSeller(c)
				if err != nil {
					return nil, err
				}
				return queueSeller{p.(*seller), why}, nil
			}}})
		d.Desk = syncer
	})
	listen := func(want error) {
		if _, err := syncer.Listen(t.Context(), "shop"); !errors.Is(err, want) {
			t.Fatalf("listened: %v, want %v", err, want)
		}
	}
	b := a.as("admin")
	listen(why)
	b.get("/channels/shop").want(t, http.StatusOK).wantText(t, "queue cannot be heard", "The queue is on strike.")

	why = nil // such an adapter is kept until the channel changes
	b.post("/channels/shop", a.shopForm(nil)).want(t, http.StatusSeeOther)
	listen(nil)
	if got := b.get("/channels/shop").want(t, http.StatusOK); bytes.Contains([]byte(got.body), []byte("queue")) {
		t.Error("a queue that is heard is told of")
	}

	why = ingest.ErrAuth
	b.post("/channels/shop", a.shopForm(nil)).want(t, http.StatusSeeOther)
	for range 3 {
		listen(ingest.ErrAuth)
	}
	b.get("/channels/shop").want(t, http.StatusOK).wantText(t, "queue refused its credentials three times", "Correct them in the settings")
}
