package ingest

import (
	"errors"
	"testing"

	"github.com/palmonas/palmonas-crm/store"
)

// A webhook in quarantine is read again as it came: here a header alone says
// that it is of no interest. What was kept of it goes with it.
func TestQuarantineKeepsHeaders(t *testing.T) {
	t.Parallel()
	d := openDesk(t)
	h := signed()
	h.Set("X-Shop-Topic", "new-topic")
	if fresh, err := d.Receive(t.Context(), "shop", h, []byte(`{"Topic":`), d.clock.Now()); err != nil || !fresh {
		t.Fatal(fresh, err)
	}
	if err := d.WorkInbox(t.Context()); err != nil {
		t.Fatal(err)
	}
	held, err := d.st.Channels().Quarantined(t.Context(), "shop", 10)
	if err != nil || len(held) != 1 {
		t.Fatalf("%+v, %v", held, err)
	}
	kept, err := d.headerShelf().Get(t.Context(), held[0].ID)
	if err != nil || kept.Value["X-Shop-Topic"] != "new-topic" || kept.Value["X-Shop-Signature"] != "" {
		t.Errorf("%v, %v", kept.Value, err)
	}
	if _, err := d.Replay(t.Context(), held[0].ID, true); !errors.Is(err, ErrUnreadable) {
		t.Errorf("still broken: %v", err)
	}
	if err := DropQuarantined(t.Context(), d.st, held[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.headerShelf().Get(t.Context(), held[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the headers outlive the record: %v", err)
	}
	if err := DropQuarantined(t.Context(), d.st, held[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}
