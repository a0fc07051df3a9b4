package ingest_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// killedPath and killedNow name the database and the time for the child
// process of TestKill9.
const (
	killedPath = "PALMONAS_TEST_KILLED_PATH"
	killedNow  = "PALMONAS_TEST_KILLED_NOW"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(killedPath); path != "" {
		fmt.Fprintln(os.Stderr, pullUntilKilled(path, os.Getenv(killedNow)))
		os.Exit(1)
	}
	if n := os.Getenv(servedOrders); n != "" {
		if err := serveShop(n); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// pullUntilKilled pulls all channels again and again, writes a byte once the
// database is open, and only returns with an error.
func pullUntilKilled(path, now string) error {
	ctx := context.Background()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		return err
	}
	c := &clock{now: at}
	st, err := ingest.OpenStore(ctx, path, c.Now, false)
	if err != nil {
		return err
	}
	fmt.Print("o")
	channels, err := st.Channels().List(ctx)
	if err != nil {
		return err
	}
	syncer := process(st, c)
	for {
		var all sync.WaitGroup
		for _, ch := range channels {
			all.Go(func() { _, _ = syncer.Pull(ctx, ch.ID, "") }) // the next round tries again
		}
		all.Wait()
	}
}
