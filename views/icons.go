package views

// iconNames lists the icons that static/icons.css draws, for the style guide
// and the tests.
func iconNames() []string {
	return []string{
		"adjustments-horizontal", "alert-triangle", "archive", "arrow-back-up", "arrow-down", "arrow-left",
		"arrow-up", "baseline-density-small", "bell", "calendar", "cash", "chart-bar", "check", "chevron-down", "chevron-left",
		"chevron-right", "circle-check", "circle-x", "clock", "copy", "copy-plus", "device-desktop", "download",
		"external-link", "eye", "eye-off", "file-import", "file-invoice", "file-spreadsheet", "hand-stop", "history",
		"hourglass", "inbox", "info-circle", "keyboard", "layout-dashboard", "lock", "logout", "mail", "map-pin", "menu-2", "moon",
		"note", "package", "pencil", "phone", "plug-connected", "plus", "printer", "refresh", "search", "selector",
		"sun", "tag", "trash", "truck", "upload", "user", "user-check", "users", "wifi-off", "x",
	}
}
