package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// invoke runs one command to its end and returns what it printed.
func invoke(t *testing.T, env []string, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := program{args: args, env: env, stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr}
	code = p.run(t.Context())
	return code, stdout.String(), stderr.String()
}

func quietEnv(t *testing.T) []string {
	return []string{"PALMONAS_DATA_DIR=" + t.TempDir(), "PALMONAS_LOG_LEVEL=error", "PORT=0"}
}

// lockedBuffer collects output that a test reads while the program writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestDemo starts the whole program, signs in, sees the sandbox's orders and
// stops it.
func TestDemo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs lockedBuffer
	const password = "correct horse battery staple"
	p := program{args: []string{"demo", "--addr", "127.0.0.1:0", "--orders", "60", "--password", password, "--data", t.TempDir()},
		env: []string{"PALMONAS_LOG_LEVEL=error"}, stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	done := make(chan int, 1)
	go func() { done <- p.run(ctx) }()

	base := waitFor(t, &out, &errs, regexp.MustCompile(`http://127\.0\.0\.1:\d+`))
	for _, want := range []string{"admin@palmonas.demo", "support@palmonas.demo", "readonly@palmonas.demo", password} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not print %s:\n%s", want, out.String())
		}
	}
	c := signIn(t, base, "support@palmonas.demo", password)
	page := get(t, c, base+"/orders")
	if n := strings.Count(page, `<a href="/orders/38`); n != 50 {
		t.Errorf("the first page shows %d orders, want 50", n)
	}
	if page := get(t, c, base+"/orders?platform=amazon"); strings.Contains(page, "PLM-1") || !strings.Contains(page, "Amazon") {
		t.Error("the platform filter shows other platforms, or no Amazon order")
	}
	cancel()
	select {
	case code := <-done:
		if code != 0 || errs.String() != "" {
			t.Errorf("exit %d, stderr %q", code, errs.String())
		}
	case <-time.After(45 * time.Second):
		t.Fatal("the demo does not stop")
	}
}

func waitFor(t *testing.T, out, errs *lockedBuffer, re *regexp.Regexp) string {
	t.Helper()
	for range 600 {
		if found := re.FindString(out.String()); found != "" {
			return found
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("nothing like %s in:\n%s\n%s", re, out, errs)
	return ""
}

func signIn(t *testing.T, base, email, password string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/login", strings.NewReader(url.Values{"email": {email}, "password": {password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", base)
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path == "/login" {
		t.Fatalf("sign-in answered %d at %s", resp.StatusCode, resp.Request.URL)
	}
	return c
}

func get(t *testing.T, c *http.Client, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", address, resp.StatusCode, err)
	}
	return string(body)
}

func TestUserCommands(t *testing.T) {
	t.Parallel()
	env := quietEnv(t)
	if code, out, errs := invoke(t, env, "", "user", "add", "--email", "Asha@Example.com", "--name", "Asha", "--role", "admin"); code != 0 || !strings.Contains(out, "password, shown this once: ") {
		t.Fatalf("add: %d %q %q", code, out, errs)
	}
	steps := []struct {
		name  string
		stdin string
		args  []string
		code  int
		want  string // in stdout or stderr
	}{
		{"same address again", "", []string{"user", "add", "--email", "asha@example.com", "--name", "A", "--role", "support"}, 1, "exists already"},
		{"weak password", "short\n", []string{"user", "add", "--email", "b@example.com", "--name", "B", "--role", "support", "--password-stdin"}, 1, "15"},
		{"unknown role", "", []string{"user", "add", "--email", "b@example.com", "--name", "B", "--role", "boss"}, 2, "admin, support or readonly"},
		{"bad address", "", []string{"user", "add", "--email", "nobody", "--name", "B", "--role", "admin"}, 2, "not an e-mail address"},
		{"unknown flag", "", []string{"user", "add", "--mail", "x"}, 2, "usage"},
		{"new password", "another long pass phrase\n", []string{"user", "passwd", "asha@example.com", "--password-stdin"}, 0, "sessions are ended"},
		{"a colleague", "", []string{"user", "add", "--email", "ravi@example.com", "--name", "Ravi", "--role", "support"}, 0, "added"},
		{"disable", "", []string{"user", "disable", "ravi@example.com"}, 0, "disabled ravi@example.com"},
		{"nobody", "", []string{"user", "disable", "b@example.com"}, 1, "no user"},
		{"list", "", []string{"user", "list"}, 0, "disabled"},
		{"no action", "", []string{"user"}, 2, "needs one of"},
		{"no such command", "", []string{"usr"}, 2, "unknown command"},
	}
	for _, s := range steps {
		code, out, errs := invoke(t, env, s.stdin, s.args...)
		if code != s.code || !strings.Contains(out+errs, s.want) {
			t.Errorf("%s: exit %d, stdout %q, stderr %q; want exit %d and %q", s.name, code, out, errs, s.code, s.want)
		}
		if strings.Count(errs, "\n") > 1 {
			t.Errorf("%s: more than one line of error:\n%s", s.name, errs)
		}
	}
}

func TestImportCommand(t *testing.T) {
	t.Parallel()
	env := quietEnv(t)
	if code, _, errs := invoke(t, env, `{"id":"files","platform":"organic","adapter":"manual","name":"Files"}`, "channel", "add", "--file", "-"); code != 0 {
		t.Fatal(errs)
	}
	file := filepath.Join(t.TempDir(), "orders.csv")
	csv := "order id,order date,status,sku,quantity,total,currency\nA-1,2026-11-20,shipped,RING-1,1,1299.00,INR\nA-2,not a day,shipped,RING-1,1,10.00,INR\n"
	if err := os.WriteFile(file, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"import", "--channel", "files", "--map", "order_id=order id", "--map", "ordered_at=order date", "--map", "order_total=total", file}
	code, out, errs := invoke(t, env, "", args...)
	if code != exitRejected || !strings.Contains(out, "rows=2 orders=1 created=1") || !strings.Contains(out, "rejected=1") {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	rejects, err := os.ReadFile(file + ".rejects.csv")
	if err != nil || !strings.Contains(string(rejects), "A-2") || strings.Contains(string(rejects), "A-1") {
		t.Errorf("rejects: %q, %v", rejects, err)
	}
	if code, out, _ := invoke(t, env, "", args...); code != exitRejected || !strings.Contains(out, "created=0 updated=0 unchanged=1") {
		t.Errorf("the same file again: exit %d, %q", code, out)
	}
	if code, _, errs := invoke(t, env, "", "import", "--channel", "nowhere", file); code != 1 || !strings.Contains(errs, "no channel nowhere") {
		t.Errorf("unknown channel: exit %d, %q", code, errs)
	}
}

func TestMigrateCommand(t *testing.T) {
	t.Parallel()
	env := quietEnv(t)
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"migrate", "--status"}, "to do: 0001"},
		{[]string{"migrate", "--status"}, "to do: 0001"}, // asking changes nothing
		{[]string{"migrate"}, "applied: 0001"},
		{[]string{"migrate"}, "up to date"},
		{[]string{"migrate", "--status"}, "up to date"},
	} {
		if code, out, errs := invoke(t, env, "", step.args...); code != 0 || !strings.Contains(out, step.want) {
			t.Errorf("%v: exit %d, %q, %q; want %q", step.args, code, out, errs, step.want)
		}
	}
}
