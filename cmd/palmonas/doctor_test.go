package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	env := []string{"PALMONAS_DATA_DIR=" + dir}
	code, out, errs := invoke(t, env, "", "doctor")
	if code != 0 || !strings.Contains(out, "there is none yet") {
		t.Errorf("before the first start: %d %s %s", code, out, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, database)); err == nil {
		t.Error("the doctor made a database")
	}
	if code, _, errs = invoke(t, env, "", "generate", "--orders", "20"); code != 0 {
		t.Fatal(errs)
	}
	file := filepath.Join(t.TempDir(), "shop.json")
	shop := `{"id":"shop","platform":"organic","adapter":"custom","name":"Shop","base_url":"http://127.0.0.1:1","interval":"1m","credentials":{"token":"0123456789abcdef0123456789abcdef"}}`
	if err := os.WriteFile(file, []byte(shop), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs = invoke(t, env, "", "channel", "add", "--file", file); code != 0 {
		t.Fatal(errs)
	}
	code, out, errs = invoke(t, env, "", "doctor", "--deep")
	if code != 0 || !strings.Contains(out, "whole: 20 orders") || !strings.Contains(out, "0 administrators") || !strings.Contains(out, "palmonas user add") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	code, out, errs = invoke(t, env, "", "doctor", "--channels")
	if code != 1 || !strings.Contains(out, "BAD   shop") || !strings.Contains(errs, "found a fault") {
		t.Errorf("an address where nobody answers: %d %s %s", code, out, errs)
	}
	key := strings.Repeat("QUFB", 10) + "QUI="
	code, out, _ = invoke(t, append(env, "PALMONAS_SECRET_KEY="+key), "", "doctor")
	if code != 1 || !strings.Contains(out, "credentials cannot be opened") {
		t.Errorf("another key: %d %s", code, out)
	}
}
