package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
)

// Refusals that belong to HTTP. A handler returns them, or any error of the
// domain; problemOf is the only place that knows statuses.
var (
	errSignIn      = errors.New("sign in first")
	errFactor      = errors.New("set up a second factor first")
	errForbidden   = errors.New("not allowed")
	errCrossOrigin = errors.New("the request came from another site")
	errHost        = errors.New("unknown host name")
	errEncoding    = errors.New("compressed request bodies are not accepted")
	errMediaType   = errors.New("unexpected content type")
	errUnreadable  = errors.New("the request cannot be read")
	errSignature   = errors.New("bad webhook signature")
	errNoToken     = errors.New("no token")
	errStaleTag    = errors.New("the entity tag does not match")
	errSettings    = errors.New("the channel's settings do not work")
	errGone        = errors.New("no such page")
)

// busyError says that something is used up for now.
type busyError struct {
	status int // 429 or 503
	what   string
	retry  time.Duration
}

func (e *busyError) Error() string { return e.what }

// problem is an error as the outside learns it.
type problem struct {
	status  int
	message string // for people; empty: the standard words of the status
	fields  order.FieldErrors
	retry   time.Duration
}

// statusClientGone is what the log calls a request whose client left.
const statusClientGone = 499

// problemOf sorts an error. What it does not know is a 500 that says nothing.
func problemOf(err error) problem {
	var (
		fields  order.FieldErrors
		tooBig  *http.MaxBytesError
		move    *order.TransitionError
		busy    *busyError
		refused *echo.HTTPError
	)
	switch {
	case errors.As(err, &fields):
		return problem{status: http.StatusUnprocessableEntity, fields: fields}
	case errors.As(err, &tooBig):
		return problem{status: http.StatusRequestEntityTooLarge}
	case errors.As(err, &move):
		return problem{status: http.StatusConflict, message: sentence(move.Error())}
	case errors.As(err, &busy):
		return problem{status: busy.status, message: busy.what, retry: busy.retry}
	case errors.Is(err, order.ErrArchived), errors.Is(err, desk.ErrNotByHand), errors.Is(err, order.ErrNoWish), errors.Is(err, order.ErrTold):
		return problem{status: http.StatusConflict, message: sentence(err.Error())}
	case errors.Is(err, order.ErrStale):
		return problem{status: http.StatusConflict, message: sentence(order.ErrStale.Error())}
	case errors.Is(err, desk.ErrChannel):
		return problem{status: http.StatusServiceUnavailable, message: "The order's channel does not work right now. Nothing was changed.", retry: time.Minute}
	case errors.Is(err, errSignature):
		return problem{status: http.StatusUnauthorized, message: "The signature or its time is not valid."}
	case errors.Is(err, errSettings):
		return problem{status: http.StatusConflict, message: "The channel's settings do not work. Somebody who manages channels corrects them."}
	case errors.Is(err, ingest.ErrRunning):
		return problem{status: http.StatusConflict, message: "This channel is being read right now."}
	case errors.Is(err, ingest.ErrDisabled):
		return problem{status: http.StatusConflict, message: "This channel is paused."}
	case errors.Is(err, ingest.ErrNoAPI):
		return problem{status: http.StatusConflict, message: "This channel has no API to read from."}
	case errors.Is(err, errWrong):
		return problem{status: http.StatusUnauthorized, message: "E-mail or password is wrong."}
	case errors.Is(err, errNoToken):
		return problem{status: http.StatusUnauthorized, message: "Send a token in the Authorization header: Bearer, then the token."}
	case errors.Is(err, bearer.ErrInvalid):
		return problem{status: http.StatusUnauthorized, message: "The token is not valid, or not any more."}
	case errors.Is(err, errNeedsLogin):
		return problem{status: http.StatusForbidden, message: "A personal access token cannot do this. Use the token of a login."}
	case errors.Is(err, errStaleTag):
		return problem{status: http.StatusPreconditionFailed, message: "It has changed since you read it. Read it again."}
	case errors.Is(err, errNoRepeat):
		return problem{status: http.StatusConflict, message: "This was done before, but its answer cannot be repeated. Read what you need anew."}
	case errors.Is(err, staff.ErrAbove):
		return problem{status: http.StatusForbidden, message: "This needs permissions that you do not have yourself."}
	case errors.Is(err, staff.ErrLastAdmin):
		return problem{status: http.StatusConflict, message: "This is the last administrator who can sign in. Make another one first."}
	case errors.Is(err, outbound.ErrStale):
		return problem{status: http.StatusConflict, message: sentence(outbound.ErrStale.Error())}
	case errors.Is(err, staff.ErrStale):
		return problem{status: http.StatusConflict, message: sentence(staff.ErrStale.Error())}
	case errors.Is(err, errSignIn):
		return problem{status: http.StatusUnauthorized}
	case errors.Is(err, errFactor):
		return problem{status: http.StatusForbidden, message: "A second factor is demanded. Set it up under Your account first."}
	case errors.Is(err, scope.ErrBeyond):
		return problem{status: http.StatusForbidden, message: "Your account is restricted to some channels, and this reaches beyond them."}
	case errors.Is(err, errForbidden):
		return problem{status: http.StatusForbidden}
	case errors.Is(err, errCrossOrigin):
		return problem{status: http.StatusForbidden, message: "The request came from another site or from a program. Open the page here and try again."}
	case errors.Is(err, errHost):
		return problem{status: http.StatusMisdirectedRequest, message: "This server does not answer under this name. If it should, its administrator sets PALMONAS_PUBLIC_URL."}
	case errors.Is(err, errEncoding), errors.Is(err, errMediaType):
		return problem{status: http.StatusUnsupportedMediaType}
	case errors.Is(err, errUnreadable):
		return problem{status: http.StatusBadRequest}
	case errors.Is(err, store.ErrNotFound), errors.Is(err, order.ErrBadID), errors.Is(err, errGone):
		return problem{status: http.StatusNotFound}
	case errors.Is(err, desk.ErrExists):
		return problem{status: http.StatusConflict, message: "This channel has an order of this name already."}
	case errors.Is(err, store.ErrConflict):
		return problem{status: http.StatusConflict}
	case errors.Is(err, store.ErrQuery):
		return problem{status: http.StatusUnprocessableEntity, message: "This link into the list is not valid any more. Start from the first page."}
	case errors.Is(err, account.ErrEmail):
		return problem{status: http.StatusUnprocessableEntity}
	case errors.Is(err, context.Canceled):
		return problem{status: statusClientGone}
	case errors.Is(err, context.DeadlineExceeded):
		return problem{status: http.StatusServiceUnavailable, message: "This took too long and was given up.", retry: 5 * time.Second}
	case errors.As(err, &refused) && refused.Code < 500:
		return problem{status: refused.Code}
	}
	return problem{status: http.StatusInternalServerError}
}

// sentence makes an error's text one for people.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// answerError is Echo's error handler: every failure of every route ends here.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := problemOf(err)
	log := s.Log.With(slog.String("request", requestID(c)))
	switch {
	case p.status == statusClientGone:
		log.Debug("the client left")
	case p.status >= 500:
		log.Error("request failed", slog.Int("status", p.status), slog.String("route", c.Path()), slog.Any("err", err))
	}
	if p.retry > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds(p.retry)))
	}
	switch path := c.Request().URL.Path; {
	case c.Request().Method == http.MethodHead, p.status == statusClientGone:
		c.Response().WriteHeader(p.status)
	case speaksJSON(path):
		err = s.jsonError(c, p)
	case p.status == http.StatusUnauthorized:
		err = s.askToSignIn(c)
	case errors.Is(err, errFactor):
		err = seeOther(c, factorPath)
	default:
		err = s.errorPage(c, p)
	}
	if err != nil && !c.Response().Committed {
		log.Error("error page failed", slog.Any("err", err))
		c.Response().WriteHeader(p.status)
	}
}

// speaksJSON reports whether programs ask at an address; the pages about the
// API are for people.
func speaksJSON(path string) bool {
	return path == "/api" || strings.HasPrefix(path, "/api/") && path != docsPath || strings.HasPrefix(path, "/webhooks/")
}

// seconds rounds up: a client that waits as told is never early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// errorBody is the error of contract.md §5.
type errorBody struct {
	Error     string       `json:"error"`
	Message   string       `json:"message"`
	Details   []fieldError `json:"details,omitempty"`
	RequestID string       `json:"requestId"`
}

type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (s *Server) jsonError(c echo.Context, p problem) error {
	if p.status == http.StatusUnauthorized && !strings.HasPrefix(c.Path(), "/webhooks/") {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="palmonas"`)
	}
	b := errorBody{Error: http.StatusText(p.status), Message: p.message, RequestID: requestID(c)}
	if len(p.fields) > 0 {
		b.Error = "Validation failed"
	}
	if b.Message == "" {
		b.Message = plainWords(p.status)
	}
	for _, f := range p.fields {
		b.Details = append(b.Details, fieldError{f.Field, f.Message})
	}
	return c.JSON(p.status, b)
}

// plainWords is the standard message of a status.
func plainWords(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The request cannot be read."
	case http.StatusUnauthorized:
		return "Sign in first."
	case http.StatusForbidden:
		return "You may not do this."
	case http.StatusNotFound:
		return "There is nothing here."
	case http.StatusMethodNotAllowed:
		return "This address does not take this method."
	case http.StatusConflict:
		return "Somebody else was faster."
	case http.StatusRequestEntityTooLarge:
		return "The request is too large."
	case http.StatusUnsupportedMediaType:
		return "The request is not in a format that is accepted here."
	case http.StatusUnprocessableEntity:
		return "Some fields are not valid."
	case http.StatusInternalServerError:
		return "Something went wrong."
	}
	return http.StatusText(status) + "."
}
