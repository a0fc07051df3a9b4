package views

import (
	"net/url"

	"github.com/a-h/templ"
)

// ErrorView is an error page. The words are chosen by Status: 400, 401, 403,
// 404, 405, 409, 413, 415, 422, 429, 500 and 503 have their own.
type ErrorView struct {
	Status int
	// Message replaces the standard explanation when it can be more exact; it
	// is shown to people, so never an internal error's text.
	Message string
	// RequestID is what somebody quotes when asking for help.
	RequestID string
	// RetryAfter in seconds, for 429 and 503; 0 when not known.
	RetryAfter int
	// Next is where to go after signing in, for 401.
	Next string
}

// words are the title of an error page, what it means and an icon.
func (v ErrorView) words() (title, text, icon string) {
	switch v.Status {
	case 400:
		title, text, icon = "This request could not be read", "Something in the address or the form is not as it should be. Go back and try again.", "alert-triangle"
	case 401:
		title, text, icon = "Please sign in", "You are not signed in, or your session has ended. Nothing was changed.", "lock"
	case 403:
		title, text, icon = "You may not open this", "Your role does not include this page or action. An administrator can grant it.", "lock"
	case 404:
		title, text, icon = "There is nothing here", "The page or order does not exist, or the address was cut off.", "search"
	case 405:
		title, text, icon = "This address cannot be used that way", "The page exists, but not for this kind of request.", "circle-x"
	case 409:
		title, text, icon = "Somebody was faster", "What you wanted to change has changed meanwhile. Open it again and look before you repeat it.", "refresh"
	case 413:
		title, text, icon = "That is too much at once", "The upload is larger than this server accepts. Split the file or compress it.", "upload"
	case 415:
		title, text, icon = "This kind of file is not understood", "Use a CSV, TSV or Excel file.", "file-spreadsheet"
	case 422:
		title, text, icon = "Some of this is not right", "Check what you entered. Nothing was changed.", "alert-triangle"
	case 429:
		title, text, icon = "Too many requests", "Wait a moment before you try again.", "hourglass"
	case 503:
		title, text, icon = "Back in a moment", "The service cannot answer right now. Nothing was changed.", "clock"
	default:
		title, text, icon = "Something went wrong", "The fault is on our side and has been logged. Nothing was changed.", "alert-triangle"
	}
	if v.Message != "" {
		text = v.Message
	}
	return title, text, icon
}

// wait words when to try again.
func (v ErrorView) wait() string {
	switch s := v.RetryAfter; {
	case s <= 0:
		return ""
	case s < 120:
		return "Try again in " + Count(s, "second", "seconds") + "."
	default:
		return "Try again in " + Count((s+59)/60, "minute", "minutes") + "."
	}
}

// signIn is the way back to where one was.
func (v ErrorView) signIn() templ.SafeURL {
	if v.Next == "" {
		return "/login"
	}
	return templ.URL("/login?" + url.Values{"next": {v.Next}}.Encode())
}
