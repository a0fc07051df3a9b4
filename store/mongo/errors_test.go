package mongo

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

var moment = time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)

func reported(id string) order.Report {
	return order.Report{Ref: order.Ref{Channel: "web", PlatformOrderID: id}, Platform: order.Organic, Status: order.Pending, Source: order.FromPlatform,
		At: moment, Facts: order.Facts{OrderNumber: id, OrderedAt: moment, Total: order.INR(100)}}
}

// storedDoc is the document that a first report makes.
func storedDoc(r order.Report) orderDoc {
	o, _ := order.Absorb(nil, r, moment)
	o.ID = order.NewID(moment, 77)
	return toOrderDoc(o, int64(o.ID), 1)
}

func TestUpdateTriesAgainAfterALostRace(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]bson.D{"somebody wrote it": wrote(0), "the place in the list is taken": taken(0)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := storedDoc(reported("W1"))
			newer := d
			newer.Rev, newer.Version = 2, 2
			e, _, _ := scripted(t, found(d), refusal, found(newer), wrote(1), counted(1), wrote(1))
			var seen []int64
			got, err := e.Orders().Update(t.Context(), order.ID(d.ID), func(o *order.Order) error {
				seen = append(seen, o.Version)
				o.AddNote("called", "u1", moment)
				return nil
			})
			if err != nil || got.Version != 3 || !slices.Equal(seen, []int64{1, 2}) {
				t.Errorf("version %d after fn saw %v, %v", got.Version, seen, err)
			}
		})
	}
}

func TestAbsorbTriesAgainWhatWasLost(t *testing.T) {
	t.Parallel()
	rival := storedDoc(reported("W2"))
	e, s, _ := scripted(t,
		// Between the marks of their day W1 is stored; W2 was somebody else's a moment ago,
		found(), wrote(1), taken(1), wrote(1), counted(1), wrote(1),
		found(rival)) // and says the same
	got, err := e.Orders().Absorb(t.Context(), []order.Report{reported("W1"), reported("W2")}, moment)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Outcome != order.Created || got[1].Outcome != order.Unchanged || got[1].ID != order.ID(rival.ID) {
		t.Errorf("got %+v", got)
	}
	if want := []string{"find", "update", "insert", "update", "findAndModify", "insert", "find"}; !slices.Equal(s.commands, want) {
		t.Errorf("asked %v, want %v", s.commands, want)
	}
}

func TestAbsorbDoesNotHideFailures(t *testing.T) {
	t.Parallel()
	concern := answer(bson.E{Key: "n", Value: 1}, bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 100}, {Key: "errmsg", Value: "no majority"}}})
	for name, answers := range map[string][]bson.D{
		"reading": {broken()}, "marking": {found(), broken()}, "writing": {found(), wrote(1), broken(), wrote(1)},
		"one write": {found(), wrote(1), refused(0, 14031, "no space left"), wrote(1)}, "no majority": {found(), wrote(1), concern, wrote(1)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, _, _ := scripted(t, answers...)
			got, err := e.Orders().Absorb(t.Context(), []order.Report{reported("W1")}, moment)
			if err == nil || got != nil || errors.Is(err, store.ErrConflict) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestALostLogEntryDoesNotUndoAChange(t *testing.T) {
	t.Parallel()
	d := storedDoc(reported("W1"))
	e, _, log := scripted(t, found(d), wrote(1), broken())
	got, err := e.Orders().Update(t.Context(), order.ID(d.ID), func(o *order.Order) error {
		o.AddNote("called", "u1", moment)
		return nil
	})
	if err != nil || got.Version != 2 {
		t.Errorf("version %d, %v", got.Version, err)
	}
	if !strings.Contains(log.String(), "change log entries lost") {
		t.Errorf("nothing was logged: %q", log)
	}
}

// The first mark of a day is enough to have it counted some time.
func TestALostMarkDoesNotUndoAChange(t *testing.T) {
	t.Parallel()
	e, _, log := scripted(t, found(), wrote(1), wrote(1), broken(), counted(1), wrote(1))
	got, err := e.Orders().Absorb(t.Context(), []order.Report{reported("W1")}, moment)
	if err != nil || got[0].Outcome != order.Created {
		t.Errorf("got %+v, %v", got, err)
	}
	if !strings.Contains(log.String(), "figures lag") {
		t.Errorf("nothing was logged: %q", log)
	}
}

func TestDriverErrorsBecomeOurs(t *testing.T) {
	t.Parallel()
	e, _, _ := scripted(t, taken(0), found(), broken(), wrote(0))
	if err := e.Users().Create(t.Context(), account.User{ID: "u1"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a taken e-mail: %v, want ErrConflict", err)
	}
	if _, err := e.Orders().Get(t.Context(), 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown order: %v, want ErrNotFound", err)
	}
	_, err := e.Orders().List(t.Context(), order.Query{})
	if err == nil || errors.Is(err, store.ErrNotFound) || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a broken server: %v", err)
	}
	if err := e.Channels().Release(t.Context(), "q1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown record: %v, want ErrNotFound", err)
	}
}

func TestUpsertThatMeetsAnotherIsRepeatedOnce(t *testing.T) {
	t.Parallel()
	e, _, _ := scripted(t, taken(0), wrote(1), taken(0), taken(0))
	if err := e.Jobs().Save(t.Context(), store.Job{ID: "j1"}); err != nil {
		t.Error(err)
	}
	if err := e.Jobs().Save(t.Context(), store.Job{ID: "j2"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("taken twice: %v", err)
	}
}

// An order that MongoDB cannot hold is refused alone.
func TestTooLargeAnOrderIsABadReport(t *testing.T) {
	t.Parallel()
	e, _, _ := scripted(t, found(), wrote(1), wrote(1), wrote(1), counted(1), wrote(1))
	large := reported("W1")
	large.Facts.Items = []order.Item{{Title: strings.Repeat("x", maxDocument), Quantity: 1}}
	got, err := e.Orders().Absorb(t.Context(), []order.Report{large, reported("W2")}, moment)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(got[0].Err, order.ErrBadReport) || got[0].ID != 0 || got[1].Outcome != order.Created {
		t.Errorf("got %+v", got)
	}
}

// A server that stops answering is an error when the caller's time is over.
func TestASilentServerIsAnErrorInTime(t *testing.T) {
	t.Parallel()
	e, s, _ := scripted(t)
	s.mu.Lock() // every answer waits
	t.Cleanup(s.mu.Unlock)
	for name, call := range map[string]func(ctx context.Context) error{
		"list": func(ctx context.Context) error { _, err := e.Orders().List(ctx, order.Query{}); return err },
		"absorb": func(ctx context.Context) error {
			_, err := e.Orders().Absorb(ctx, []order.Report{reported("W1")}, moment)
			return err
		},
		"run": func(ctx context.Context) error { return e.Channels().SaveRun(ctx, channel.Run{ID: "r"}) },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		start := time.Now()
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want the deadline", name, err)
		}
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		cancel()
	}
}

func TestOpenWithoutAServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil { // nobody listens there now
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = Open(ctx, Config{URI: "mongodb://palmonas:secret@" + address + "/palmonas"})
	if err == nil || !strings.Contains(err.Error(), "no answer from the database") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error holds the password: %v", err)
	}
}

func TestBadConnectionStrings(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"", "localhost:27017", "postgres://u:secret@h/d", "mongodb://", "mongodb://u:sec:ret@h", "mongodb://u:secret@h/?w=banana&connect=x"} {
		_, err := Open(t.Context(), Config{URI: uri})
		if err == nil {
			t.Errorf("%q was accepted", uri)
		} else if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec:ret") {
			t.Errorf("the error holds the password: %v", err)
		}
	}
}

func TestDatabaseName(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{"mongodb://h": "palmonas", "mongodb://h/shop": "shop", "mongodb://a,b/shop?replicaSet=rs0": "shop"} {
		if got, err := databaseName(Config{URI: uri}); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", uri, got, err, want)
		}
	}
	if got, err := databaseName(Config{URI: "mongodb://h/shop", Database: "other"}); got != "other" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// What the engine relies on wins over the connection string.
func TestClientOptions(t *testing.T) {
	t.Parallel()
	o := clientOptions("mongodb://h/?w=0&readPreference=secondary&retryWrites=false&journal=false")
	switch {
	case o.WriteConcern.W != "majority" || o.WriteConcern.Journal == nil || !*o.WriteConcern.Journal:
		t.Errorf("write concern %+v", o.WriteConcern)
	case o.ReadPreference.Mode().String() != "primary":
		t.Errorf("read preference %v", o.ReadPreference)
	case !*o.RetryWrites || !*o.RetryReads:
		t.Error("no retries")
	case *o.Timeout != opTimeout || *o.ServerSelectionTimeout != opTimeout || *o.ConnectTimeout != connectTimeout:
		t.Errorf("deadlines %v %v %v", *o.Timeout, *o.ServerSelectionTimeout, *o.ConnectTimeout)
	}
}
