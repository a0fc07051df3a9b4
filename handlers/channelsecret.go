package handlers

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// hookKey is the length of a secret we make, in bytes.
const hookKey = 32

// readVersion is the version of the form, which a repeated or late post lacks.
func readVersion(f url.Values, faults *order.FieldErrors) int64 {
	v, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil || v < 0 {
		*faults = append(*faults, order.FieldError{Field: "version", Message: "The form is incomplete. Open the channel again."})
	}
	return v
}

// changeSecret renews the secret of a channel's webhooks. The previous one
// stays valid until somebody ends it, so that no webhook is lost meanwhile. A
// secret that we made is shown in this answer and never again.
func (s *Server) changeSecret(c echo.Context) error {
	if s.Keys == nil {
		return notHere()
	}
	f, err := readForm(c, "version", "action", "secret")
	if err != nil {
		return err
	}
	x, err := s.opened(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if x.adapter.Hooks == channel.NoHooks {
		return errGone
	}
	var faults order.FieldErrors
	version := readVersion(f, &faults)
	made := ""
	if x.twoKinds() {
		faults = append(faults, order.FieldError{Field: "version", Message: "This channel has a key and a signing secret. They cannot be renewed here, where one replaces the other."})
	}
	switch f.Get("action") {
	case "rotate":
		made = x.rotate(f.Get("secret"), &faults)
	case "retire":
		x.secrets.Webhook = x.secrets.Webhook[:min(1, len(x.secrets.Webhook))]
	default:
		faults = append(faults, order.FieldError{Field: "version", Message: "Choose what to do with the secret."})
	}
	if len(faults) > 0 {
		return s.answerHooks(c, http.StatusUnprocessableEntity, x.Channel, "", faults)
	}
	ch, err := s.storeSecret(c, x, version)
	if errors.Is(err, order.ErrStale) {
		now, gone := s.Store.Channels().Get(c.Request().Context(), x.ID)
		if gone != nil {
			return gone
		}
		return s.answerHooks(c, http.StatusConflict, now, "", order.FieldErrors{{Field: "version", Message: "This channel has changed meanwhile; the secret was not."}})
	}
	if err != nil {
		return err
	}
	s.followChannel(c, ch.ID, "webhook secret", f.Get("action"))
	if made == "" {
		s.flash(c, doneSaved, 60)
		return seeOther(c, "/channels/"+ch.ID)
	}
	return s.answerHooks(c, http.StatusOK, ch, made, nil)
}

// twoKinds says that the secrets are a key and a signing secret, not a new one
// and the one before.
func (x settings) twoKinds() bool { return x.Options["webhook_auth"] == "both" }

// rotate puts a new secret in front and keeps the one before. It returns what
// we made, or nothing when the platform gave it.
func (x *settings) rotate(given string, faults *order.FieldErrors) (made string) {
	fresh := strings.TrimSpace(given)
	switch {
	case x.adapter.Hooks == channel.MadeByThem && fresh == "":
		*faults = append(*faults, order.FieldError{Field: "secret", Message: "Enter the secret that the platform shows."})
		return ""
	case x.adapter.Hooks == channel.MadeByThem:
	default:
		key := make([]byte, hookKey)
		_, _ = rand.Read(key) // it does not fail
		if fresh = base64.StdEncoding.EncodeToString(key); x.adapter.Hooks == channel.MadeWhsec {
			fresh = "whsec_" + fresh
		}
		made = fresh
	}
	x.secrets.Webhook = append([]string{fresh}, x.secrets.Webhook[:min(1, len(x.secrets.Webhook))]...)
	return made
}

func (s *Server) storeSecret(c echo.Context, x settings, version int64) (channel.Channel, error) {
	sealed, err := s.Keys.Seal(x.ID, x.secrets)
	if err != nil {
		return channel.Channel{}, err
	}
	at := s.Now()
	return s.Store.Channels().Update(c.Request().Context(), x.ID, func(ch *channel.Channel) error {
		if ch.Version != version {
			return order.ErrStale
		}
		ch.Sealed, ch.UpdatedAt = sealed, at
		return nil
	})
}

func (s *Server) answerHooks(c echo.Context, status int, ch channel.Channel, made string, faults order.FieldErrors) error {
	if !partial(c) {
		return s.answerChannel(c, status, ch, func(v *views.ChannelView) { v.Hooks.Fresh, v.Hooks.Errors = made, faults })
	}
	x, err := s.opened(c.Request().Context(), ch.ID)
	if err != nil {
		return err
	}
	v := s.hooksView(c, x)
	v.Fresh, v.Errors = made, faults
	return html(c, status, templ.Join(views.HooksCard(v), views.ChannelVersion(x.Version)))
}

func (s *Server) hooksView(c echo.Context, x settings) views.HooksView {
	v := views.HooksView{Channel: x.ID, Given: x.adapter.Hooks == channel.MadeByThem, Secrets: len(x.secrets.Webhook),
		Version: x.Version, MayManage: userOf(c).May(account.ChannelsManage)}
	if x.twoKinds() {
		v.Secrets, v.MayManage = min(1, v.Secrets), false
	}
	if x.adapter.Hooks != channel.NoHooks {
		v.Address = s.PublicURL.JoinPath("webhooks", x.ID).String()
	}
	return v
}
