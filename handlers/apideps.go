package handlers

import (
	"crypto/rand"
	"time"

	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/staff"
)

// APIDeps is what the JSON API is made from.
type APIDeps struct {
	// TokenSecret signs the tokens of logins and seals kept answers; at least 32
	// bytes. Without one a random secret serves until the process ends.
	TokenSecret []byte
	// TokenLifetime is how long a login's token is valid; default 24 h.
	TokenLifetime time.Duration
	// Guard decides where outbound webhooks may go.
	Guard outbound.Guard
}

func (s *Server) openAPI() (err error) {
	secret := s.TokenSecret
	if len(secret) == 0 {
		secret = make([]byte, bearer.MinSecret)
		if _, err := rand.Read(secret); err != nil {
			return err
		}
	}
	s.tokens, err = bearer.New(bearer.Config{Users: s.whole.Users(), Records: s.whole.Records(), Now: s.Now, Secret: secret, Lifetime: s.TokenLifetime})
	if err != nil {
		return err
	}
	s.budgets = newBudgets(apiPerSecond, apiBurst, s.Now)
	s.staff = staff.Office{Users: s.whole.Users(), Known: s.knownChannels, Leases: s.whole.Leases(), Audit: s.whole.Audit(), Records: s.whole.Records(), Keys: s.Keys, Now: s.Now, Log: s.Log}
	if s.Keys != nil {
		s.outbound = outbound.New(outbound.Config{Store: s.whole, Keys: s.Keys, Guard: s.Guard, Now: s.Now})
	}
	s.onces, err = newOnces(s.Store.Records(), secret, s.Now, s.Log)
	return err
}
