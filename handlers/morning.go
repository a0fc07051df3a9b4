package handlers

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/views"
)

// When the digest of the day is sent, in the business day, and until when it is
// of use.
const (
	morningHour, morningMinute = 8, 30
	morningFor                 = 4 * time.Hour
)

// SendMornings sends the digest of this day by e-mail to all who want it and
// did not get it yet.
func (s *Server) SendMornings(ctx context.Context) error {
	now := s.Now().In(s.Location)
	due := time.Date(now.Year(), now.Month(), now.Day(), morningHour, morningMinute, 0, 0, s.Location)
	if now.Before(due) || now.Sub(due) >= morningFor {
		return nil
	}
	return s.Board().SendMornings(ctx, due, s.writeMorning)
}

// writeMorning words the digest as this user may know it.
func (s *Server) writeMorning(ctx context.Context, u account.User) (subject, text string, err error) {
	ctx = scope.With(ctx, scope.Of(u))
	m, err := s.insight().Morning(ctx)
	if err != nil {
		return "", "", err
	}
	channels, err := s.Store.Channels().List(ctx)
	if err != nil {
		return "", "", err
	}
	name := func(id string) string {
		for _, c := range channels {
			if c.ID == id {
				return c.Name
			}
		}
		return id
	}
	text = m.Text(views.Money, name) + "\n" + s.PublicURL.JoinPath("/").String() + "\n\nEnd these e-mails: " + s.PublicURL.JoinPath("notices").String() + "\n"
	return m.Subject(), text, nil
}
