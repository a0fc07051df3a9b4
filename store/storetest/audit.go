package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

func audits() []testCase {
	return []testCase{
		{"an entry comes back whole", auditRoundTrip},
		{"entries together keep their order", auditTogether},
		{"nothing to append", auditNothing},
		{"parallel appends form one chain", auditParallel},
		{"filters", auditFilters},
		{"paging", auditPaging},
		{"limits", auditLimits},
		{"reading all of it, and on from a place", auditEach},
		{"appending while reading", auditEachAppending},
		{"a context that is over", auditContext},
		{"hostile texts", auditHostile},
	}
}

func entry(i int) account.Entry {
	return account.Entry{
		At: noon().Add(time.Duration(i) * time.Minute), By: fmt.Sprint("u-", i%3), Via: "page", IP: "192.0.2.7", Ref: fmt.Sprint("r-", i),
		Action: []string{"order.status", "user.create", "user.disable", "users.read"}[i%4], Object: fmt.Sprint("order:", i%5),
		Note: "by hand", Before: `{"status":"pending"}`, After: `{"status":"confirmed"}`,
	}
}

func appendEntries(t testing.TB, s store.Store, entries ...account.Entry) []account.Entry {
	t.Helper()
	sealed, err := s.Audit().Append(t.Context(), entries...)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return sealed
}

// chain reads everything and checks each link.
func chain(t testing.TB, s store.Store) []account.Entry {
	t.Helper()
	var all []account.Entry
	seq, prev := int64(0), ""
	err := s.Audit().Each(t.Context(), 0, func(e account.Entry) error {
		all = append(all, e)
		if err := e.Follows(seq, prev); err != nil {
			return err
		}
		seq, prev = e.Seq, e.Hash
		return nil
	})
	if err != nil {
		t.Fatalf("chain: %v", err)
	}
	return all
}

func auditList(t testing.TB, s store.Store, q store.AuditQuery) []account.Entry {
	t.Helper()
	list, err := s.Audit().List(t.Context(), q)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return list
}

func auditRoundTrip(t *testing.T, s store.Store) {
	full := entry(0)
	full.At = full.At.Add(1234567 * time.Nanosecond)
	first := appendEntries(t, s, full)[0]
	second := appendEntries(t, s, account.Entry{At: noon(), Action: "sign-in"})[0]
	if first.Seq != 1 || second.Seq != 2 || first.Prev != "" || second.Prev != first.Hash || len(first.Hash) != 64 {
		t.Errorf("%+v\n%+v", first, second)
	}
	want := full.Seal(0, "")
	same(t, "sealed", want, first)
	same(t, "listed", []account.Entry{second, first}, auditList(t, s, store.AuditQuery{}))
	same(t, "chain", []account.Entry{first, second}, chain(t, s))
}

func auditTogether(t *testing.T, s store.Store) {
	var entries []account.Entry
	for i := range 120 {
		entries = append(entries, entry(i))
	}
	sealed := appendEntries(t, s, entries...)
	more := appendEntries(t, s, entry(120))
	all := chain(t, s)
	same(t, "chain", append(sealed, more...), all)
	for i, e := range all {
		if e.Ref != fmt.Sprint("r-", i) {
			t.Fatalf("entry %d is %s", i, e.Ref)
		}
	}
}

func auditNothing(t *testing.T, s store.Store) {
	if sealed := appendEntries(t, s); len(sealed) != 0 {
		t.Errorf("%d entries", len(sealed))
	}
	if all := chain(t, s); len(all) != 0 {
		t.Errorf("%d entries", len(all))
	}
}

func auditParallel(t *testing.T, s store.Store) {
	const n, each = 32, 4
	together(n, func(i int) {
		for j := range each {
			batch := []account.Entry{entry(i), entry(i)}[:1+j%2]
			sealed, err := s.Audit().Append(t.Context(), batch...)
			if err != nil {
				t.Errorf("append: %v", err)
				return
			}
			if len(sealed) == 2 && sealed[1].Follows(sealed[0].Seq, sealed[0].Hash) != nil {
				t.Error("entries of one call were torn apart")
			}
		}
	})
	if all := chain(t, s); len(all) != n*each*3/2 {
		t.Errorf("%d entries, want %d", len(all), n*each*3/2)
	}
}

func auditFilters(t *testing.T, s store.Store) {
	var all []account.Entry
	for i := range 30 {
		all = append(all, appendEntries(t, s, entry(i))...)
	}
	at := func(i int) time.Time { return noon().Add(time.Duration(i) * time.Minute) }
	for what, c := range map[string]struct {
		q  store.AuditQuery
		is func(e account.Entry) bool
	}{
		"by":                   {store.AuditQuery{By: "u-1"}, func(e account.Entry) bool { return e.By == "u-1" }},
		"whole action":         {store.AuditQuery{Action: "user.disable"}, func(e account.Entry) bool { return e.Action == "user.disable" }},
		"beginning of actions": {store.AuditQuery{Action: "user."}, func(e account.Entry) bool { return e.Action == "user.create" || e.Action == "user.disable" }},
		"object":               {store.AuditQuery{Object: "order:3"}, func(e account.Entry) bool { return e.Object == "order:3" }},
		"no such object":       {store.AuditQuery{Object: "order:"}, func(account.Entry) bool { return false }},
		"from":                 {store.AuditQuery{From: at(20)}, func(e account.Entry) bool { return e.Seq > 20 }},
		"until":                {store.AuditQuery{Until: at(20)}, func(e account.Entry) bool { return e.Seq <= 20 }},
		"between, by, action": {store.AuditQuery{From: at(3), Until: at(27), By: "u-0", Action: "user"}, func(e account.Entry) bool {
			return e.Seq > 3 && e.Seq <= 27 && e.By == "u-0" && e.Action != "order.status"
		}},
		"object before a place": {store.AuditQuery{Object: "order:0", Before: 16}, func(e account.Entry) bool { return e.Object == "order:0" && e.Seq < 16 }},
	} {
		var want []account.Entry
		for i := len(all) - 1; i >= 0; i-- {
			if c.is(all[i]) {
				want = append(want, all[i])
			}
		}
		same(t, what, want, auditList(t, s, c.q))
	}
}

func auditPaging(t *testing.T, s store.Store) {
	var entries []account.Entry
	for i := range 25 {
		entries = append(entries, entry(i))
	}
	appendEntries(t, s, entries[:10]...) // some together, some alone
	for _, e := range entries[10:] {
		appendEntries(t, s, e)
	}
	for _, q := range []store.AuditQuery{{}, {Action: "user."}} {
		whole := auditList(t, s, q)
		var paged []account.Entry
		for q.Limit = 4; ; q.Before = paged[len(paged)-1].Seq {
			page := auditList(t, s, q)
			paged = append(paged, page...)
			if len(page) < q.Limit {
				break
			}
			appendEntries(t, s, entry(99)) // what comes meanwhile disturbs no page
		}
		same(t, "pages", whole, paged)
	}
}

func auditLimits(t *testing.T, s store.Store) {
	batch := make([]account.Entry, 600)
	for i := range batch {
		batch[i] = entry(i)
	}
	appendEntries(t, s, batch...)
	for limit, want := range map[int]int{0: 100, -5: 100, 1: 1, 500: 500, 100_000: 500} {
		list := auditList(t, s, store.AuditQuery{Limit: limit})
		if len(list) != want || list[0].Seq != 600 {
			t.Errorf("limit %d: %d entries, want %d", limit, len(list), want)
		}
	}
}

func auditEach(t *testing.T, s store.Store) {
	const n = 1050 // more than any engine reads at once
	for i := 0; i < n; i += 70 {
		var batch []account.Entry
		for j := range 70 {
			batch = append(batch, entry(i+j))
		}
		appendEntries(t, s, batch...)
	}
	if all := chain(t, s); len(all) != n {
		t.Errorf("%d entries, want %d", len(all), n)
	}
	for _, after := range []int64{0, 1, 69, 70, 71, n - 1, n, n + 5} {
		want := after
		err := s.Audit().Each(t.Context(), after, func(e account.Entry) error {
			if want++; e.Seq != want {
				return fmt.Errorf("entry %d where %d is next", e.Seq, want)
			}
			return nil
		})
		if err != nil || want != max(after, n) {
			t.Errorf("after %d: ended at %d (%v)", after, want, err)
		}
	}
	enough := errors.New("enough")
	seen := 0
	err := s.Audit().Each(t.Context(), 0, func(account.Entry) error {
		if seen++; seen == 3 {
			return enough
		}
		return nil
	})
	if err != enough || seen != 3 { //nolint:errorlint // untouched is the point
		t.Errorf("error %v after %d entries, want %v after 3", err, seen, enough)
	}
}

func auditEachAppending(t *testing.T, s store.Store) {
	appendEntries(t, s, entry(0), entry(1))
	n := 0
	err := s.Audit().Each(t.Context(), 0, func(account.Entry) error {
		if n++; n > 2 {
			return nil
		}
		_, err := s.Audit().Append(t.Context(), entry(n+1))
		return err
	})
	if err != nil || n < 2 {
		t.Errorf("%d entries (%v)", n, err)
	}
	if all := chain(t, s); len(all) != 4 {
		t.Errorf("%d entries, want 4", len(all))
	}
}

func auditContext(t *testing.T, s store.Store) {
	if _, err := s.Audit().Append(canceled(t), entry(0)); err == nil {
		t.Error("appended without a context")
	}
	if all := chain(t, s); len(all) != 0 {
		t.Errorf("%d entries", len(all))
	}
}

func auditHostile(t *testing.T, s store.Store) {
	for i, text := range hostileTexts() {
		e := account.Entry{At: noon(), By: text, Via: text, IP: text, Ref: text, Action: "a" + text, Object: text, Note: text, Before: text, After: text}
		appendEntries(t, s, e)
		if text == "" {
			continue
		}
		for what, q := range map[string]store.AuditQuery{"by": {By: text}, "object": {Object: text}, "action": {Action: "a" + text}} {
			if list := auditList(t, s, q); len(list) == 0 || list[0].Seq != int64(i+1) {
				t.Errorf("%s %q finds %d entries", what, text, len(list))
			}
		}
	}
	if all := chain(t, s); len(all) != len(hostileTexts()) {
		t.Errorf("%d entries", len(all))
	}
}
