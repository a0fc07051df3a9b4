package killtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// checker looks for what writers acknowledged.
type checker struct {
	result
	t     *testing.T
	place string
	all   []said // everything so far
	// How far the audit was walked.
	seq  int64
	head string
	// noted is what the audit tells of, by token; entries may be read before the
	// writer said that it made them.
	noted map[string]string
}

// reopened opens the database as the next start of the program would, looks for
// what was said since the last time, or for everything, and closes it.
func (c *checker) reopened(news []said, everything bool) {
	c.t.Helper()
	c.all = append(c.all, news...)
	for _, s := range news {
		c.Acknowledged[s.kind]++
	}
	begun := time.Now()
	s, err := open(c.t.Context(), c.place)
	if err != nil {
		c.t.Fatalf("after kill %d the database does not open: %v", c.Kills, err)
	}
	c.Slowest = max(c.Slowest, time.Since(begun).Milliseconds())
	if everything {
		news = c.all
		c.seq, c.head, c.noted = 0, "", nil
		c.figures(s)
		c.Full++
	}
	c.orders(s, news)
	c.hooks(s, news)
	c.audit(s, news)
	if err := s.Close(); err != nil {
		c.t.Error(err)
	}
	if everything && c.Engine == "sqlite" {
		if _, err := sqlite.Check(c.t.Context(), c.place); err != nil {
			c.t.Errorf("after kill %d the file is not sound: %v", c.Kills, err)
		}
	}
}

func (c *checker) lost(s said, why string) {
	c.Lost++
	c.t.Errorf("kill %d: the %s %s (%s) was acknowledged: %s", c.Kills, s.kind, s.id, s.what, why)
}

// orders looks for orders with their statuses, history and tags.
func (c *checker) orders(s store.Store, news []said) {
	c.t.Helper()
	for part := range slices.Chunk(news, 400) {
		var ids []order.ID
		for _, n := range part {
			if n.kind == saidHook {
				continue
			}
			id, err := order.ParseID(n.id)
			if err != nil {
				c.t.Fatal(err)
			}
			ids = append(ids, id)
		}
		slices.Sort(ids)
		found, err := s.Orders().Many(c.t.Context(), slices.Compact(ids))
		if err != nil {
			c.t.Fatal(err)
		}
		byID := map[string]order.Order{}
		for _, o := range found {
			byID[o.ID.String()] = o
		}
		for _, n := range part {
			o, there := byID[n.id]
			switch {
			case n.kind == saidHook:
			case !there:
				c.lost(n, "the order is not there")
			case n.kind == saidStatus && (o.Status == order.Pending || !slices.ContainsFunc(o.History, func(e order.Event) bool { return e.Note == n.what && e.Status == order.Confirmed })):
				c.lost(n, "the order is "+string(o.Status)+" and its history does not tell")
			case n.kind == saidTag && !o.HasTag(n.what):
				c.lost(n, "the order has the tags "+strings.Join(o.Desk.Tags, ", "))
			}
		}
	}
}

// hooks puts webhooks again, as their senders would: each must be known.
func (c *checker) hooks(s store.Store, news []said) {
	c.t.Helper()
	for _, n := range news {
		if n.kind != saidHook {
			continue
		}
		fresh, err := s.Inbox().Put(c.t.Context(), store.Message{Channel: hookChannel, EventID: n.id, At: time.Now()})
		if err != nil {
			c.t.Fatal(err)
		}
		if fresh {
			c.lost(n, "nobody knows it")
		}
	}
}

// audit walks on from the entry it knows, and looks for the entry of each
// acknowledged change.
func (c *checker) audit(s store.Store, news []said) {
	c.t.Helper()
	if c.noted == nil {
		c.noted = map[string]string{}
	}
	err := s.Audit().Each(c.t.Context(), c.seq, func(e account.Entry) error {
		if err := e.Follows(c.seq, c.head); err != nil {
			return err
		}
		c.seq, c.head = e.Seq, e.Hash
		c.noted[e.Ref] = e.Object
		return nil
	})
	if err != nil {
		c.t.Errorf("kill %d: the audit is broken: %v", c.Kills, err)
	}
	for _, n := range news {
		if n.kind == saidStatus && c.noted[n.what] != "order:"+n.id {
			c.lost(n, "the audit has "+c.noted[n.what]+" under that")
		}
	}
}

// figures holds that a day is marked or right, and that a recount leaves no
// difference.
func (c *checker) figures(s store.Store) {
	c.t.Helper()
	differ := func(when string) {
		err := s.Figures().Verify(c.t.Context(), func(d report.Difference) error {
			c.t.Errorf("kill %d: %s: %s of %s is %s, the orders say %s", c.Kills, when, d.What, d.Day, d.Kept, d.Want)
			return nil
		})
		if err != nil {
			c.t.Error(err)
		}
	}
	differ("as it was left")
	for {
		n, err := s.Figures().Recount(c.t.Context(), 50)
		if err != nil {
			c.t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	differ("after a recount")
}
