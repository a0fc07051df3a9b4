package handlers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views/wordmap"
)

const (
	shownVersions = 50
	newWords      = 2 // rows for words that the platform has not used yet
	kindReread    = "reread"
)

// showWords is the page of a channel's status words, filled from the version in
// force or from an older one.
func (s *Server) showWords(c echo.Context) error {
	q, err := readQuery(c, "version")
	if err != nil {
		return err
	}
	v, m, err := s.wordsView(c)
	if err != nil {
		return err
	}
	if q.Has("version") {
		n, err := strconv.Atoi(q.Get("version"))
		if err != nil {
			return fieldFault("version", "This is not a version.")
		}
		if m, err = s.wordVersion(c.Request().Context(), v.Channel, n); err != nil {
			return err
		}
		v.Opened = n
	}
	fillWords(&v, m.Rules)
	return s.answerWords(c, http.StatusOK, v)
}

func (s *Server) answerWords(c echo.Context, status int, v wordmap.View) error {
	p := s.page(c, "Status words", "/channels")
	p.Path = "/channels/" + v.Channel + "/words"
	return html(c, status, wordmap.Page(p, v))
}

// wordsView is the page without rules, and the rules in force.
func (s *Server) wordsView(c echo.Context) (v wordmap.View, m channel.WordMap, err error) {
	ctx := c.Request().Context()
	ch, err := s.Store.Channels().Get(ctx, c.Param("id"))
	if err != nil {
		return v, m, err
	}
	if s.Desk == nil || ch.Adapter == channel.Manual {
		return v, m, errGone
	}
	v = wordmap.View{Clock: s.clock(), Channel: ch.ID, Name: ch.Name, Version: ch.Words.Version, Opened: ch.Words.Version,
		MayManage: userOf(c).May(account.ChannelsManage)}
	words, err := s.Desk.Words(ctx, ch.ID)
	if err != nil {
		return v, m, err
	}
	for _, w := range words {
		v.Rows = append(v.Rows, wordmap.Row{Word: w.Word, Orders: w.Orders, Last: w.Last, Now: w.Status, Unknown: w.Unknown})
	}
	saved, err := s.Desk.WordHistory(ctx, ch.ID, shownVersions)
	if err != nil {
		return v, m, err
	}
	var people []string
	for _, x := range saved {
		people = append(people, x.By)
	}
	names, err := s.names(ctx, people)
	for _, x := range saved {
		v.History = append(v.History, wordmap.Saved{Version: x.Version, Rules: len(x.Rules), By: names[x.By], At: x.At})
	}
	return v, ch.Words, err
}

// wordVersion is a version that was saved; 0 is the one without rules.
func (s *Server) wordVersion(ctx context.Context, id string, n int) (channel.WordMap, error) {
	if n == 0 {
		return channel.WordMap{}, nil
	}
	saved, err := s.Desk.WordHistory(ctx, id, 0)
	if err != nil {
		return channel.WordMap{}, err
	}
	for _, x := range saved {
		if x.Version == n {
			return x.WordMap, nil
		}
	}
	return channel.WordMap{}, errGone
}

// fillWords puts rules into their rows, and adds rows for words that the
// platform has not used lately.
func fillWords(v *wordmap.View, rules []channel.WordRule) {
	for _, r := range rules {
		found := false
		for i := range v.Rows {
			if channel.SameWord(v.Rows[i].Word, r.Word) {
				v.Rows[i].Rule, found = r, true
			}
		}
		if !found {
			v.Rows = append(v.Rows, wordmap.Row{Word: r.Word, Rule: r})
		}
	}
	if v.MayManage {
		for range newWords {
			v.Rows = append(v.Rows, wordmap.Row{New: true})
		}
	}
}

// saveWords tries rules, and saves those that were tried.
func (s *Server) saveWords(c echo.Context) error {
	fields := []string{"version", "tested", "action"}
	for i := range 2 * channel.MaxWordRules {
		for _, name := range []string{"word", "status", "sub", "flag"} {
			fields = append(fields, name+"-"+strconv.Itoa(i))
		}
	}
	f, err := readForm(c, fields...)
	if err != nil {
		return err
	}
	v, _, err := s.wordsView(c)
	if err != nil {
		return err
	}
	rules, at := readRules(f)
	fillWords(&v, rules)
	var faults order.FieldErrors
	seen := int(readVersion(f, &faults))
	if len(faults) > 0 {
		return faults
	}
	if bad := (channel.WordMap{Rules: rules}).Check(); len(bad) > 0 {
		v.Rows = typedRows(f, v.Rows, bad, at)
		v.Fault = "Nothing was saved. " + bad[0].Message
		return s.answerWords(c, http.StatusUnprocessableEntity, v)
	}
	if v.Trial, err = s.tryWords(c.Request().Context(), v.Channel, rules); err != nil {
		return err
	}
	v.Tested = testMark(seen, rules)
	switch {
	case f.Get("action") == "test":
		return s.answerWords(c, http.StatusOK, v)
	case f.Get("action") != "save":
		return fieldFault("action", "Choose what to do.")
	case f.Get("tested") != v.Tested:
		v.Fault = "Look at what these rules would do first, then save them."
		return s.answerWords(c, http.StatusUnprocessableEntity, v)
	}
	err = s.putWords(c, v.Channel, seen, rules)
	if errors.Is(err, ingest.ErrWordsChanged) {
		v.Tested, v.Fault = "", "Somebody else has saved rules meanwhile. Open the page again."
		return s.answerWords(c, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	s.flash(c, doneWords, 60)
	return seeOther(c, "/channels/"+v.Channel+"/words")
}

// putWords brings rules into force and lets a job apply them to what is here.
func (s *Server) putWords(c echo.Context, id string, seen int, rules []channel.WordRule) error {
	ctx, by := c.Request().Context(), userOf(c).ID
	saved, err := s.Desk.SaveWords(ctx, id, string(by), seen, rules)
	if err != nil {
		return err
	}
	s.Log.Info("status words saved", slog.String("request", requestID(c)), slog.String("user", string(by)), slog.String("channel", id), slog.Int("version", saved.Version))
	after, err := json.Marshal(saved.WordMap)
	if err != nil {
		return err
	}
	err = s.audit(c, account.Entry{Action: "channel.words", Object: "channel:" + id, Before: fmt.Sprintf(`{"version":%d}`, seen), After: string(after)})
	if err != nil {
		return err
	}
	j := store.Job{ID: rand.Text(), Kind: kindReread, By: by, Channel: id, Title: fmt.Sprintf("Status words, version %d", saved.Version)}
	return s.jobs.Start(ctx, j, func(ctx context.Context, w *Work) error {
		note := func(t channel.Tally) { w.Update(func(j *store.Job) { j.Tally, j.Done = t, t.Fetched }) }
		t, err := s.Desk.RereadWords(ctx, id, string(by), note)
		note(t)
		return err
	})
}

// readRules are the rows with a status, and where they stand in the form.
func readRules(f url.Values) (rules []channel.WordRule, at []int) {
	for i := range 2 * channel.MaxWordRules {
		get := func(name string) string {
			text, _ := readText(f.Get(name+"-"+strconv.Itoa(i)), 400) // Check refuses what is too long
			return text
		}
		r := channel.WordRule{Word: get("word"), Status: order.Status(get("status")), SubStatus: get("sub"), Flag: order.Flag(get("flag"))}
		typed := r.Status != "" || r.SubStatus != "" || r.Flag != ""
		if typed {
			rules, at = append(rules, r), append(at, i)
		}
	}
	return rules, at
}

// typedRows are the rows as they were typed, with the faults in their places.
func typedRows(f url.Values, known []wordmap.Row, bad []channel.RuleFault, at []int) []wordmap.Row {
	var rows []wordmap.Row
	for i := 0; f.Has("word-" + strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		row := wordmap.Row{Word: f.Get("word-" + n), New: true}
		for _, k := range known {
			if k.Word != "" && k.Word == row.Word {
				row = k
			}
		}
		row.Rule = channel.WordRule{Word: f.Get("word-" + n), Status: order.Status(f.Get("status-" + n)), SubStatus: f.Get("sub-" + n), Flag: order.Flag(f.Get("flag-" + n))}
		for _, b := range bad {
			if b.Rule < len(at) && at[b.Rule] == i {
				row.Fault = b.Message
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *Server) tryWords(ctx context.Context, id string, rules []channel.WordRule) (*wordmap.Trial, error) {
	got, err := s.Desk.TryWords(ctx, id, rules)
	if err != nil {
		return nil, err
	}
	t := &wordmap.Trial{Looked: got.Looked, Changes: got.Changes, Dropped: got.Dropped}
	for _, x := range got.Orders {
		t.Orders = append(t.Orders, wordmap.Change{ID: x.ID.String(), Number: x.Number, Word: x.Word, Before: x.Before, After: x.After, Kept: x.Kept})
	}
	return t, nil
}

// testMark names what was tried: the same rules on the same version.
func testMark(version int, rules []channel.WordRule) string {
	b, err := json.Marshal(channel.WordMap{Version: version, Rules: rules})
	if err != nil {
		panic(err) // plain texts always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}
