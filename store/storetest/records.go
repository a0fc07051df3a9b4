package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

func recordCases() []testCase {
	return []testCase{
		{"a record comes back whole", recordRoundTrip},
		{"unknown records", recordUnknown},
		{"a taken id or key", recordTaken},
		{"records without a key do not meet", recordNoKey},
		{"lists by owner, time and limit", recordLists},
		{"a tie in time is broken by id", recordTies},
		{"changes", recordUpdate},
		{"a key moves", recordKeyMoves},
		{"deleting", recordDelete},
		{"deleting what a query selects", recordDeleteWhere},
		{"hostile texts", recordHostile},
		{"32 goroutines on one record", recordTogether},
		{"32 goroutines and one key", recordKeyTogether},
		{"a shelf of values", recordShelf},
	}
}

func record(kind, id string) store.Record {
	return store.Record{Kind: kind, ID: id, Owner: "u-1", Key: "key-" + id, At: noon(), Version: 1, Doc: json.RawMessage(`{"n":1}`)}
}

func addRecord(t testing.TB, s store.Store, r store.Record) {
	t.Helper()
	if err := s.Records().Create(t.Context(), r); err != nil {
		t.Fatalf("create record %s of %s: %v", r.ID, r.Kind, err)
	}
}

// recordIDs are the ids that a query selects; counting agrees.
func recordIDs(t testing.TB, s store.Store, q store.RecordQuery) []string {
	t.Helper()
	list, err := s.Records().List(t.Context(), q)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	all := q
	all.Limit = 0
	n, err := s.Records().Count(t.Context(), all)
	if err != nil {
		t.Fatalf("count: %v", err)
	}
	if n < len(list) || q.Limit == 0 && n != len(list) || q.Limit > 0 && len(list) != min(n, q.Limit) {
		t.Errorf("%+v: count is %d, list has %d", q, n, len(list))
	}
	ids := []string{}
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids
}

func recordRoundTrip(t *testing.T, s store.Store) {
	full := record("view", "a")
	full.At = noon().Add(123*time.Millisecond + 456*time.Microsecond)
	full.Doc = json.RawMessage(`{"z":1,"a":"é <b>","big":9007199254740993}`)
	full.Version = 7 // a new record is version 1 whatever is given
	bare := store.Record{Kind: "token", ID: "a", Doc: json.RawMessage(`null`)}
	for _, r := range []store.Record{full, bare} {
		addRecord(t, s, r)
		got, err := s.Records().Get(t.Context(), r.Kind, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := r
		want.Version, want.At = 1, r.At.Truncate(time.Millisecond)
		same(t, r.Kind, want, got)
		if r.Key == "" {
			continue
		}
		got, err = s.Records().ByKey(t.Context(), r.Kind, r.Key)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "by key", want, got)
	}
}

func recordUnknown(t *testing.T, s store.Store) {
	r := record("view", "a")
	addRecord(t, s, r)
	no := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", what, err)
		}
	}
	_, err := s.Records().Get(t.Context(), "view", "b")
	no("another id", err)
	_, err = s.Records().Get(t.Context(), "token", "a")
	no("another kind", err)
	_, err = s.Records().ByKey(t.Context(), "token", r.Key)
	no("key of another kind", err)
	_, err = s.Records().ByKey(t.Context(), "view", "")
	no("no key", err)
	_, err = s.Records().Update(t.Context(), "view", "b", func(*store.Record) error { return nil })
	no("update", err)
	no("delete", s.Records().Delete(t.Context(), "view", "b"))
}

func recordTaken(t *testing.T, s store.Store) {
	addRecord(t, s, record("view", "a"))
	sameID, sameKey := record("view", "a"), record("view", "b")
	sameID.Key, sameKey.Key = "other", "key-a"
	for what, r := range map[string]store.Record{"id": sameID, "key": sameKey} {
		if err := s.Records().Create(t.Context(), r); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a taken %s: %v, want ErrConflict", what, err)
		}
	}
	other := record("token", "a") // of another kind everything is free
	other.Key = "key-a"
	addRecord(t, s, other)
	same(t, "views", []string{"a"}, recordIDs(t, s, store.RecordQuery{Kind: "view"}))
}

func recordNoKey(t *testing.T, s store.Store) {
	for _, id := range []string{"a", "b", "c"} {
		r := record("view", id)
		r.Key = ""
		addRecord(t, s, r)
	}
	clash := record("view", "d")
	clash.Key = "a" // an id of another, which is no key
	addRecord(t, s, clash)
	same(t, "ids", []string{"a", "b", "c", "d"}, recordIDs(t, s, store.RecordQuery{Kind: "view", OldestFirst: true}))
}

func recordLists(t *testing.T, s store.Store) {
	for i, id := range []string{"a", "b", "c", "d", "e"} {
		r := record("view", id)
		r.At = noon().Add(time.Duration(i) * time.Hour)
		if i%2 == 1 {
			r.Owner = ""
		}
		addRecord(t, s, r)
	}
	addRecord(t, s, record("token", "x"))
	u, nobody, stranger := "u-1", "", "u-9"
	for what, c := range map[string]struct {
		q    store.RecordQuery
		want []string
	}{
		"all, newest first":  {store.RecordQuery{}, []string{"e", "d", "c", "b", "a"}},
		"all, oldest first":  {store.RecordQuery{OldestFirst: true}, []string{"a", "b", "c", "d", "e"}},
		"an owner's":         {store.RecordQuery{Owner: &u}, []string{"e", "c", "a"}},
		"everybody's":        {store.RecordQuery{Owner: &nobody}, []string{"d", "b"}},
		"a stranger's":       {store.RecordQuery{Owner: &stranger}, []string{}},
		"from, included":     {store.RecordQuery{From: noon().Add(3 * time.Hour)}, []string{"e", "d"}},
		"until, excluded":    {store.RecordQuery{Until: noon().Add(2 * time.Hour)}, []string{"b", "a"}},
		"between":            {store.RecordQuery{From: noon().Add(time.Hour), Until: noon().Add(3 * time.Hour)}, []string{"c", "b"}},
		"the newest two":     {store.RecordQuery{Limit: 2}, []string{"e", "d"}},
		"the oldest two":     {store.RecordQuery{Limit: 2, OldestFirst: true}, []string{"a", "b"}},
		"an owner's newest":  {store.RecordQuery{Owner: &u, Limit: 1, Until: noon().Add(4 * time.Hour)}, []string{"c"}},
		"an owner's oldest":  {store.RecordQuery{Owner: &u, Limit: 2, OldestFirst: true}, []string{"a", "c"}},
		"nothing in between": {store.RecordQuery{From: noon().Add(3 * time.Hour), Until: noon()}, []string{}},
	} {
		c.q.Kind = "view"
		same(t, what, c.want, recordIDs(t, s, c.q))
	}
}

func recordTies(t *testing.T, s store.Store) {
	for _, id := range []string{"b", "c", "a"} {
		addRecord(t, s, record("view", id))
	}
	early := record("view", "z") // the zero time comes before every other
	early.At = time.Time{}
	addRecord(t, s, early)
	same(t, "oldest first", []string{"z", "a", "b", "c"}, recordIDs(t, s, store.RecordQuery{Kind: "view", OldestFirst: true}))
	same(t, "newest first", []string{"c", "b", "a", "z"}, recordIDs(t, s, store.RecordQuery{Kind: "view"}))
}

func recordUpdate(t *testing.T, s store.Store) {
	addRecord(t, s, record("view", "a"))
	got, err := s.Records().Update(t.Context(), "view", "a", func(r *store.Record) error {
		r.Kind, r.ID, r.Version = "stolen", "stolen", 99
		r.Owner, r.Key, r.At, r.Doc = "u-2", "", noon().Add(time.Hour), json.RawMessage(`[]`)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := store.Record{Kind: "view", ID: "a", Owner: "u-2", At: noon().Add(time.Hour), Version: 2, Doc: json.RawMessage(`[]`)}
	same(t, "returned", want, got)
	got, err = s.Records().Get(t.Context(), "view", "a")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "stored", want, got)
	no := errors.New("no")
	_, err = s.Records().Update(t.Context(), "view", "a", func(r *store.Record) error { r.Owner = "lost"; return no })
	if err != no { //nolint:errorlint // untouched is the point
		t.Errorf("error %v, want what fn returned", err)
	}
	if r, _ := s.Records().Get(t.Context(), "view", "a"); r.Owner != "u-2" || r.Version != 2 {
		t.Errorf("a refused change was stored: %+v", r)
	}
}

func recordKeyMoves(t *testing.T, s store.Store) {
	addRecord(t, s, record("token", "a"))
	addRecord(t, s, record("token", "b"))
	rekey := func(id, key string) error {
		_, err := s.Records().Update(t.Context(), "token", id, func(r *store.Record) error { r.Key = key; return nil })
		return err
	}
	if err := rekey("b", "key-a"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a taken key: %v, want ErrConflict", err)
	}
	for _, step := range [][2]string{{"a", "new"}, {"b", "key-a"}, {"b", "key-a"}} {
		if err := rekey(step[0], step[1]); err != nil {
			t.Fatalf("%s to %s: %v", step[0], step[1], err)
		}
	}
	for key, want := range map[string]string{"new": "a", "key-a": "b"} {
		if r, err := s.Records().ByKey(t.Context(), "token", key); err != nil || r.ID != want {
			t.Errorf("%s is %s (%v), want %s", key, r.ID, err, want)
		}
	}
	if _, err := s.Records().ByKey(t.Context(), "token", "key-b"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old key: %v", err)
	}
}

func recordDelete(t *testing.T, s store.Store) {
	addRecord(t, s, record("view", "a"))
	if err := s.Records().Delete(t.Context(), "view", "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Records().Delete(t.Context(), "view", "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("twice: %v, want ErrNotFound", err)
	}
	addRecord(t, s, record("view", "a")) // its id and key are free again
}

func recordDeleteWhere(t *testing.T, s store.Store) {
	u := "u-1"
	for i := range 10 {
		r := record("note", fmt.Sprint(i))
		r.At = noon().Add(time.Duration(i) * time.Minute)
		if i == 9 {
			r.Owner = ""
		}
		addRecord(t, s, r)
	}
	addRecord(t, s, record("view", "kept"))
	for _, c := range []struct {
		q    store.RecordQuery
		n    int
		left []string
	}{
		{store.RecordQuery{Until: noon().Add(2 * time.Minute)}, 2, []string{"2", "3", "4", "5", "6", "7", "8", "9"}},
		{store.RecordQuery{Limit: 2, OldestFirst: true}, 2, []string{"4", "5", "6", "7", "8", "9"}},
		{store.RecordQuery{Limit: 1, Owner: &u}, 1, []string{"4", "5", "6", "7", "9"}},
		{store.RecordQuery{From: noon().Add(time.Hour)}, 0, []string{"4", "5", "6", "7", "9"}},
		{store.RecordQuery{Owner: &u}, 4, []string{"9"}},
		{store.RecordQuery{}, 1, []string{}},
	} {
		c.q.Kind = "note"
		n, err := s.Records().DeleteWhere(t.Context(), c.q)
		if err != nil || n != c.n {
			t.Errorf("%+v: %d deleted (%v), want %d", c.q, n, err, c.n)
		}
		same(t, fmt.Sprintf("left after %+v", c.q), c.left, recordIDs(t, s, store.RecordQuery{Kind: "note", OldestFirst: true}))
	}
	same(t, "other kinds", []string{"kept"}, recordIDs(t, s, store.RecordQuery{Kind: "view"}))
}

func recordHostile(t *testing.T, s store.Store) {
	for i, text := range hostileTexts() {
		if text == "" {
			continue
		}
		doc, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		want := store.Record{Kind: "kind " + text, ID: fmt.Sprint(i, text), Owner: text, Key: text, At: noon(), Version: 1, Doc: doc}
		addRecord(t, s, want)
		got, err := s.Records().ByKey(t.Context(), want.Kind, text)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		same(t, "record", want, got)
		same(t, "ids", []string{want.ID}, recordIDs(t, s, store.RecordQuery{Kind: want.Kind, Owner: &text}))
	}
}

func recordTogether(t *testing.T, s store.Store) {
	const n = 32
	r := record("view", "a")
	r.Doc = json.RawMessage(`0`)
	addRecord(t, s, r)
	together(n, func(int) {
		_, err := s.Records().Update(t.Context(), "view", "a", func(r *store.Record) error {
			var count int
			if err := json.Unmarshal(r.Doc, &count); err != nil {
				return err
			}
			r.Doc = json.RawMessage(fmt.Sprint(count + 1))
			return nil
		})
		if err != nil {
			t.Errorf("update: %v", err)
		}
	})
	if r, _ := s.Records().Get(t.Context(), "view", "a"); string(r.Doc) != fmt.Sprint(n) || r.Version != n+1 {
		t.Errorf("%s, version %d", r.Doc, r.Version)
	}
}

func recordKeyTogether(t *testing.T, s store.Store) {
	const n = 32
	errs := make([]error, n)
	together(n, func(i int) {
		r := record("token", fmt.Sprint(i))
		r.Key = "one"
		errs[i] = s.Records().Create(t.Context(), r)
	})
	made := 0
	for _, err := range errs {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, store.ErrConflict):
			t.Errorf("%v, want ErrConflict", err)
		}
	}
	if n := len(recordIDs(t, s, store.RecordQuery{Kind: "token"})); made != 1 || n != 1 {
		t.Errorf("%d made, %d there", made, n)
	}
}

func recordShelf(t *testing.T, s store.Store) {
	type view struct{ Query string }
	views := store.Shelf[view]{Records: s.Records(), Kind: "view"}
	if err := views.Create(t.Context(), store.Record{ID: "a", Owner: "u-1", Key: "late", At: noon()}, view{"status:pending"}); err != nil {
		t.Fatal(err)
	}
	addRecord(t, s, record("token", "a"))
	got, err := views.Update(t.Context(), "a", func(k *store.Kept[view]) error {
		k.Value.Query += " tag:vip"
		k.Owner = ""
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := store.Kept[view]{Record: store.Record{Kind: "view", ID: "a", Key: "late", At: noon(), Version: 2}, Value: view{"status:pending tag:vip"}}
	same(t, "returned", want, got)
	for what, read := range map[string]func() (store.Kept[view], error){
		"get": func() (store.Kept[view], error) { return views.Get(t.Context(), "a") },
		"key": func() (store.Kept[view], error) { return views.ByKey(t.Context(), "late") },
	} {
		if got, err = read(); err != nil {
			t.Fatal(err)
		}
		same(t, what, want, got)
	}
	list, err := views.List(t.Context(), store.RecordQuery{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "list", []store.Kept[view]{want}, list)
	if err := views.Delete(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := views.Get(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after deleting: %v", err)
	}
}
