package views

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

func channelURL(id string) templ.SafeURL { return templ.SafeURL("/channels/" + url.PathEscape(id)) }

func recordURL(channel, id string) templ.SafeURL {
	return channelURL(channel) + templ.SafeURL("/quarantine/"+url.PathEscape(id))
}

func (r ChannelRow) stateName() string {
	switch r.State {
	case ChannelPaused:
		return "Paused"
	case ChannelManual:
		return "By file"
	case ChannelReading:
		return "Reading"
	case ChannelRefused:
		return "Stopped"
	case ChannelFailing:
		return "Failing"
	case ChannelResting:
		return "Resting"
	case ChannelNever:
		return "Never ran"
	case ChannelOK:
		return "OK"
	}
	return capital(string(r.State))
}

func (r ChannelRow) tone() string {
	switch r.State {
	case ChannelOK:
		return "success"
	case ChannelReading, ChannelNever:
		return "info"
	case ChannelResting:
		return "warning"
	case ChannelRefused, ChannelFailing:
		return "danger"
	}
	return "neutral"
}

// why is what a state needs said beside it.
func (r ChannelRow) why(c Clock) string {
	switch r.State {
	case ChannelRefused:
		return "credentials refused"
	case ChannelFailing:
		s := Count(r.Failures, "failure", "failures") + " in a row"
		if !r.Until.IsZero() && r.Until.After(c.Now) {
			s += ", again at " + c.Time(r.Until)
		}
		return s
	case ChannelResting:
		return "rate limit, until " + c.Time(r.Until)
	}
	return ""
}

// lag is how late the channel is.
func (r ChannelRow) lag() string {
	switch {
	case r.Behind <= 0:
		return ""
	case r.Behind < time.Minute:
		return strconv.Itoa(int(r.Behind/time.Second)) + " s behind"
	case r.Behind < time.Hour:
		return strconv.Itoa(int(r.Behind/time.Minute)) + " min behind"
	case r.Behind < 48*time.Hour:
		return strconv.Itoa(int(r.Behind/time.Hour)) + " h behind"
	}
	return strconv.Itoa(int(r.Behind/(24*time.Hour))) + " days behind"
}

// untold is why status changes wait.
func (r ChannelRow) untold(c Clock) string {
	switch {
	case !r.Untold:
		return ""
	case r.UntoldUntil.IsZero():
		return "the platform refuses to be told: correct the credentials"
	}
	return "telling rests until " + c.Time(r.UntoldUntil)
}

func (r ChannelRow) syncable() bool { return r.State != ChannelPaused && r.State != ChannelManual }

func staleRow(r ChannelRow) templ.Attributes {
	if r.Stale || r.State == ChannelRefused {
		return templ.Attributes{"class": "stands-out"}
	}
	return nil
}

// figures are a run's in one line, without what is zero.
func (r RunView) figures() string {
	if r.Tally.Fetched == 0 && r.Tally == (TallyView{}) {
		switch {
		case r.Finished.IsZero():
			return "begins"
		case r.Error != "":
			return "failed"
		}
		return "nothing new"
	}
	parts := []string{Number(r.Tally.Fetched) + " read"}
	for _, p := range []struct {
		n    int
		what string
	}{{r.Tally.Created, "new"}, {r.Tally.Updated, "changed"}, {r.Tally.Rejected, "set aside"}} {
		if p.n > 0 {
			parts = append(parts, Number(p.n)+" "+p.what)
		}
	}
	return strings.Join(parts, " · ")
}

func (r RunView) stateName() string {
	switch {
	case r.Finished.IsZero():
		return "Running"
	case r.Error != "":
		return "Failed"
	}
	return "Done"
}

func (r RunView) tone() string {
	switch {
	case r.Finished.IsZero():
		return "info"
	case r.Error != "":
		return "danger"
	case r.Tally.Rejected > 0:
		return "warning"
	}
	return "success"
}

func (q QuarantinedView) label() string {
	if q.PlatformOrderID != "" {
		return q.PlatformOrderID
	}
	return "Without an id"
}

// tone marks hours in which the platform has orders that we lack.
func (h HourView) tone() string {
	if h.Theirs > h.Ours {
		return "danger"
	}
	return "success"
}

// missing counts the orders that the platform has and we lack.
func (v LedgerView) missing() int {
	n := 0
	for _, h := range v.Gaps {
		n += h.Theirs - h.Ours
	}
	return n
}

// span is an hour in words, such as "22 Nov, 14:00–15:00".
func (v LedgerView) span(h HourView) string {
	return v.in(h.Start).Format("2 Jan, 15:04") + "–" + v.in(h.Start.Add(time.Hour)).Format("15:04")
}

func lateClass(late bool) string {
	if late {
		return "late"
	}
	return ""
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func numberOrDash(n int) string {
	if n == 0 {
		return "–"
	}
	return Number(n)
}

// Interval is a duration as the form of a channel shows and takes it: "5m".
func Interval(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
