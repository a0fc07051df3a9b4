package sqlite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

func fillAudit(t *testing.T, s *db, n int) {
	t.Helper()
	var entries []account.Entry
	for i := range n {
		entries = append(entries, account.Entry{At: ordertest.Noon().Add(time.Duration(i) * time.Second), By: "u-1", Action: "order.status", Object: fmt.Sprint("order:", i)})
	}
	if _, err := s.Audit().Append(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
}

func verifyAudit(t *testing.T, s *db) error {
	t.Helper()
	seq, head := int64(0), ""
	return s.Audit().Each(t.Context(), 0, func(e account.Entry) error {
		err := e.Follows(seq, head)
		seq, head = e.Seq, e.Hash
		return err
	})
}

// The program's own connection cannot change an entry, whatever statement it
// were to run.
func TestAuditCannotBeChanged(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	fillAudit(t, s, 5)
	const columns = "SELECT seq, at, 'u-9', via, ip, ref, action, object, note, before, after, prev, hash FROM audit WHERE seq="
	for _, text := range []string{
		"UPDATE audit SET by='u-2' WHERE seq=3",
		"UPDATE OR REPLACE audit SET seq=4 WHERE seq=3",
		"DELETE FROM audit WHERE seq=5",
		"DELETE FROM audit",
		"REPLACE INTO audit " + columns + "3",
		"INSERT OR REPLACE INTO audit " + columns + "5",
	} {
		if _, err := s.writer.ExecContext(t.Context(), text); err == nil || !strings.Contains(err.Error(), "the audit") {
			t.Errorf("%s: %v, want a refusal", text, err)
		}
	}
	if err := verifyAudit(t, s); err != nil {
		t.Error(err)
	}
}

// Whoever removes the triggers first leaves a trace: the walk names the first
// entry that is not as it was written.
func TestAuditTampering(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a changed field", "UPDATE audit SET by='u-2' WHERE seq=7", "entry 7 was changed"},
		{"a changed time", "UPDATE audit SET at=at+1 WHERE seq=1", "entry 1 was changed"},
		{"a changed hash", "UPDATE audit SET hash=upper(hash) WHERE seq=4", "entry 4 was changed"},
		{"a dropped entry", "DELETE FROM audit WHERE seq=5", "entry 6 follows 4"},
		{"a dropped first entry", "DELETE FROM audit WHERE seq=1", "entry 2 follows 0"},
		{"two swapped entries", `UPDATE audit SET seq=-3 WHERE seq=3; UPDATE audit SET seq=3 WHERE seq=4; UPDATE audit SET seq=4 WHERE seq=-3`, "entry 3 does not continue"},
		{"a gap closed by renumbering", "DELETE FROM audit WHERE seq=5; UPDATE audit SET seq=seq-1 WHERE seq>5", "entry 5 does not continue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := openTest(t)
			fillAudit(t, s, 10)
			for _, text := range []string{"DROP TRIGGER audit_update", "DROP TRIGGER audit_delete", "DROP TRIGGER audit_insert", c.text} {
				if _, err := s.writer.ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			if err := verifyAudit(t, s); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// Flipping any single byte of what an entry says is noticed.
func TestAuditEveryField(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	fillAudit(t, s, 1)
	var e account.Entry
	if err := s.Audit().Each(t.Context(), 0, func(x account.Entry) error { e = x; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := e.Follows(0, ""); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*account.Entry){
		"at": func(e *account.Entry) { e.At = e.At.Add(time.Millisecond) }, "by": func(e *account.Entry) { e.By += "x" },
		"via": func(e *account.Entry) { e.Via = "api" }, "ip": func(e *account.Entry) { e.IP = "192.0.2.1" },
		"ref": func(e *account.Entry) { e.Ref = "r" }, "action": func(e *account.Entry) { e.Action = "user.disable" },
		"object": func(e *account.Entry) { e.Object = "" }, "note": func(e *account.Entry) { e.Note = "n" },
		"before": func(e *account.Entry) { e.Before = "{}" }, "after": func(e *account.Entry) { e.After = "{}" },
		"hash": func(e *account.Entry) { e.Hash = strings.Repeat("0", 64) }, "prev": func(e *account.Entry) { e.Prev = "x" },
	} {
		changed := e
		change(&changed)
		if changed.Follows(0, "") == nil {
			t.Errorf("a changed %s goes unnoticed", name)
		}
	}
}
