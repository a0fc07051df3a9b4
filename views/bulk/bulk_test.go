package bulk

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func page() views.PageView {
	return views.PageView{Title: "x", Assets: "/static/0", User: &account.User{Role: account.Admin}}
}

// TestFields: each action asks for what it needs and nothing else.
func TestFields(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{"status": "status note", "tag": "tag", "untag": "tag", "assign": "assignee", "hold": "reason until", "archive": "reason", "release": "", "restore": ""} {
		html := render(t, Review(page(), ReviewView{Clock: views.SampleClock(), Action: action, Typed: url.Values{}, IDs: []string{"a", "b"}}))
		for _, field := range []string{"status", "note", "tag", "assignee", "reason", "until"} {
			if has := strings.Contains(html, `id="bulk-`+field+`"`); has != strings.Contains(want, field) {
				t.Errorf("%s shows the field %s: %v", action, field, has)
			}
		}
		if !strings.Contains(html, "2 selected orders") || strings.Count(html, `name="order"`) != 2 {
			t.Errorf("%s lost the selection", action)
		}
	}
}

// TestReview: the dry run says what it would do; with nothing to do it cannot
// be started. Texts from outside stay texts.
func TestReview(t *testing.T) {
	t.Parallel()
	const hostile = `"><script>alert(1)</script>`
	v := ReviewView{Clock: views.SampleClock(), Action: "tag", All: true, Query: "q=" + url.QueryEscape(hostile), Typed: url.Values{"tag": {hostile}},
		Errors: order.FieldErrors{{Field: "tag", Message: hostile}}, Moved: true,
		Plan: &PlanView{Title: "Add tag " + hostile, Requested: 3, Fingerprint: "f00", Reasons: []ReasonView{{hostile, 3}}, Skipped: []OrderView{{ID: "38g1qe9w00007", Name: hostile, Why: hostile}}}}
	html := render(t, Review(page(), v))
	if strings.Contains(html, "<script>alert") {
		t.Error("a text became markup")
	}
	for _, want := range []string{`value="run" disabled`, "The list has changed", "3 orders that match the list", `name="fingerprint" value="f00"`, `href="/orders/38g1qe9w00007"`, "the first 1 of 3"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestResult(t *testing.T) {
	t.Parallel()
	html := render(t, Result(ResultView{ID: "J", Reasons: []ReasonView{{"on hold", 2}}, Left: 2, Undoable: 1, File: "/jobs/J/files/outcomes.csv"}))
	for _, want := range []string{`action="/jobs/J/retry"`, "Try 2 orders again", `action="/jobs/J/undo"`, "Undo 1 change", "outcomes.csv"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if html := render(t, Result(ResultView{ID: "J"})); strings.Contains(html, "<form") {
		t.Error("nothing can be done, and there is a form")
	}
}
