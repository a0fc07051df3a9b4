package handlers

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
)

// TestEveryFaultAtOnce: an order without anything hears of all that it lacks.
func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	got := a.api("support").post("/api/orders", `{}`).want(t, http.StatusUnprocessableEntity)
	var body struct {
		Details []struct{ Field string } `json:"details"`
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, d := range body.Details {
		fields = append(fields, d.Field)
	}
	for _, want := range []string{"channel", "orderedAt", "items"} {
		if !slices.Contains(fields, want) {
			t.Errorf("no fault at %s: %v", want, fields)
		}
	}
}
