package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/mail"
)

// until moves the clock to the next time of day of the business day.
func (a *app) until(hour, minute int) {
	now := a.clock.now().In(a.srv.Location)
	at := time.Date(now.Year(), now.Month(), now.Day(), hour, minute, 0, 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	a.clock.add(at.Sub(now))
}

func (a *app) sendMornings(got chan string, want int) (texts []string) {
	a.t.Helper()
	if err := a.srv.SendMornings(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	if len(got) != want {
		a.t.Fatalf("%d e-mails, want %d", len(got), want)
	}
	for range want {
		texts = append(texts, <-got)
	}
	return texts
}

// TestMorningDigest: who asked for it gets it once each morning.
func TestMorningDigest(t *testing.T) {
	t.Parallel()
	a := newApp(t, withKeys)
	a.orders(3)
	got := a.postbox()
	b := a.as("support")
	b.get("/notices").want(t, http.StatusOK).wantText(t, "Send the digest of the day each morning at 8:30").lacksText(t, `name="morning" value="yes" checked`)
	b.post("/notices/mail", url.Values{"morning": {"yes"}}).want(t, http.StatusSeeOther)
	b.get("/notices").wantText(t, `name="morning" value="yes" checked`)
	a.as("admin").post("/notices/mail", url.Values{"on": {"yes"}}).want(t, http.StatusSeeOther)
	a.until(8, 29)
	a.sendMornings(got, 0)
	a.clock.add(time.Minute)
	text := a.sendMornings(got, 1)[0]
	for _, want := range []string{"RCPT TO:<support@example.com>", "orders yesterday", "orders to dispatch", "http://localhost/notices"} {
		if !strings.Contains(text, want) {
			t.Errorf("the digest lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Asha") {
		t.Errorf("the digest tells who a customer is:\n%s", text)
	}
	a.clock.add(time.Minute)
	a.sendMornings(got, 0)
	a.until(13, 0) // asked for or not, a digest of noon is of no use
	a.sendMornings(got, 0)
	a.until(12, 29) // the program stood still in the morning
	a.sendMornings(got, 1)

	// A server that refuses is tried a few times, the next day anew.
	a.until(8, 30)
	dead := mail.Server{Host: "127.0.0.1", Port: 1, Security: mail.Plain, From: "desk@example.com"}
	if err := a.srv.post().Save(t.Context(), dead, ""); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		a.sendMornings(got, 0)
	}
	if n := strings.Count(a.log.String(), "morning digest not sent"); n != 3 {
		t.Errorf("tried %d times", n)
	}
	got = a.postbox()
	a.sendMornings(got, 0)
	a.until(8, 30)
	a.sendMornings(got, 1)

	// Who may not read figures any more gets none.
	a.change("support", func(u *account.User) { u.Denied = []account.Permission{account.AnalyticsRead} })
	a.until(8, 30)
	a.sendMornings(got, 0)
}
