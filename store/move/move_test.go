package move_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	driver "go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/mongo"
	"github.com/palmonas/palmonas-crm/store/move"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func embedded(t *testing.T) move.Side {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "palmonas.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.(move.Side)
}

func mongodb(t *testing.T) move.Side {
	t.Helper()
	given := os.Getenv("PALMONAS_TEST_MONGODB_URI")
	if given == "" {
		t.Skip("PALMONAS_TEST_MONGODB_URI is not set: no MongoDB to test with")
	}
	uri, err := url.Parse(given)
	if err != nil {
		t.Fatal(err)
	}
	uri.Path = "/palmonas_test_" + strings.ToLower(rand.Text()[:12])
	s, err := mongo.Open(t.Context(), mongo.Config{URI: uri.String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		ctx := context.Background()
		client, err := driver.Connect(ctx, options.Client().ApplyURI(given))
		if err == nil {
			err = client.Database(uri.Path[1:]).Drop(ctx)
		}
		if err != nil {
			t.Error(err)
		}
		_ = client.Disconnect(ctx)
	})
	return s.(move.Side)
}

const channelID = "website"

func noon() time.Time { return ordertest.Noon() }

// fill gives a store some of everything.
func fill(t *testing.T, s store.Store) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ch := channel.Channel{ID: channelID, Platform: order.Organic, Adapter: "custom", Name: "Own website", BaseURL: "https://shop.example",
		Options: map[string]string{"since": "2026", "$a.b": "c"}, Sealed: []byte{1, 2, 0, 255}, Enabled: true, Interval: time.Minute, Version: 1, CreatedAt: noon()}
	must(s.Channels().Create(ctx, ch))
	_, err := s.Channels().Update(ctx, channelID, func(c *channel.Channel) error { c.Name = "Website"; return nil })
	must(err)
	must(s.Channels().SaveProgress(ctx, channel.Progress{Channel: channelID, Cursor: "page-7", LastRun: channel.Run{ID: "r1", Channel: channelID, Started: noon()}, Failures: 2}))
	for i := range 3 {
		must(s.Channels().SaveRun(ctx, channel.Run{ID: fmt.Sprint("r", i), Channel: channelID, Started: noon().Add(time.Duration(i) * time.Minute), Tally: channel.Tally{Fetched: i}, Error: "no luck"}))
		must(s.Channels().Quarantine(ctx, channel.Quarantined{ID: "q1", Channel: channelID, Reason: fmt.Sprint(i), Payload: []byte(`{"a":`), FirstAt: noon(), LastAt: noon().Add(time.Duration(i) * time.Hour), Times: 1}))
		must(s.Jobs().Save(ctx, store.Job{ID: fmt.Sprint("j", i), Kind: "import", State: store.JobDone, Done: 5, Files: map[string]string{"rejects": "x.csv"}, Started: noon()}))
		must(s.Ledger().Save(ctx, []store.Hour{{Channel: channelID, Start: noon().Add(time.Duration(i) * time.Hour), Theirs: 5, Ours: i, At: noon()}}))
		must(s.Users().Create(ctx, account.User{ID: account.ID(fmt.Sprint("u", i)), Email: fmt.Sprint(i, "@example.com"), Name: "Uma", Role: account.Support, PasswordHash: "$x", Granted: []account.Permission{account.OrdersDelete}, Epoch: 3, Version: 1, CreatedAt: noon()}))
	}
	fillSmall(t, s)
	fillOrders(t, s)
}

func fillSmall(t *testing.T, s store.Store) {
	t.Helper()
	ctx := t.Context()
	for i := range 4 {
		r := store.Record{Kind: []string{"view", "token"}[i%2], ID: fmt.Sprint(i), Owner: "u1", Doc: json.RawMessage(`{"q":"é"}`)}
		if i > 1 {
			r.Key, r.At = fmt.Sprint("k", i), noon()
		}
		if err := s.Records().Create(ctx, r); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Records().Update(ctx, r.Kind, r.ID, func(r *store.Record) error { r.Owner = "u2"; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Audit().Append(ctx, account.Entry{At: noon(), By: "u1", Action: "view.save", Object: "view:" + r.ID}, account.Entry{At: noon(), By: "system", Action: "x", Note: "\xff"}); err != nil {
			t.Fatal(err)
		}
		m := store.Message{Channel: channelID, EventID: fmt.Sprint("e", i), At: noon().Add(time.Duration(i) * time.Second), Header: map[string]string{"X-Topic": "orders/create"}, Body: []byte{0, 1, byte(i)}}
		if _, err := s.Inbox().Put(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	taken, err := s.Inbox().Take(ctx, "", noon().Add(time.Hour), time.Minute, 2)
	if err != nil || len(taken) != 2 {
		t.Fatal(taken, err)
	}
	if err := errors.Join(s.Inbox().Finish(ctx, taken[0].ID, noon()), s.Inbox().Fail(ctx, taken[1].ID, "not now", noon().Add(2*time.Hour))); err != nil {
		t.Fatal(err)
	}
}

func fillOrders(t *testing.T, s store.Store) {
	t.Helper()
	const orders = 700 // more than one batch
	var reports []order.Report
	for i := range orders {
		r := ordertest.Synthetic(1, i, 12, noon())
		if i%50 == 0 {
			r.Kind = order.Purchase
		}
		reports = append(reports, r)
	}
	got, err := s.Orders().Absorb(t.Context(), reports, noon())
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range got {
		if g.Err != nil {
			t.Fatal(g.Err)
		}
		if i%7 != 0 {
			continue
		}
		_, err := s.Orders().Update(t.Context(), g.ID, func(o *order.Order) error {
			o.AddNote("call first", "u1", noon())
			o.Desk.Tags, o.Desk.Archived = []string{"vip"}, i%3 == 0
			o.Wish = &order.Wish{Status: order.Shipped, At: noon(), By: "u1", State: order.WishWaiting, Key: fmt.Sprint("k", i), NextTry: noon()}
			o.Facts.OrderedAt = o.Facts.OrderedAt.Add(-time.Hour)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func moved(t *testing.T, from, to move.Side) {
	t.Helper()
	lines, err := move.Run(t.Context(), from, to, func(string, int) {})
	if err != nil {
		t.Fatal(err)
	}
	want := []move.Line{{What: "users", Count: 3}, {What: "channels", Count: 1}, {What: "progress of channels", Count: 1}, {What: "runs", Count: 3}, {What: "quarantine", Count: 1},
		{What: "jobs", Count: 3}, {What: "ledger", Count: 3}, {What: "records", Count: 4}, {What: "inbox", Count: 4}, {What: "audit", Count: 8}, {What: "orders", Count: 700}}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	alike(t, from, to)
}

// alike asks both sides what people would.
func alike(t *testing.T, from, to move.Side) {
	t.Helper()
	ask := func(s store.Store) (rows []order.Order, figures []uint32, wishes int) {
		p, err := s.Orders().List(t.Context(), order.Query{Where: order.Term{Field: order.Words, Text: []string{"ri"}}, Limit: 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Rows {
			o, err := s.Orders().Get(t.Context(), r.ID)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, o)
		}
		for n := 1; n > 0; {
			if n, err = s.Figures().Recount(t.Context(), 50); err != nil {
				t.Fatal(err)
			}
		}
		f, err := s.Figures().Days(t.Context(), report.Ever())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Days {
			figures = append(figures, d.Orders)
		}
		due, err := s.Orders().DueWishes(t.Context(), rows[0].Ref.Channel, noon(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		return rows, figures, len(due)
	}
	rows, figures, wishes := ask(from)
	rows2, figures2, wishes2 := ask(to)
	if len(rows) == 0 || len(figures) == 0 {
		t.Error("nothing is found: the test tests nothing")
	}
	if diff := cmp.Diff(rows, rows2, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("orders found (-from +to):\n%s", diff)
	}
	if diff := cmp.Diff(figures, figures2); diff != "" || wishes != wishes2 {
		t.Errorf("%d and %d wishes; orders by day (-from +to):\n%s", wishes, wishes2, diff)
	}
	again := store.Message{Channel: channelID, EventID: "e0", At: noon()}
	if fresh, err := to.Inbox().Put(t.Context(), again); fresh || err != nil {
		t.Errorf("a finished event is not remembered (%v)", err)
	}
}

func TestMoveBetweenFiles(t *testing.T) {
	t.Parallel()
	from, to := embedded(t), embedded(t)
	fill(t, from)
	moved(t, from, to)
}

func TestMoveToMongoDBAndBack(t *testing.T) {
	t.Parallel()
	from, there, back := embedded(t), mongodb(t), embedded(t)
	fill(t, from)
	moved(t, from, there)
	moved(t, there, back)
}

func TestMoveRefusesATargetThatHoldsSomething(t *testing.T) {
	t.Parallel()
	for what, put := range map[string]func(s store.Store) error{
		"orders": func(s store.Store) error {
			r := ordertest.Minimal("files", "1", noon())
			r.Kind = order.Purchase
			_, err := s.Orders().Absorb(t.Context(), []order.Report{r}, noon())
			return err
		},
		"users": func(s store.Store) error { return s.Users().Create(t.Context(), account.User{ID: "u", Email: "a@b.c"}) },
		"audit": func(s store.Store) error { _, err := s.Audit().Append(t.Context(), account.Entry{By: "u"}); return err },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			from, to := embedded(t), embedded(t)
			if err := put(to); err != nil {
				t.Fatal(err)
			}
			if _, err := move.Run(t.Context(), from, to, func(string, int) {}); !errors.Is(err, move.ErrNotEmpty) || !strings.Contains(err.Error(), what) {
				t.Errorf("%v, want ErrNotEmpty of %s", err, what)
			}
		})
	}
}

// lossy loses what it is told to keep.
type lossy struct {
	move.Side
	spoil func([]order.Order) []order.Order
}

func (l lossy) PutOrders(ctx context.Context, list []order.Order) error {
	return l.Side.PutOrders(ctx, l.spoil(append([]order.Order(nil), list...)))
}

func TestMoveFindsWhatIsDifferent(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func([]order.Order) []order.Order{
		"an order is lost": func(list []order.Order) []order.Order { return list[1:] },
		"a rupee is lost":  func(list []order.Order) []order.Order { list[0].Facts.Total.Minor -= 100; return list },
		"a line is lost":   func(list []order.Order) []order.Order { list[0].Facts.Items = list[0].Facts.Items[1:]; return list },
		"a time is off": func(list []order.Order) []order.Order {
			list[0].UpdatedAt = list[0].UpdatedAt.Add(time.Millisecond)
			return list
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			from := embedded(t)
			r := ordertest.Report("files", "1", noon())
			if _, err := from.Orders().Absorb(t.Context(), []order.Report{r, ordertest.Report("files", "2", noon())}, noon()); err != nil {
				t.Fatal(err)
			}
			if _, err := move.Run(t.Context(), from, lossy{embedded(t), spoil}, func(string, int) {}); !errors.Is(err, move.ErrDifferent) {
				t.Errorf("%v, want ErrDifferent", err)
			}
		})
	}
}

func TestPutWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) move.Side{"embedded": embedded, "mongodb": mongodb} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			if _, err := s.Orders().Absorb(t.Context(), []order.Report{ordertest.Report("files", "1", noon())}, noon()); err != nil {
				t.Fatal(err)
			}
			o, err := s.Orders().ByRef(t.Context(), order.Ref{Channel: "files", PlatformOrderID: "1"})
			if err != nil {
				t.Fatal(err)
			}
			other := o
			other.ID++
			renamed := o
			renamed.Ref.PlatformOrderID = "2"
			for what, o := range map[string]order.Order{"id and ref": o, "ref": other, "id": renamed} {
				if err := s.PutOrders(t.Context(), []order.Order{o}); !errors.Is(err, store.ErrConflict) {
					t.Errorf("a taken %s: %v, want ErrConflict", what, err)
				}
			}
			m := store.FiledMessage{Message: store.Message{Channel: "files", EventID: "e", At: noon(), Next: noon()}}
			r := store.Record{Kind: "k", ID: "1", Version: 7, Doc: json.RawMessage(`1`)}
			if err := errors.Join(s.PutMessages(t.Context(), []store.FiledMessage{m}), s.PutRecords(t.Context(), []store.Record{r})); err != nil {
				t.Fatal(err)
			}
			if err := s.PutMessages(t.Context(), []store.FiledMessage{m}); !errors.Is(err, store.ErrConflict) {
				t.Errorf("a known event: %v, want ErrConflict", err)
			}
			if err := s.PutRecords(t.Context(), []store.Record{r}); !errors.Is(err, store.ErrConflict) {
				t.Errorf("a taken record: %v, want ErrConflict", err)
			}
		})
	}
}
