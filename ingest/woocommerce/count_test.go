package woocommerce

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

func TestCount(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		all, drafts string // as the header says; drafts empty for a store without them
		want        int
		failed      bool
	}{
		"a store of today":  {"17", "2", 15, false},
		"an older store":    {"17", "", 17, false},
		"nothing":           {"0", "", 0, false},
		"header is dropped": {"", "", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := dial(t, nil, func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				if q.Get("after") != "2026-11-20T08:59:59" || q.Get("before") != "2026-11-20T10:00:00" || q.Get("dates_are_gmt") != "true" {
					t.Errorf("asked for %s", r.URL.RawQuery)
				}
				total := tc.all
				if q.Get("status") == "checkout-draft" {
					total = tc.drafts
				}
				w.Header().Set("Content-Type", "application/json")
				switch {
				case total == "" && q.Get("status") != "any":
					fault(w, http.StatusBadRequest, "rest_invalid_param")
					return
				case total != "":
					w.Header().Set("X-WP-Total", total)
				}
				_, _ = w.Write([]byte("[]"))
			})
			got, err := a.Count(t.Context(), from, from.Add(time.Hour))
			if got != tc.want || (err != nil) != tc.failed {
				t.Errorf("%d, %v", got, err)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	a := dial(t, nil, func(http.ResponseWriter, *http.Request) { t.Error("Read made a call") })
	r, err := a.Read([]byte(`{"id":727,"status":"processing","total":"1299.00","currency":"INR","date_created_gmt":"2026-11-20T09:00:00"}`), seen)
	if err != nil || r.Ref.PlatformOrderID != "727" || r.Status != order.Confirmed || r.Version != seen.UnixMilli() {
		t.Errorf("%+v, %v", r, err)
	}
	for i, bad := range []string{"", "[]", `{"id":727}`} {
		if _, err := a.Read([]byte(bad), seen); err == nil {
			t.Error("read " + strconv.Itoa(i))
		}
	}
}
