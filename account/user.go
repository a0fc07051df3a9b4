// Package account owns users, roles, permissions, passwords and tokens. It
// knows nothing of storage or HTTP.
package account

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// ID identifies a user for good.
type ID string

// User is a person who may sign in.
type User struct {
	ID      ID
	Email   string // as NormaliseEmail returns it; unique
	Name    string
	Role    Role
	Granted []Permission // beyond the role
	Denied  []Permission // taken from the role; wins over Granted
	// Channels are the only ones whose orders the user sees and changes; none
	// chosen: all of them. ScopedAt is when they were chosen last: what was made
	// for the user before, such as files, may hold more than they see now.
	Channels     []string
	ScopedAt     time.Time
	PasswordHash string
	Disabled     bool
	// Epoch is raised by whatever must end the user's sessions and tokens:
	// a new password, a new role, being disabled.
	Epoch       int64
	LastLoginAt time.Time
	Theme       string // light, dark, or empty for the system's
	Density     string // compact, or empty
	Keys        string // off: single keys do nothing; or empty
	Version     int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Role is a default set of permissions.
type Role string

// The roles.
const (
	Admin    Role = "admin"
	Support  Role = "support"
	ReadOnly Role = "readonly"
)

// Roles lists every role, the mightiest first.
func Roles() []Role { return []Role{Admin, Support, ReadOnly} }

// Permission is one thing a user may do.
type Permission string

// The permissions.
const (
	OrdersRead      Permission = "orders.read"
	OrdersCreate    Permission = "orders.create"
	OrdersEdit      Permission = "orders.edit"
	OrdersStatus    Permission = "orders.status"
	OrdersBulk      Permission = "orders.bulk"
	OrdersDelete    Permission = "orders.delete"
	OrdersExport    Permission = "orders.export"
	CustomersRead   Permission = "customers.read"
	CustomersReveal Permission = "customers.reveal"
	AnalyticsRead   Permission = "analytics.read"
	ChannelsRead    Permission = "channels.read"
	ChannelsManage  Permission = "channels.manage"
	SyncTrigger     Permission = "sync.trigger"
	UsersManage     Permission = "users.manage"
	AuditRead       Permission = "audit.read"
	SettingsManage  Permission = "settings.manage"
)

// Permissions lists every permission.
func Permissions() []Permission {
	return []Permission{OrdersRead, OrdersCreate, OrdersEdit, OrdersStatus, OrdersBulk, OrdersDelete, OrdersExport,
		CustomersRead, CustomersReveal, AnalyticsRead, ChannelsRead, ChannelsManage, SyncTrigger, UsersManage, AuditRead, SettingsManage}
}

// Permissions lists what a role may do by default.
func (r Role) Permissions() []Permission {
	switch r {
	case Admin:
		return Permissions()
	case Support:
		return []Permission{OrdersRead, OrdersCreate, OrdersEdit, OrdersStatus, OrdersBulk, OrdersExport,
			CustomersRead, AnalyticsRead, ChannelsRead, SyncTrigger}
	case ReadOnly:
		return []Permission{OrdersRead, AnalyticsRead, ChannelsRead}
	}
	return nil
}

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// May reports whether the user may do p. A disabled user may do nothing, and a
// scoped one nothing that reaches beyond channels, whatever was granted.
func (u User) May(p Permission) bool {
	if u.Disabled || slices.Contains(u.Denied, p) || u.Scoped() && p.Desk() {
		return false
	}
	return slices.Contains(u.Role.Permissions(), p) || slices.Contains(u.Granted, p)
}

// Desk reports whether a permission is about the whole desk and cannot be held
// for some channels only: users, settings, the audit, and the connections
// themselves, whose credentials reach further than one desk.
func (p Permission) Desk() bool {
	switch p {
	case UsersManage, SettingsManage, AuditRead, ChannelsManage:
		return true
	}
	return false
}

// Scoped reports whether the user is restricted to some channels.
func (u User) Scoped() bool { return len(u.Channels) > 0 }

// Sees reports whether the user may know of orders of a channel.
func (u User) Sees(channel string) bool { return !u.Scoped() || slices.Contains(u.Channels, channel) }

// ErrEmail says that a text is not an e-mail address.
var ErrEmail = errors.New("not an e-mail address")

// NormaliseEmail trims and lower-cases an address, so that its case and
// surrounding blanks never make two users.
func NormaliseEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || len(s) > 254 || strings.ContainsAny(s, " \t\r\n\x00<>,;\"") || strings.Contains(domain, "@") {
		return "", ErrEmail
	}
	return s, nil
}

// Handle is what a mention calls the user by: what stands before the @ of the
// e-mail address. Two users may share one; the whole address tells them apart.
func (u User) Handle() string {
	local, _, _ := strings.Cut(u.Email, "@")
	return local
}
