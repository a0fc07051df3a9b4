package ingest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/woo"
)

const (
	// manyOrders is how many orders TestManyOrders reads; unset, it is skipped.
	manyOrders = "PALMONAS_TEST_MANY_ORDERS"
	// servedOrders makes this program the website with that many orders.
	servedOrders = "PALMONAS_TEST_SERVED_ORDERS"
)

// served is where the website is and how it is connected.
type served struct {
	Channel channel.Channel
	Secrets channel.Secrets
}

// serveShop is a website in a process of its own, so that its memory is not
// counted. It writes how to reach it, and ends with its standard input.
func serveShop(orders string) error {
	n, err := strconv.Atoi(orders)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	site := woo.New(shop.New(shop.Config{Seed: 1, Orders: n, Days: 30, Now: time.Now, Traits: woo.Traits()}), woo.Options{Seed: 1})
	var how served
	how.Channel, how.Secrets = site.Channel("http://" + l.Addr().String())
	go http.Serve(l, site) //nolint:errcheck,gosec // ends with the process
	if err := json.NewEncoder(os.Stdout).Encode(how); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// sample is the memory of this process after a number of orders.
type sample struct {
	orders    int
	heap, rss int64 // bytes; live objects of Go, and all that is in memory
	after     time.Duration
}

func takeSample(t *testing.T, orders int, begun time.Time) sample {
	s := sample{orders: orders, rss: rss(t), after: time.Since(begun)}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.heap = int64(m.HeapAlloc)
	return s
}

// rss is 0 where the system does not tell.
func rss(t *testing.T) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				t.Error(err)
			}
			return kib << 10
		}
	}
	return 0
}

// TestManyOrders reads one channel with very many orders through its adapter. The
// memory at the end is that after the first quarter.
func TestManyOrders(t *testing.T) { // not parallel: it measures the process
	orders, err := strconv.Atoi(os.Getenv(manyOrders))
	if err != nil {
		t.Skip(manyOrders + " is not set: reading 200000 orders takes minutes")
	}
	how := website(t, orders)
	st := ingest.OnSQLite().Open(t, filepath.Join(t.TempDir(), "orders.db"), time.Now)
	how.Channel.Sealed, err = testKeys().Seal(how.Channel.ID, how.Secrets)
	if err == nil {
		err = st.Channels().Create(t.Context(), how.Channel)
	}
	if err != nil {
		t.Fatal(err)
	}
	var samples []sample
	begun, step := time.Now(), orders/20
	syncer := ingest.NewSyncer(ingest.SyncerConfig{
		Store: st, Keyring: testKeys(), HTTP: &http.Client{Timeout: time.Minute}, Now: time.Now, Builders: builders(),
		Notify: func(r channel.Run) {
			if r.Fetched >= (len(samples)+1)*step {
				samples = append(samples, takeSample(t, r.Fetched, begun))
			}
		},
	})
	run, err := syncer.Pull(t.Context(), how.Channel.ID, "")
	took := time.Since(begun)
	if err != nil || run.Created < orders {
		t.Fatalf("%+v, %v", run, err)
	}
	if n, err := st.Orders().Count(t.Context(), nil, 2*orders); n != run.Created || err != nil {
		t.Errorf("%d orders are stored of %d, %v", n, run.Created, err)
	}
	for _, s := range samples {
		t.Logf("%7d orders after %6.1f s: %6.1f MiB heap, %6.1f MiB resident", s.orders, s.after.Seconds(), mib(s.heap), mib(s.rss))
	}
	t.Logf("%d orders in %s, %.0f a second", run.Created, took.Round(time.Second), float64(run.Created)/took.Seconds())
	flat(t, samples)
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// flat compares the end with the first quarter, when every cache is warm.
func flat(t *testing.T, samples []sample) {
	t.Helper()
	if len(samples) < 8 {
		t.Fatalf("only %d samples", len(samples))
	}
	early, late := samples[len(samples)/4-1], samples[len(samples)-1]
	const slack = 16 << 20
	if late.heap > early.heap+slack || late.rss > early.rss*5/4+slack {
		t.Errorf("memory grew from %.1f to %.1f MiB of heap, %.1f to %.1f MiB in all", mib(early.heap), mib(late.heap), mib(early.rss), mib(late.rss))
	}
}

// website starts the platform.
func website(t *testing.T, orders int) (how served) {
	t.Helper()
	child := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	child.Env = append(os.Environ(), fmt.Sprint(servedOrders, "=", orders))
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = child.Wait() // it ends with its input
	})
	if err := json.NewDecoder(out).Decode(&how); err != nil {
		t.Fatal(err)
	}
	return how
}
