package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/store"
)

// send works off what is due for one subscription, for its share of a run.
func (w *Worker) send(ctx context.Context, sub store.Kept[subscriptionDoc]) error {
	until := time.Now().Add(w.share)
	for time.Now().Before(until) {
		due, err := w.service.waiting.List(ctx, store.RecordQuery{Owner: &sub.ID, Until: w.service.c.Now().Add(time.Millisecond), OldestFirst: true, Limit: 20})
		if err != nil || len(due) == 0 {
			return wrapped(err)
		}
		for _, d := range due {
			if !sub.Value.Enabled && !d.Value.ByHand {
				// It was switched off; what waits then is not sent when it comes back.
				if err := w.finish(ctx, d, GivenUp, "the webhook is switched off"); err != nil {
					return err
				}
				continue
			}
			if sub, err = w.try(ctx, sub, d); err != nil {
				return err
			}
			if time.Now().After(until) || ctx.Err() != nil {
				return nil
			}
		}
	}
	return nil
}

// outcome is how one try ended.
type outcome struct {
	status int
	after  time.Duration // the receiver's own wish, from Retry-After
	err    error
	took   time.Duration
}

// try sends one message and keeps what became of it. It returns the
// subscription as it is afterwards.
func (w *Worker) try(ctx context.Context, sub store.Kept[subscriptionDoc], d store.Kept[deliveryDoc]) (store.Kept[subscriptionDoc], error) {
	body, err := w.body(ctx, sub.Value, d.Value)
	if errors.Is(err, store.ErrNotFound) {
		return sub, w.finish(ctx, d, GivenUp, "the order does not exist any more")
	}
	if err != nil {
		return sub, err
	}
	start := time.Now()
	got := w.post(ctx, sub, d.ID, body)
	got.took = time.Since(start)
	if ctx.Err() != nil {
		return sub, nil // the program stops; the try does not count
	}
	d.Value.Attempts++
	d.Value.Status, d.Value.Error, d.Value.Millis, d.Value.ByHand = got.status, "", got.took.Milliseconds(), false
	if got.err == nil {
		if err := w.finish(ctx, d, Delivered, ""); err != nil {
			return sub, err
		}
		return w.worked(ctx, sub)
	}
	return w.failed(ctx, sub, d, got)
}

// failed plans the next try, or gives up, and switches off what does not work.
func (w *Worker) failed(ctx context.Context, sub store.Kept[subscriptionDoc], d store.Kept[deliveryDoc], got outcome) (store.Kept[subscriptionDoc], error) {
	now, reason := w.service.c.Now(), got.err.Error()
	next := now.Add(max(wait(d.Value.Attempts), got.after))
	if got.status == http.StatusGone || next.Sub(d.Value.Created) > keepTrying {
		if err := w.finish(ctx, d, GivenUp, reason); err != nil {
			return sub, err
		}
	} else {
		d.Value.Error = reason
		_, err := w.service.waiting.Update(ctx, d.ID, func(k *store.Kept[deliveryDoc]) error {
			k.Value, k.At = d.Value, next.UTC().Truncate(time.Millisecond)
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return sub, wrapped(err)
		}
	}
	stop := ""
	switch {
	case got.status == http.StatusGone:
		stop = "The receiver said that it is gone for good (410)."
	case !sub.Value.FailingSince.IsZero() && now.Sub(sub.Value.FailingSince) >= stopAfter:
		stop = "Nothing was taken for three days. The last try: " + reason + "."
	}
	if stop == "" && !sub.Value.FailingSince.IsZero() {
		return sub, nil
	}
	return w.note(ctx, sub, func(v *subscriptionDoc) {
		if v.FailingSince.IsZero() {
			v.FailingSince = now.UTC().Truncate(time.Millisecond)
		}
		if stop != "" && v.Enabled {
			v.Enabled, v.Stopped = false, stop
			w.log.Warn("webhook switched off", slog.String("subscription", sub.ID), slog.Int("status", got.status), slog.String("reason", stop))
		}
	})
}

// worked forgets that a receiver failed. Its last success is kept to the
// minute, since writing it down with each message would double the work.
func (w *Worker) worked(ctx context.Context, sub store.Kept[subscriptionDoc]) (store.Kept[subscriptionDoc], error) {
	now := w.service.c.Now()
	if sub.Value.FailingSince.IsZero() && now.Sub(sub.Value.LastSuccess) < time.Minute {
		return sub, nil
	}
	return w.note(ctx, sub, func(v *subscriptionDoc) {
		v.FailingSince, v.LastSuccess = time.Time{}, now.UTC().Truncate(time.Millisecond)
	})
}

func (w *Worker) note(ctx context.Context, sub store.Kept[subscriptionDoc], fn func(*subscriptionDoc)) (store.Kept[subscriptionDoc], error) {
	k, err := w.service.shelf.Update(ctx, sub.ID, func(k *store.Kept[subscriptionDoc]) error { fn(&k.Value); return nil })
	if errors.Is(err, store.ErrNotFound) {
		return sub, nil // removed meanwhile
	}
	return k, wrapped(err)
}

// finish moves a delivery to the log. Should the program end between the two
// steps, the message is sent once more under its id.
func (w *Worker) finish(ctx context.Context, d store.Kept[deliveryDoc], state State, reason string) error {
	d.Value.State, d.Value.Error, d.Value.ByHand = state, reason, false
	r := store.Record{ID: d.ID, Owner: d.Owner, At: w.service.c.Now().UTC().Truncate(time.Millisecond)}
	if err := w.service.finished.Create(ctx, r, d.Value); err != nil && !errors.Is(err, store.ErrConflict) {
		return wrapped(err)
	}
	if err := w.service.waiting.Delete(ctx, d.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return wrapped(err)
	}
	return nil
}

// message is the body of a message, as Standard Webhooks advises.
type message struct {
	Type      Event          `json:"type"`
	Timestamp orderjson.Time `json:"timestamp"` // when it happened
	Data      data           `json:"data"`
}

type data struct {
	Order *orderjson.Order `json:"order,omitempty"`
	From  order.Status     `json:"from,omitempty"`
	To    order.Status     `json:"to,omitempty"`
}

// body is the message as of now.
func (w *Worker) body(ctx context.Context, sub subscriptionDoc, d deliveryDoc) ([]byte, error) {
	m := message{Type: d.Event, Timestamp: orderjson.Time{Time: d.Happened}, Data: data{From: d.From, To: d.To}}
	if d.Order != "" {
		id, err := order.ParseID(d.Order)
		if err != nil {
			return nil, err
		}
		o, err := w.service.c.Store.Orders().Get(ctx, id)
		if err != nil {
			return nil, err
		}
		shown := orderjson.Masked(o)
		if sub.Customer {
			shown = orderjson.Of(o)
		}
		m.Data.Order = &shown
	}
	return json.Marshal(m)
}

// maxAnswer is how much of an answer is read, so that the connection can be
// used again; nothing of it is kept.
const maxAnswer = 64 << 10

// post sends one message once. Its errors hold nothing that the receiver said.
func (w *Worker) post(ctx context.Context, sub store.Kept[subscriptionDoc], id string, body []byte) outcome {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, sub.Value.URL, bytes.NewReader(body))
	if err != nil {
		return outcome{err: errors.New("the address cannot be read")}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", w.agent)
	if err := w.sign(r.Header, sub, id, body); err != nil {
		return outcome{err: errors.New("the secret cannot be opened")}
	}
	res, err := w.client.Do(r)
	if err != nil {
		return outcome{err: errors.New(reasonOf(err))}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // what it says changes nothing
	if res.StatusCode/100 == 2 {
		return outcome{status: res.StatusCode}
	}
	return outcome{status: res.StatusCode, after: retryAfter(res.Header, w.service.c.Now()), err: fmt.Errorf("it answered %d", res.StatusCode)}
}

// sign signs with every secret that is valid.
func (w *Worker) sign(h http.Header, sub store.Kept[subscriptionDoc], id string, body []byte) error {
	secrets, err := w.service.c.Keys.Open(SealName(sub.ID), sub.Value.Sealed)
	if err != nil {
		return err
	}
	now := w.service.c.Now()
	var all []string
	for _, text := range secrets.Webhook {
		key, err := standardwebhook.ParseSecret(text)
		if err != nil {
			return err
		}
		key.Sign(h, id, now, body)
		all = append(all, h.Get(standardwebhook.HeaderSignature))
	}
	if len(all) == 0 {
		return errors.New("no secret")
	}
	h.Set(standardwebhook.HeaderSignature, strings.Join(all, " "))
	return nil
}

// reasonOf words why nothing was answered.
func reasonOf(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, ErrAddress):
		return "the address leads to where nothing may be sent"
	case errors.As(err, &dns):
		return "its name was not found"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it did not answer in time"
	}
	return "no connection"
}

// longestAfter bounds what a receiver may ask for.
const longestAfter = 6 * time.Hour

// retryAfter reads the header in both its forms.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return min(time.Duration(min(n, int(longestAfter/time.Second)))*time.Second, longestAfter)
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), longestAfter)
	}
	return 0
}
