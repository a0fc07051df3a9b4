package account

import (
	"slices"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		text := NewToken()
		if seen[text] || len(text) != 63 || !LooksLikeToken(text) || strings.Trim(text, "_abcdefghijklmnopqrstuvwxyz234567") != "" {
			t.Fatalf("token %q", text)
		}
		seen[text] = true
	}
	text := NewToken()
	for i := range len(text) {
		changed := []byte(text)
		changed[i]++
		if LooksLikeToken(string(changed)) {
			t.Errorf("a change at %d goes unnoticed", i)
		}
	}
	for _, bad := range []string{"", TokenPrefix, text[:62], text + "a", " " + text, strings.ToUpper(text)} {
		if LooksLikeToken(bad) {
			t.Errorf("%q looks like a token", bad)
		}
	}
	if TokenHash(text) == TokenHash(NewToken()) || len(TokenHash(text)) != 64 {
		t.Error("hashes")
	}
}

func TestNarrowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		user   User
		scopes []Permission
		want   []Permission
	}{
		{"part of a role", User{Role: Admin}, []Permission{OrdersRead, UsersManage}, []Permission{OrdersRead, UsersManage}},
		{"never more than the owner", User{Role: ReadOnly}, []Permission{OrdersRead, OrdersStatus}, []Permission{OrdersRead}},
		{"a grant counts", User{Role: ReadOnly, Granted: []Permission{OrdersStatus}}, []Permission{OrdersStatus}, []Permission{OrdersStatus}},
		{"a denial counts", User{Role: Admin, Denied: []Permission{OrdersRead}}, []Permission{OrdersRead}, nil},
		{"nothing", User{Role: Admin}, nil, nil},
		{"disabled", User{Role: Admin, Disabled: true}, Permissions(), nil},
	} {
		denied := slices.Clone(tt.user.Denied)
		if got := tt.user.Narrowed(tt.scopes).Allowed(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if !slices.Equal(tt.user.Denied, denied) {
			t.Errorf("%s: the user was changed", tt.name)
		}
	}
}
