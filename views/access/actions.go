package access

import "strings"

// did says what an action was, as an auditor would; an action without words
// here is shown by its code, so that nothing is ever left out. The last part of
// a code may only say how: order.bulk.tag is an order.bulk.
func (all deeds) did(action string) string {
	for part := action; part != ""; {
		if words, ok := all[part]; ok {
			return words
		}
		part = part[:max(strings.LastIndexByte(part, '.'), 0)]
	}
	return action
}

// areas are the beginnings of actions that one may ask for.
func areas() [][2]string {
	return [][2]string{
		{"", "Everything"}, {"order.", "Orders"}, {"customer.", "Customers"}, {"export.", "Exports"}, {"schedule.", "Scheduled exports"},
		{"report.", "Reports"}, {"view.", "Views"}, {"user.", "Users"}, {"token.", "Access tokens"}, {"channel.", "Channels"},
		{"quarantine.", "Set aside"}, {"webhook.", "Webhooks"}, {"setting.", "Settings"}, {"privacy.", "Privacy"},
		{"backup.", "Backups"}, {"key.", "Keys"}, {"database.", "Database"},
	}
}

// deeds are the words of actions.
type deeds map[string]string

func everyDeed() deeds {
	return deeds{
		"order.archive": "Archived an order", "order.assign": "Assigned an order", "order.bulk": "Changed many orders",
		"order.correct": "Corrected an order", "order.create": "Added an order", "order.edit": "Edited an order",
		"order.hold": "Put an order on hold", "order.invoice": "Made an invoice", "order.note": "Noted on an order",
		"order.push": "Told the platform", "order.release": "Released a hold", "order.restore": "Restored an order",
		"order.rewrite": "Rewrote an order", "order.status": "Changed a status", "order.tags": "Tagged an order",
		"customer.join": "Joined customers", "customer.part": "Parted customers", "customer.note": "Noted on a customer",
		"customer.reveal": "Saw personal data",
		"export.run":      "Exported orders", "export.figures": "Exported figures",
		"schedule.create": "Scheduled an export", "schedule.change": "Changed a scheduled export", "schedule.delete": "Ended a scheduled export",
		"report.save": "Saved a report", "report.delete": "Deleted a report", "view.save": "Saved a view", "view.delete": "Deleted a view",
		"user.create": "Added a user", "user.update": "Changed a user", "user.disable": "Disabled a user", "user.enable": "Enabled a user",
		"user.factor": "Changed a second factor", "user.link": "Made a one-time link", "user.password": "Changed a password",
		"user.identity": "Bound or unbound single sign-on", "user.arrive": "Signed in by single sign-on",
		"user.sessions": "Ended sessions", "token.create": "Made an access token", "token.revoke": "Ended an access token",
		"channel.create": "Added a channel", "channel.update": "Changed a channel", "channel.words": "Changed status words",
		"quarantine.reveal": "Saw a payload",
		"setting.access":    "Changed the rules of signing in", "setting.backup": "Changed backups", "setting.company": "Changed the company",
		"setting.dispatch": "Changed the dispatch clock", "setting.mail": "Changed e-mail", "setting.retention": "Changed retention",
		"privacy.erase": "Erased personal data", "privacy.export": "Exported personal data", "privacy.retain": "Applied retention",
		"backup.make": "Made a backup", "key.rotate": "Sealed secrets anew", "database.move": "Moved the database",
	}
}

// coded reports whether an action's code says more than its words.
func (all deeds) coded(action string) bool {
	return strings.Contains(action, ".") && all.did(action) != action
}
