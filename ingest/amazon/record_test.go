package amazon

import (
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

func TestRead(t *testing.T) {
	t.Parallel()
	r, err := seller().Read(fixture(t, "order.json"), time.Time{})
	if err != nil || r.Ref.PlatformOrderID != "404-1111111-2222222" || r.Status != order.Processing {
		t.Errorf("%+v, %v", r.Ref, err)
	}
	for _, bad := range []string{"", "[]", "{}"} {
		if _, err := seller().Read([]byte(bad), time.Time{}); err == nil {
			t.Errorf("read %q", bad)
		}
	}
}
