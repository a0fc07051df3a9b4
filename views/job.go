package views

import (
	"strings"
	"time"

	"github.com/a-h/templ"
)

func jobURL(id string) templ.SafeURL { return templ.URL("/jobs/" + id) }

// rejects is the address of the rejected rows; only one of ours is linked.
func (v JobView) rejects() (templ.SafeURL, bool) {
	local := strings.HasPrefix(v.Rejects, "/") && !strings.HasPrefix(v.Rejects, "//") && !strings.HasPrefix(v.Rejects, "/\\")
	return templ.URL(v.Rejects), local
}

// refresh makes a running card ask for itself again: at the end of its stream
// at once, and every few seconds in case there is none.
func (v JobView) refresh() templ.Attributes {
	if v.State != "running" {
		return nil
	}
	return templ.Attributes{"hx-get": string(jobURL(v.ID)), "hx-trigger": "done, every 4s", "hx-swap": "outerMorph"}
}

func (v JobView) stateName() string {
	switch v.State {
	case "running":
		return "Running"
	case "done":
		return "Done"
	case "failed":
		return "Failed"
	case "cancelled":
		return "Cancelled"
	}
	return capital(v.State)
}

func (v JobView) tone() string {
	switch {
	case v.State == "running":
		return "info"
	case v.State == "done" && v.Tally.Rejected > 0:
		return "warning"
	case v.State == "done":
		return "success"
	case v.State == "failed":
		return "danger"
	}
	return "neutral"
}

// rate is how quick it goes, once that can be said.
func (v JobView) rate() string {
	d := v.Now.Sub(v.Started)
	if v.Started.IsZero() || d < time.Second || v.Done == 0 {
		return ""
	}
	return Number(int(float64(v.Done)/d.Seconds())) + " a second"
}

// required names the fields that no column holds yet.
func (v PreviewView) required() string {
	var missing []string
	for _, f := range v.Fields {
		if f.Required && !v.mapped(f.Value) {
			missing = append(missing, f.Label)
		}
	}
	if len(missing) == 0 {
		return "Everything that is required has been found."
	}
	return "Still missing: " + strings.Join(missing, ", ") + "."
}

func (v PreviewView) mapped(field string) bool {
	for _, c := range v.Columns {
		if c.Field == field {
			return true
		}
	}
	return false
}

// described ties the file field to its hint and, if there is one, its message.
func described(id, message string) templ.Attributes {
	a := mistaken(id, message, true)
	if a == nil {
		return templ.Attributes{"aria-describedby": id + "-hint"}
	}
	a["aria-describedby"] = id + "-hint " + id + "-err"
	return a
}

// counts are what became of the records so far.
func (v JobView) counts() []CountView {
	if v.Counts != nil {
		return v.Counts
	}
	t := v.Tally
	return []CountView{{"Created", t.Created, "success"}, {"Updated", t.Updated, "info"}, {"Unchanged", t.Unchanged, "neutral"}, {"Rejected", t.Rejected, "danger"}}
}

func (v JobView) backURL() templ.SafeURL {
	to := v.Back.Value
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) { // a place of ours or none
		return "/imports"
	}
	return templ.URL(to)
}

func (v JobView) backName() string {
	if v.Back.Label == "" {
		return "Imports"
	}
	return v.Back.Label
}

func toneIcon(tone string) string {
	switch tone {
	case "success":
		return "circle-check"
	case "warning":
		return "alert-triangle"
	case "danger":
		return "circle-x"
	}
	return "info-circle"
}
