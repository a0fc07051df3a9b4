package account

import (
	"errors"
	"testing"
)

func TestMay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		user User
		can  []Permission
		not  []Permission
	}{
		{"admin", User{Role: Admin}, Permissions(), nil},
		{"support", User{Role: Support}, []Permission{OrdersRead, OrdersBulk, CustomersRead, SyncTrigger, OrdersExport},
			[]Permission{OrdersDelete, CustomersReveal, ChannelsManage, UsersManage, AuditRead, SettingsManage}},
		{"readonly", User{Role: ReadOnly}, []Permission{OrdersRead, AnalyticsRead, ChannelsRead}, []Permission{OrdersStatus, CustomersRead, OrdersExport}},
		{"granted", User{Role: ReadOnly, Granted: []Permission{OrdersStatus}}, []Permission{OrdersStatus}, []Permission{OrdersEdit}},
		{"denied wins", User{Role: Admin, Granted: []Permission{OrdersDelete}, Denied: []Permission{OrdersDelete}}, nil, []Permission{OrdersDelete}},
		{"disabled", User{Role: Admin, Disabled: true}, nil, Permissions()},
		{"no role", User{Role: "boss"}, nil, Permissions()},
	}
	for _, tt := range tests {
		for _, p := range tt.can {
			if !tt.user.May(p) {
				t.Errorf("%s may not %s", tt.name, p)
			}
		}
		for _, p := range tt.not {
			if tt.user.May(p) {
				t.Errorf("%s may %s", tt.name, p)
			}
		}
	}
}

func TestNormaliseEmail(t *testing.T) {
	t.Parallel()
	if got, err := NormaliseEmail("  Anita.Rao@Example.COM "); got != "anita.rao@example.com" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", "anita", "@example.com", "anita@", "a@b@c", "a b@c.in", "a@b.in, c@d.in", "<a@b.in>", "a\x00@b.in"} {
		if got, err := NormaliseEmail(bad); !errors.Is(err, ErrEmail) {
			t.Errorf("%q was read as %q", bad, got)
		}
	}
}
