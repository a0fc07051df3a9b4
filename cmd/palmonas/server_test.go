package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// asPalmonas makes the test's own binary the program.
const asPalmonas = "RUN_AS_PALMONAS"

func TestMain(m *testing.M) {
	if os.Getenv(asPalmonas) != "" {
		main()
	}
	os.Exit(m.Run())
}

// mongoEnv is the environment of a server on a MongoDB database of its own,
// which the test's end drops.
func mongoEnv(t *testing.T) []string {
	t.Helper()
	given := os.Getenv("PALMONAS_TEST_MONGODB_URI")
	if given == "" {
		t.Skip("PALMONAS_TEST_MONGODB_URI is not set: no MongoDB to test with")
	}
	uri, err := url.Parse(given)
	if err != nil {
		t.Fatal(err)
	}
	uri.Path = "/palmonas_test_" + strings.ToLower(rand.Text()[:12])
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	t.Cleanup(func() {
		ctx := context.Background()
		client, err := mongo.Connect(ctx, options.Client().ApplyURI(given))
		if err != nil {
			t.Error(err)
			return
		}
		if err := client.Database(uri.Path[1:]).Drop(ctx); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
		_ = client.Disconnect(ctx)
	})
	return []string{"MONGODB_URI=" + uri.String(), "PALMONAS_SECRET_KEY=" + base64.StdEncoding.EncodeToString(key),
		"PALMONAS_DATA_DIR=" + t.TempDir(), "PALMONAS_LOG_LEVEL=warn"}
}

// server is `palmonas serve` in a process of its own.
type server struct {
	base   string
	client *http.Client // signed in
	cmd    *exec.Cmd
	out    lockedBuffer
	ended  chan error
}

// startServer starts one that is killed at the end of the test unless it ended.
func startServer(t *testing.T, env []string) *server {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // the server takes it
	return startServerAt(t, env, l.Addr().String())
}

// startServerAt starts one where another one was.
func startServerAt(t *testing.T, env []string, addr string) *server {
	t.Helper()
	s := &server{base: "http://" + addr, ended: make(chan error, 1)}
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "serve", "--addr", addr)
	s.cmd.Env = append([]string{asPalmonas + "=1", "PALMONAS_PUBLIC_URL=" + s.base}, env...)
	s.cmd.Stdout, s.cmd.Stderr = &s.out, &s.out
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have ended
		if t.Failed() {
			t.Logf("%s said:\n%s", s.base, s.out.String())
		}
	})
	return s
}

func (s *server) ready(t *testing.T) {
	t.Helper()
	eventually(t, time.Minute, "the server is ready", func() bool {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

// try posts a form as the signed-in user and returns the status of the answer.
func (s *server) try(t *testing.T, path string, form url.Values) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", s.base)
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= http.StatusBadRequest && resp.StatusCode != http.StatusConflict {
		t.Logf("%s answered %d: %s", path, resp.StatusCode, bytes.TrimSpace(body))
	}
	return resp.StatusCode
}

func (s *server) post(t *testing.T, path string, form url.Values) {
	t.Helper()
	if code := s.try(t, path, form); code != http.StatusOK {
		t.Fatalf("%s answered %d", path, code)
	}
}

func (s *server) signal(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// stop asks the process to end and waits until it did, in good order.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.signal(t, syscall.SIGTERM)
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("the server ended with %v", err)
		}
	case <-time.After(45 * time.Second):
		t.Error("the server does not stop")
	}
}

func eventually(t *testing.T, within time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("waited %s in vain until %s", within, what)
}
