package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/handlers"
)

// apiDeps is what the JSON API is made from. Without a secret of its own it
// uses the secret key, from which keys for other ends are derived.
func (a *app) apiDeps(demo bool) handlers.APIDeps {
	d := handlers.APIDeps{TokenSecret: a.config.tokenSecret, TokenLifetime: a.config.tokenLifetime, Guard: guard(demo)}
	if d.TokenSecret == nil {
		d.TokenSecret = a.secret
	}
	return d
}

// tokenSecret is JWT_SECRET: a text as long as what it is hashed with, that is
// not one of those that stand in examples.
func (e *environment) tokenSecret() []byte {
	text := e.get("JWT_SECRET", "")
	if text == "" {
		return nil
	}
	if len(text) < bearer.MinSecret {
		e.fault("JWT_SECRET has fewer than %d characters; make one with: openssl rand -base64 32, or leave it out", bearer.MinSecret)
		return nil
	}
	lower := strings.ToLower(text)
	for _, word := range []string{"change", "example", "your-", "your_", "placeholder"} {
		if strings.Contains(lower, word) {
			e.fault("JWT_SECRET looks like a placeholder; make one with: openssl rand -base64 32, or leave it out")
			return nil
		}
	}
	if slices.Max([]byte(text)) == slices.Min([]byte(text)) {
		e.fault("JWT_SECRET is a placeholder; make one with: openssl rand -base64 32, or leave it out")
	}
	return []byte(text)
}

// Bounds of JWT_EXPIRES_IN. A token that lives longer should be a personal
// access token, which can be seen and revoked.
const (
	minTokenLife = time.Minute
	maxTokenLife = 30 * 24 * time.Hour
)

// tokenLifetime is JWT_EXPIRES_IN, a duration such as 24h, or 7d.
func (e *environment) tokenLifetime() time.Duration {
	text := e.get("JWT_EXPIRES_IN", "24h")
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < minTokenLife || d > maxTokenLife {
		e.fault("JWT_EXPIRES_IN %q is not a time from 1m to 30d, such as 24h", text)
		return bearer.DefaultLifetime
	}
	return d
}
