package main

import (
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/bearer"
)

func TestTokenSettings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		env  string
		life time.Duration
		want string // part of the error, empty for none
	}{
		"nothing":       {"HOME=/", bearer.DefaultLifetime, ""},
		"hours":         {"JWT_EXPIRES_IN=8h", 8 * time.Hour, ""},
		"days":          {"JWT_EXPIRES_IN=7d", 7 * 24 * time.Hour, ""},
		"a good secret": {"JWT_SECRET=qT7zV0mC2yH4kN9xR1bW6dJ3sF8gL5pA", bearer.DefaultLifetime, ""},
		"words":         {"JWT_EXPIRES_IN=tomorrow", 0, "JWT_EXPIRES_IN"},
		"a number":      {"JWT_EXPIRES_IN=3600", 0, "JWT_EXPIRES_IN"},
		"for ever":      {"JWT_EXPIRES_IN=400d", 0, "JWT_EXPIRES_IN"},
		"never":         {"JWT_EXPIRES_IN=-1h", 0, "JWT_EXPIRES_IN"},
		"short":         {"JWT_SECRET=tooshort", 0, "JWT_SECRET has fewer than 32"},
		"placeholder":   {"JWT_SECRET=change-me-change-me-change-me-change-me", 0, "JWT_SECRET looks like a placeholder"},
		"one letter":    {"JWT_SECRET=" + strings.Repeat("x", 40), 0, "JWT_SECRET is a placeholder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := loadConfig([]string{tc.env})
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "tooshort") {
					t.Errorf("error %v, want %q", err, tc.want)
				}
				return
			}
			if err != nil || c.tokenLifetime != tc.life || (c.tokenSecret != nil) != strings.HasPrefix(tc.env, "JWT_SECRET") {
				t.Errorf("%s, secret %v, %v", c.tokenLifetime, c.tokenSecret != nil, err)
			}
		})
	}
}
