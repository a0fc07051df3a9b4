package access

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/account"
)

func itoa(n int) string { return strconv.Itoa(n) }

func userURL(id account.ID, rest string) templ.SafeURL {
	return templ.URL("/users/" + string(id) + rest)
}

// permissionGroup is a heading of the table of permissions.
type permissionGroup struct {
	name  string
	rules []account.Permission
}

func permissionGroups() []permissionGroup {
	return []permissionGroup{
		{"Orders", []account.Permission{account.OrdersRead, account.OrdersCreate, account.OrdersEdit, account.OrdersStatus,
			account.OrdersBulk, account.OrdersDelete, account.OrdersExport}},
		{"Customers", []account.Permission{account.CustomersRead, account.CustomersReveal}},
		{"Figures", []account.Permission{account.AnalyticsRead}},
		{"Channels", []account.Permission{account.ChannelsRead, account.ChannelsManage, account.SyncTrigger}},
		{"The desk", []account.Permission{account.UsersManage, account.AuditRead, account.SettingsManage}},
	}
}

// meaning is what a permission allows, in words.
func meaning(p account.Permission) string {
	switch p {
	case account.OrdersRead:
		return "See orders"
	case account.OrdersCreate:
		return "Enter and import orders"
	case account.OrdersEdit:
		return "Notes, tags, holds, corrections"
	case account.OrdersStatus:
		return "Change statuses"
	case account.OrdersBulk:
		return "Change many orders at once"
	case account.OrdersDelete:
		return "Archive orders"
	case account.OrdersExport:
		return "Export orders"
	case account.CustomersRead:
		return "See names, phones, e-mails and addresses"
	case account.CustomersReveal:
		return "Reveal one customer, with a reason that is logged"
	case account.AnalyticsRead:
		return "See figures"
	case account.ChannelsRead:
		return "See channels"
	case account.ChannelsManage:
		return "Set channels up"
	case account.SyncTrigger:
		return "Start reading a channel"
	case account.UsersManage:
		return "Manage users"
	case account.AuditRead:
		return "Read the audit"
	case account.SettingsManage:
		return "Change settings"
	}
	return string(p)
}

func roleName(r account.Role) string {
	switch r {
	case account.Admin:
		return "Administrator"
	case account.Support:
		return "Support"
	case account.ReadOnly:
		return "Read only"
	}
	return string(r)
}

func roleHint(r account.Role) string {
	switch r {
	case account.Admin:
		return "Everything."
	case account.Support:
		return "Works on orders, sees customers and figures, starts reading channels."
	case account.ReadOnly:
		return "Sees orders with personal data masked, figures and channels."
	}
	return ""
}

func choiceName(value string) string {
	switch value {
	case Grant:
		return "granted"
	case Deny:
		return "denied"
	}
	return "as the role"
}

func may(r account.Role, p account.Permission) bool { return slices.Contains(r.Permissions(), p) }

func scopes(list []account.Permission) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = string(p)
	}
	return strings.Join(names, " ")
}

func tokenURL(id string) templ.SafeURL {
	return templ.URL("/account/tokens/" + url.PathEscape(id) + "/revoke")
}

func version(n int64) string { return strconv.FormatInt(n, 10) }
