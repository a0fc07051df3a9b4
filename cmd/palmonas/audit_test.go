package main

import (
	"database/sql"
	"io"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
)

// TestAuditVerify: a whole chain is told with its head, a broken one by its
// first broken entry and exit code 1.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"PALMONAS_DATA_DIR=" + dir, "PALMONAS_LOG_LEVEL=error"}
	if code, _, errs := invoke(t, env, "", "migrate"); code != 0 {
		t.Fatal(errs)
	}
	if code, out, errs := invoke(t, env, "", "audit", "verify"); code != 0 || out != "the audit is empty\n" {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	s, err := openStore(t.Context(), config{dataDir: dir, location: time.UTC}, slog.New(slog.NewTextHandler(io.Discard, nil)), exclusive)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := s.Audit().Append(t.Context(), account.Entry{At: time.Now(), By: "u-1", Action: "user.disable", Object: "user:u-2"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, errs := invoke(t, env, "", "audit", "verify")
	if code != 0 || !regexp.MustCompile(`^the audit is whole: 5 entries, head [0-9a-f]{64}\n$`).MatchString(out) || errs != "" {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}

	pool, err := sql.Open("sqlite", filepath.Join(dir, database))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"DROP TRIGGER audit_update", "UPDATE audit SET object='user:u-3' WHERE seq=3"} {
		if _, err := pool.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	code, out, errs = invoke(t, env, "", "audit", "verify")
	if code != 1 || out != "" || !strings.Contains(errs, "audit entry 3 was changed") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}
