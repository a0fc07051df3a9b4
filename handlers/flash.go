package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// What was just done is said once, on the page that a write leads to. The
// cookie that carries it holds a code of ours, never a text, so that nobody can
// plant words on a page.
const flashCookie = "palmonas_done"

const (
	doneNote      = "note"
	doneSync      = "sync"
	doneSaved     = "saved"
	doneWords     = "words"
	doneAdded     = "added"
	doneOn        = "on"
	doneOff       = "off"
	doneRetire    = "retired"
	doneFetch     = "fetching"
	doneOne       = "fetched"
	doneReplay    = "replayed"
	doneDrop      = "dropped"
	doneRetry     = "retry"
	doneTaken     = "taken"
	doneView      = "view"
	doneDispatch  = "dispatch"
	doneViewGone  = "view-gone"
	doneAssigned  = "assigned"
	doneTags      = "tags"
	doneHold      = "hold"
	doneCorrected = "corrected"
	doneArchived  = "archived"
	doneRestored  = "restored"
	doneEntered   = "entered"
	doneRewritten = "rewritten"
	doneErased    = "erased"
	doneScheduled = "scheduled"
	doneUnplanned = "unplanned"
	doneReplanned = "replanned"
	doneStopped   = "stopped"
	doneStatus    = "status." // and the status
)

// sentenceOf words a code; empty for one that is not ours.
func sentenceOf(code string) string {
	status, isStatus := strings.CutPrefix(code, doneStatus)
	switch {
	case doneWithOrder(code) != "":
		return doneWithOrder(code)
	case code == doneView:
		return "The view is saved."
	case code == doneDispatch:
		return "The calendar is saved. Open orders are being given their times."
	case code == doneViewGone:
		return "The view was deleted."
	case code == doneScheduled:
		return "The export is scheduled."
	case code == doneUnplanned:
		return "The scheduled export was deleted. Files that it made stay for their time."
	case code == doneReplanned:
		return "The schedule is changed."
	case code == doneStopped:
		return "The schedule is stopped. Files that it made stay for their time."
	case code == doneRetry:
		return "The platform is told once more."
	case code == doneTaken:
		return "The platform’s status was taken."
	case doneWithChannel(code) != "":
		return doneWithChannel(code)
	case isStatus && order.Status(status).Valid():
		return "Status changed to " + views.StatusName(order.Status(status)) + "."
	}
	return ""
}

// doneWithOrder words what was done on the page of an order.
func doneWithOrder(code string) string {
	switch code {
	case doneNote:
		return "Note added."
	case doneAssigned:
		return "Assignee saved."
	case doneTags:
		return "Tags saved."
	case doneHold:
		return "Hold saved."
	case doneCorrected:
		return "Correction saved."
	case doneArchived:
		return "The order is archived."
	case doneRestored:
		return "The order is restored."
	case doneEntered:
		return "The order was added."
	case doneRewritten:
		return "The order was changed."
	}
	return ""
}

// doneWithChannel words what was done on the pages of channels.
func doneWithChannel(code string) string {
	switch code {
	case doneSync:
		return "The channel is being read now."
	case doneSaved:
		return "Settings saved."
	case doneWords:
		return "Status words saved. The orders that are here are read by them now."
	case doneAdded:
		return "The channel was added."
	case doneOn:
		return "The channel is enabled."
	case doneOff:
		return "The channel is paused."
	case doneRetire:
		return "The previous secret is not valid any more."
	case doneFetch:
		return "The gap is being fetched; the runs show how far it is."
	case doneOne:
		return "The order was fetched."
	case doneReplay:
		return "The record was read again."
	case doneDrop:
		return "The record was dropped."
	}
	return ""
}

func (s *Server) flash(c echo.Context, code string, age int) {
	http.SetCookie(c.Response(), &http.Cookie{Name: flashCookie, Value: code, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.PublicURL.Scheme == "https", SameSite: http.SameSiteLaxMode})
}

// flashed is what the previous request has to say, and forgets it.
func (s *Server) flashed(c echo.Context) string {
	k, err := c.Cookie(flashCookie)
	if err != nil {
		return ""
	}
	s.flash(c, "", -1)
	return sentenceOf(k.Value)
}
