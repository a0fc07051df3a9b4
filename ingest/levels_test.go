package ingest

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// A limit that fills slowly is not full again because the program was started
// again, and a channel at rest writes nothing of it.
func TestSlowLimitOverRestarts(t *testing.T) {
	t.Parallel()
	clock := newClock()
	st, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "p.db"), Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls++ }))
	defer srv.Close()
	s := NewSyncer(SyncerConfig{Store: st, Now: clock.Now})
	start := func() *Client {
		return NewClient(ClientOptions{Limits: map[string]Limit{"list": {Rate: 0.0056, Burst: 20}}, Levels: s.levels("amazon-in"), Now: clock.Now})
	}
	drain := func(c *Client) (n int) {
		for ; ; n++ {
			_, err := c.Do(t.Context(), "list", func(ctx context.Context) (*http.Request, error) {
				return http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
			})
			var limit *LimitError
			if errors.As(err, &limit) {
				return n
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	first := drain(start())
	if again := drain(start()); first != 10 || again != 0 {
		t.Errorf("%d calls, then %d after a restart; want half the burst, then none", first, again)
	}
	clock.advance(time.Hour) // 20 tokens, but nobody knows who else called
	if n := drain(start()); n != 10 {
		t.Errorf("%d calls an hour later, want 10", n)
	}
	if calls != 20 {
		t.Errorf("%d calls arrived", calls)
	}
}
