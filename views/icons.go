package views

// iconNames lists the icons that static/icons.css draws, for the style guide
// and the tests.
func iconNames() []string {
	return []string{
		"adjustments-horizontal", "alert-triangle", "arrow-down", "arrow-left", "arrow-up", "baseline-density-small",
		"calendar", "cash", "check", "chevron-down", "chevron-left", "chevron-right", "circle-check", "circle-x",
		"clock", "copy", "device-desktop", "download", "external-link", "eye-off", "file-import", "file-spreadsheet",
		"hand-stop", "history", "hourglass", "inbox", "info-circle", "keyboard", "lock", "logout", "mail", "map-pin",
		"menu-2", "moon", "note", "package", "phone", "plug-connected", "refresh", "search", "selector", "sun",
		"truck", "upload", "user", "wifi-off", "x",
	}
}
