package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSignOnSettings(t *testing.T) {
	t.Parallel()
	const issuer, id = "PALMONAS_OIDC_ISSUER=https://accounts.example.com", "PALMONAS_OIDC_CLIENT_ID=desk"
	for name, tc := range map[string]struct {
		env  []string
		want signOn
		bad  string // part of the error, empty for none
	}{
		"nothing":       {nil, signOn{}, ""},
		"all":           {[]string{issuer, id, "PALMONAS_OIDC_CLIENT_SECRET=s", "PALMONAS_OIDC_NAME=Example ID", "PALMONAS_OIDC_NEW_USERS=Example.com, palmonas.in"}, signOn{"https://accounts.example.com", "desk", "s", "Example ID", []string{"example.com", "palmonas.in"}}, ""},
		"least":         {[]string{issuer, id}, signOn{issuer: "https://accounts.example.com", id: "desk", name: "single sign-on"}, ""},
		"on loopback":   {[]string{"PALMONAS_OIDC_ISSUER=http://127.0.0.1:5556/dex", id}, signOn{issuer: "http://127.0.0.1:5556/dex", id: "desk", name: "single sign-on"}, ""},
		"plain http":    {[]string{"PALMONAS_OIDC_ISSUER=http://accounts.example.com", id}, signOn{}, "PALMONAS_OIDC_ISSUER"},
		"no address":    {[]string{"PALMONAS_OIDC_ISSUER=accounts", id}, signOn{}, "PALMONAS_OIDC_ISSUER"},
		"no client":     {[]string{issuer}, signOn{}, "PALMONAS_OIDC_CLIENT_ID is missing"},
		"no issuer":     {[]string{id}, signOn{}, "PALMONAS_OIDC_ISSUER is missing"},
		"an address":    {[]string{issuer, id, "PALMONAS_OIDC_NEW_USERS=a@example.com"}, signOn{}, "PALMONAS_OIDC_NEW_USERS"},
		"everybody":     {[]string{issuer, id, "PALMONAS_OIDC_NEW_USERS=*"}, signOn{}, "PALMONAS_OIDC_NEW_USERS"},
		"a long button": {[]string{issuer, id, "PALMONAS_OIDC_NAME=" + strings.Repeat("x", 41)}, signOn{}, "PALMONAS_OIDC_NAME"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := loadConfig(tc.env)
			if tc.bad != "" {
				if err == nil || !strings.Contains(err.Error(), tc.bad) {
					t.Errorf("error %v, want %q", err, tc.bad)
				}
				return
			}
			if diff := cmp.Diff(tc.want, c.signOn, cmp.AllowUnexported(signOn{})); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
