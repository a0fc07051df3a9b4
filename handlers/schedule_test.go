package handlers

import (
	"bufio"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/timetable"
)

// postbox is a mail server on this machine that takes everything.
func (a *app) postbox() (got chan string) {
	a.t.Helper()
	l, err := new(net.ListenConfig).Listen(a.t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = l.Close() })
	got = make(chan string, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go takeMail(c, got)
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port
	err = a.srv.post().Save(a.t.Context(), mail.Server{Host: "127.0.0.1", Port: port, Security: mail.Plain, From: "desk@example.com"}, "")
	if err != nil {
		a.t.Fatal(err)
	}
	return got
}

func takeMail(c net.Conn, got chan<- string) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(s string) { _, _ = c.Write([]byte(s + "\r\n")) }
	say("220 test")
	var all strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		all.WriteString(line)
		switch {
		case strings.HasPrefix(line, "DATA"):
			say("354 go")
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
				all.WriteString(line)
			}
			got <- all.String()
			say("250 taken")
		case strings.HasPrefix(line, "QUIT"):
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// scheduled is a form that schedules an export for two minutes from now.
func (a *app) scheduled(name, query, to string) url.Values {
	at := a.clock.now().Add(2 * time.Minute).In(a.srv.Location)
	return url.Values{"name": {name}, "query": {query}, "format": {"csv"}, "column": {"id", "customer_name"}, "to": {to}, "time": {at.Format("15:04")}}
}

// folder is the names and texts of the files in the exports folder.
func (a *app) folder() (names, texts []string) {
	a.t.Helper()
	files, err := filepath.Glob(filepath.Join(a.srv.DataDir, exportFolder, "*"))
	if err != nil {
		a.t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			a.t.Fatal(err)
		}
		names, texts = append(names, filepath.Base(f)), append(texts, string(b))
	}
	return names, texts
}

func (a *app) runSchedules() {
	a.t.Helper()
	if err := a.srv.RunSchedules(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
}

func (a *app) exportEntries() []account.Entry {
	a.t.Helper()
	entries, err := a.store.Audit().List(a.t.Context(), store.AuditQuery{Action: "export.run"})
	if err != nil {
		a.t.Fatal(err)
	}
	return entries
}

// TestScheduleToFolder: an export of the list goes into the folder once a due
// time, with what its owner may see then.
func TestScheduleToFolder(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	ids := a.orders(3)
	a.set(ids[0], func(o *order.Order) error { return o.AddTag("gift", "u-admin", a.clock.now()) })
	b := a.as("admin")
	b.get("/orders/export?tag=gift").want(t, http.StatusOK).wantText(t, `href="/orders/schedules?tag=gift"`)
	b.get("/orders/schedules?tag=gift").want(t, http.StatusOK).wantText(t, "1 order now", `value="tag=gift"`, "no mail server is set up")
	b.post("/orders/schedules", a.scheduled("Gifts, daily", "tag=gift", "folder")).want(t, http.StatusSeeOther)
	b.get("/orders/schedules").want(t, http.StatusOK).wantText(t, "Gifts, daily", "CSV every day at", "The export is scheduled.")

	a.runSchedules()
	if names, _ := a.folder(); len(names) != 0 {
		t.Fatalf("made before its time: %v", names)
	}
	a.clock.add(2 * time.Minute)
	a.runSchedules()
	a.runSchedules()
	names, texts := a.folder()
	if len(names) != 1 || !strings.HasPrefix(names[0], "gifts-daily-") || !strings.Contains(texts[0], "Asha Raghunathan") || strings.Count(texts[0], "\n") != 2 {
		t.Fatalf("files %v: %v", names, texts)
	}
	if e := a.exportEntries(); len(e) != 1 || e[0].By != "u-admin" || e[0].Via != "job" || !strings.Contains(e[0].After, `"orders":1`) {
		t.Errorf("audit %+v", e)
	}
	// What its owner may not take away any more is hidden the next day.
	a.change("admin", func(u *account.User) { u.Denied = []account.Permission{account.CustomersReveal} })
	a.clock.add(24 * time.Hour)
	a.runSchedules()
	if names, texts = a.folder(); len(names) != 2 || !strings.HasPrefix(names[1], "masked-") || strings.Contains(texts[1], "Asha") {
		t.Fatalf("files %v: %v", names, texts)
	}
	// Somebody who is disabled gets nothing.
	a.change("admin", func(u *account.User) { u.Disabled = true })
	a.clock.add(24 * time.Hour)
	a.runSchedules()
	if names, _ = a.folder(); len(names) != 2 {
		t.Errorf("files of a disabled user: %v", names)
	}
	a.clock.add(keepFolder)
	if err := a.srv.PurgeFiles(); err != nil {
		t.Fatal(err)
	}
	if names, _ = a.folder(); len(names) != 0 {
		t.Errorf("kept for ever: %v", names)
	}
}

func TestScheduleByMail(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	a.orders(2)
	got := a.postbox()
	b := a.as("support")
	b.post("/orders/schedules", a.scheduled("Everything", "", "mail")).want(t, http.StatusSeeOther)
	a.clock.add(3 * time.Minute)
	a.runSchedules()
	select {
	case m := <-got:
		for _, want := range []string{"RCPT TO:<support@example.com>", "Subject: Everything: 2 orders", "orders-masked-", ".csv"} {
			if !strings.Contains(m, want) {
				t.Errorf("the e-mail lacks %q:\n%s", want, m)
			}
		}
	default:
		t.Fatal("no e-mail")
	}
	// Without a server the owner is told, and the next due time is tried anew.
	if err := a.srv.post().Save(t.Context(), mail.Server{}, ""); err != nil {
		t.Fatal(err)
	}
	a.clock.add(24 * time.Hour)
	a.runSchedules()
	a.runSchedules()
	b = a.as("support")
	b.get("/orders/schedules").want(t, http.StatusOK).wantText(t, "failed", "No mail server is set up.")
	if page := b.get("/notices").want(t, http.StatusOK); strings.Count(page.body, "The scheduled export “Everything” failed") != 1 {
		t.Error("the owner is not told once")
	}
	got = a.postbox()
	a.clock.add(24 * time.Hour)
	a.runSchedules()
	if len(got) != 1 {
		t.Errorf("%d e-mails the day after", len(got))
	}
}

func TestScheduleRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	b := a.as("support")
	for name, tt := range map[string]struct{ field, value, says string }{
		"no name":       {"name", "", "Give it a name."},
		"no such time":  {"time", "25:00", "Write a time of day"},
		"no such day":   {"day", "Caturday", "There is no such day."},
		"nowhere":       {"to", "moon", "Choose where"},
		"no server":     {"to", "mail", "No mail server is set up. Who"},
		"no such list":  {"query", "q=total%3E", "total"},
		"no such kind":  {"format", "pdf", "Use one of csv"},
		"a column less": {"column", "secret", "There is no column"},
	} {
		f := a.scheduled("Kept name", "", "folder")
		f.Set(tt.field, tt.value)
		got := b.post("/orders/schedules", f)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, tt.says) || tt.field != "name" && !strings.Contains(got.body, `value="Kept name"`) {
			t.Errorf("%s: %d, says %q: %v", name, got.status, tt.says, strings.Contains(got.body, tt.says))
		}
	}
	a.as("readonly").get("/orders/schedules").want(t, http.StatusForbidden)
}

// TestScheduleDelete: one's own; who manages users, anybody's.
func TestScheduleDelete(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	a.user("other", account.Support)
	b := a.as("support")
	for i := range 2 {
		b.post("/orders/schedules", a.scheduled("Number "+strconv.Itoa(i), "", "folder")).want(t, http.StatusSeeOther)
	}
	all, err := a.srv.timetable().List(t.Context(), "u-support")
	if err != nil || len(all) != 2 {
		t.Fatal(err, all)
	}
	slices.SortFunc(all, func(a, b timetable.Kept) int { return strings.Compare(a.Value.Name, b.Value.Name) })
	path := func(i int) string { return "/orders/schedules/" + all[i].ID + "/delete" }
	other := a.as("other")
	other.get("/orders/schedules").want(t, http.StatusOK).lacksText(t, "Number 0")
	other.post(path(0), nil).want(t, http.StatusNotFound)
	b.post(path(0), nil).want(t, http.StatusSeeOther)
	admin := a.as("admin")
	admin.get("/orders/schedules").want(t, http.StatusOK).wantText(t, "Number 1", "Test support").lacksText(t, "Number 0")
	admin.post(path(1), nil).want(t, http.StatusSeeOther)
	b.get("/orders/schedules").want(t, http.StatusOK).lacksText(t, "Number 1")
}
