package openapi

import (
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	ids, n := map[string]bool{}, 0
	for _, sec := range d.Sections {
		if len(sec.Operations) == 0 || sec.About == "" {
			t.Errorf("section %s says nothing", sec.Name)
		}
		for _, o := range sec.Operations {
			n++
			if ids[o.ID] || o.ID == "" || o.Summary == "" || len(o.Answers) == 0 {
				t.Errorf("%s %s: id %q, summary %q, %d answers", o.Method, o.Path, o.ID, o.Summary, len(o.Answers))
			}
			ids[o.ID] = true
			if strings.ContainsAny(o.Curl, "{}") && !strings.Contains(o.Curl, "-d '{") {
				t.Errorf("%s lacks an example for its path: %s", o.ID, o.Curl)
			}
			for _, f := range append(o.Body, o.Parameters...) {
				if f.Type == "" {
					t.Errorf("%s: %s has no type", o.ID, f.Name)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("%d operations only", n)
	}
}

func TestCurl(t *testing.T) {
	t.Parallel()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, sec := range d.Sections {
		for _, o := range sec.Operations {
			if o.ID == "setStatus" || o.ID == "listOrders" {
				got = append(got, o.Curl)
			}
		}
	}
	want := []string{
		"curl \"$BASE/api/orders?q=total%3E5000&status=pending&status=confirmed&from=2026-11-01&limit=20\" \\\n  -H \"Authorization: Bearer $TOKEN\"",
		"curl -X PUT \"$BASE/api/orders/1j0v5h2zk4a7c/status\" \\\n  -H \"Authorization: Bearer $TOKEN\" \\\n  -H \"Content-Type: application/json\" \\\n" +
			"  -d '{\n      \"note\": \"packed\",\n      \"status\": \"processing\",\n      \"version\": 3\n    }'",
	}
	if strings.Join(got, "\n\n") != strings.Join(want, "\n\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n\n"), strings.Join(want, "\n\n"))
	}
}
