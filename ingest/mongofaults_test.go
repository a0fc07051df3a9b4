package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/palmonas/palmonas-crm/ingest"
)

// allFaults asks for every seed of tests that take long.
const allFaults = "PALMONAS_TEST_ALL_FAULTS"

// TestMongoDB lives through faults on a MongoDB, with fewer orders: compatible
// servers are slow. Without a server it skips.
func TestMongoDB(t *testing.T) {
	t.Parallel()
	const few = 70
	all := map[string]func(*testing.T, *desk, int64){
		"kill -9 while pulling": func(t *testing.T, d *desk, _ int64) { d.killed(t, 4) },
		"two processes":         func(t *testing.T, d *desk, _ int64) { d.twoProcesses(t) },
	}
	for _, f := range pullFaults() {
		switch f.name {
		case "lost connection mid-page", "5xx for an hour", "repeated tokens":
			all[f.name] = func(t *testing.T, d *desk, _ int64) { f.live(t, d) }
		}
	}
	for _, f := range pushFaults() {
		if f.name == "lost answers" {
			all[f.name+" to pushes"] = func(t *testing.T, d *desk, seed int64) { f.live(t, d, rand.New(rand.NewPCG(uint64(seed), 4))) }
		}
	}
	worlds := seeds[:1]
	if os.Getenv(allFaults) != "" {
		worlds = seeds[:]
	}
	for name, live := range all {
		for _, seed := range worlds {
			t.Run(fmt.Sprintf("%s/seed=%d", name, seed), func(t *testing.T) {
				t.Parallel()
				live(t, newDeskOn(t, ingest.OnMongoDB(), 60+seed, few), seed)
			})
		}
	}
}
