package order

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueryText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]url.Values{
		"":                               {"q": {""}},
		"status:pending ring":            {"q": {"status:pending ring"}},
		"status=shipped&status=returned": {"status": {"shipped", "returned"}},
		"?platform=amazon&page=3&after=x&limit=20&sort=total": {"platform": {"amazon"}},
		"status=pending&nosuch=1":                             {"status": {"pending"}, "nosuch": {"1"}}, // for ParseFilter to refuse
		"a=b":                                                 {"q": {"a=b"}},
		"status=%zz":                                          {"q": {"status=%zz"}},
	} {
		if diff := cmp.Diff(want, QueryText(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
