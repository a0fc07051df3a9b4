package killtest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	driver "go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// The child process is this binary with a place to write to.
const (
	placeEnv = "PALMONAS_TEST_KILLED_AT"
	roundEnv = "PALMONAS_TEST_KILLED_ROUND"
)

var (
	kills      = flag.Int("kills", 20, "how often a process on the embedded engine is killed")
	mongoKills = flag.Int("mongo-kills", 4, "how often one on MongoDB")
	summary    = flag.String("summary", "", "folder for a JSON summary of each engine")
)

func TestMain(m *testing.M) {
	if place := os.Getenv(placeEnv); place != "" {
		round, err := strconv.Atoi(os.Getenv(roundEnv))
		if err == nil {
			err = write(place, round)
		}
		fmt.Fprintln(os.Stderr, "the writer ended:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestKillsSQLite(t *testing.T) {
	t.Parallel()
	n := *kills
	if testing.Short() {
		n = min(n, 5)
	}
	run(t, "sqlite", filepath.Join(t.TempDir(), "killed.db"), n, 150*time.Millisecond)
}

func TestKillsMongoDB(t *testing.T) {
	t.Parallel()
	run(t, "mongodb", mongoPlace(t), *mongoKills, 2*time.Second)
}

func drop(t *testing.T, uri, database string) {
	ctx := context.Background() // the test's own is over
	client, err := driver.Connect(ctx, options.Client().ApplyURI(uri))
	if err != nil {
		t.Error(err)
		return
	}
	if err := client.Database(database).Drop(ctx); err != nil {
		t.Error("drop the test database:", err)
	}
	_ = client.Disconnect(ctx)
}

// result is what a run of kills is summed up to.
type result struct {
	Engine       string         `json:"engine"`
	Kills        int            `json:"kills"`
	Opening      int            `json:"killed_while_opening"`
	Acknowledged map[string]int `json:"acknowledged"`
	Lost         int            `json:"lost"`
	Full         int            `json:"full_checks"`
	Slowest      int64          `json:"slowest_reopen_ms"`
	Seconds      float64        `json:"seconds"`
}

// run kills a writer n times on one database, looks after each time for what it
// had acknowledged since the one before, and now and then for everything.
func run(t *testing.T, engine, place string, n int, longest time.Duration) {
	begun := time.Now()
	c := &checker{t: t, place: place, result: result{Engine: engine, Acknowledged: map[string]int{}}}
	for round := range n {
		said := killed(t, place, round, longest)
		if len(said) == 0 {
			c.Opening++
		}
		c.Kills++
		last := round == n-1
		c.reopened(said, last || round%100 == 99)
		if t.Failed() {
			break
		}
	}
	c.Seconds = time.Since(begun).Seconds()
	text, err := json.MarshalIndent(c.result, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", text)
	if *summary != "" {
		if err := os.WriteFile(filepath.Join(*summary, "kills-"+engine+".json"), append(text, '\n'), 0o600); err != nil {
			t.Error(err)
		}
	}
	for _, kind := range []string{saidOrder, saidStatus, saidTag, saidHook} {
		// A busy machine writes little between two kills; nothing at all proves
		// nothing.
		if c.Acknowledged[kind] == 0 {
			t.Errorf("no %s was acknowledged in %d rounds: the test tests nothing", kind, n)
		}
	}
}

// said is one line of a writer.
type said struct{ kind, id, what string }

// killed starts a writer, kills it within a while after it opened the database
// or, one time in ten, before, and returns what it had said.
func killed(t *testing.T, place string, round int, longest time.Duration) []said {
	t.Helper()
	opening := time.Duration(0)
	if round%10 == 9 { // never the first, which makes the database
		opening = mathrand.N(longest)
	}
	all, err := follow(t, place, round, opening, mathrand.N(longest))
	if !errors.Is(err, errKilled) {
		t.Errorf("the writer of round %d ended by itself: %v", round, err)
	}
	return all
}

// errKilled says that follow killed a writer, which had not ended by itself.
var errKilled = errors.New("killed by the test")

// follow runs a writer, under another program if one is given, and returns what
// it said until it ended and how it ended. It is killed after the time opening,
// unless that is 0, or after the time working from when it opened the database.
func follow(t *testing.T, place string, round int, opening, working time.Duration, under ...string) (all []said, err error) {
	t.Helper()
	words := append(slices.Clone(under), os.Args[0])
	child := exec.CommandContext(t.Context(), words[0], words[1:]...)
	child.Env = append(os.Environ(), placeEnv+"="+place, fmt.Sprint(roundEnv, "=", round))
	var complaints bytes.Buffer
	child.Stderr = &complaints
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var cut atomic.Bool
	kill := func(pid int) func() {
		return func() {
			cut.Store(true) // first, since the end of the process is noticed at once
			if syscall.Kill(pid, syscall.SIGKILL) != nil {
				cut.Store(false)
			}
		}
	}
	if opening > 0 {
		defer time.AfterFunc(opening, kill(child.Process.Pid)).Stop()
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end was not said
		}
		s := said{}
		if _, err := fmt.Sscan(line, &s.kind, &s.id, &s.what); err != nil {
			t.Fatalf("the writer said %q: %v", line, err)
		}
		if s.kind != saidOpen {
			all = append(all, s)
			continue
		}
		// The writer itself: what it runs under must not leave it behind.
		pid, err := strconv.Atoi(s.id)
		if err != nil {
			t.Fatal(err)
		}
		defer time.AfterFunc(working, kill(pid)).Stop()
	}
	err = child.Wait()
	if cut.Load() {
		return all, errKilled
	}
	return all, fmt.Errorf("ended with %w: %s", err, complaints.Bytes())
}
