package ingest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
)

// queuePlatform is a shop whose queue answers at once.
type queuePlatform struct {
	*fakePlatform
	asked int
	fail  error
}

func (*queuePlatform) Verify(http.Header, []byte, time.Time) error { return ErrBadSignature }
func (*queuePlatform) Parse(http.Header, []byte) (Delivery, error) { return Delivery{}, ErrIgnored }

func (q *queuePlatform) Listen(ctx context.Context, take func(context.Context, Notification) error) error {
	if q.asked++; q.fail != nil {
		return q.fail
	}
	if q.asked <= 3 {
		return take(ctx, Notification{ID: "n", Body: []byte("{}")})
	}
	return nil
}

func TestScheduleListensWhereThereIsAQueue(t *testing.T) {
	t.Parallel()
	platforms := map[string]Platform{"a": &fakePlatform{}, "b": &queuePlatform{}}
	st := newStore(t, testChannel("a"), testChannel("b"))
	y := NewSyncer(SyncerConfig{Store: st, Builders: map[string]Build{"fake": func(c Config) (Platform, error) { return platforms[c.Channel.ID], nil }}})
	list, err := st.Channels().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, j := range NewSchedule(ScheduleConfig{Syncer: y}).table(list) {
		names = append(names, j.name)
	}
	if slices.Contains(names, "listen:a") || !slices.Contains(names, "listen:b") {
		t.Errorf("jobs %v", names)
	}
	if _, err := y.Listen(t.Context(), "a"); !errors.Is(err, ErrNoWebhooks) {
		t.Errorf("listening without a queue: %v", err)
	}
	st.change("b", func(c *channel.Channel) { c.Enabled = false })
	if _, err := y.Listen(t.Context(), "b"); !errors.Is(err, ErrDisabled) {
		t.Errorf("listening to a channel that is switched off: %v", err)
	}
}

// A queue that does not wait must not be asked without end, nor one that
// refuses the credentials after three times.
func TestListeningIsPatient(t *testing.T) {
	t.Parallel()
	q := &queuePlatform{fakePlatform: &fakePlatform{}}
	st, clock := newStore(t, testChannel("shop")), newClock()
	y := NewSyncer(SyncerConfig{Store: st, Now: clock.Now, Builders: map[string]Build{"fake": func(Config) (Platform, error) { return q, nil }}})
	y.scheduledListen(t.Context(), "shop")
	if q.asked != 4 {
		t.Errorf("asked %d times, want 4: three with messages and one without", q.asked)
	}
	q.asked, q.fail = 0, ErrAuth
	for range 10 {
		y.scheduledListen(t.Context(), "shop")
		clock.advance(time.Hour)
	}
	if q.asked != maxAuthFailures {
		t.Errorf("asked %d times with refused credentials", q.asked)
	}
	st.change("shop", func(c *channel.Channel) { c.Version++ })
	y.scheduledListen(t.Context(), "shop")
	if q.asked != maxAuthFailures+1 {
		t.Errorf("asked %d times after the settings changed", q.asked)
	}
}
