package access

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// NoticesView is what concerns one person.
type NoticesView struct {
	views.Clock
	Notices         []NoticeRow
	Views           []WatchRow
	Address         string
	ByMail, MailOff bool
	// Figures says that the person may read figures, and so have the digest of
	// the day; Morning that they want it.
	Figures, Morning bool
}

// NoticeRow is one notice.
type NoticeRow struct {
	Text, Link string
	At         time.Time
	New        bool
}

// WatchRow is one view that may be watched.
type WatchRow struct {
	ID, Name string
	On       bool
}

func bellLabel(n int) string {
	if n == 0 {
		return "Notices"
	}
	return "Notices, " + views.Count(n, "new one", "new ones")
}

func bellCount(n int) string {
	if n > 99 {
		return "99+"
	}
	return itoa(n)
}

// MailView is the mail server's settings.
type MailView struct {
	Host, Port, Security, User, From string
	HasPassword                      bool
	Address                          string // where a test goes
	Tested                           string // what came of one
	Failed                           bool
	Errors                           order.FieldErrors
}

// fieldErrors keeps templ signatures short.
type fieldErrors = order.FieldErrors
