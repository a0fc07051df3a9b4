package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const customChannel = `{"id":"site","platform":"organic","adapter":"custom","name":"Site","base_url":"https://shop.example.com",
	"credentials":{"token":"tiger-in-the-grass"},"webhook_secret":"whsec_dGlnZXItaW4tdGhlLWdyYXNzLXRpZ2Vy","enabled":false,"interval":"1m"}`

func addCustom(t *testing.T, env []string) {
	t.Helper()
	if code, out, errs := invoke(t, env, customChannel, "channel", "add", "--file", "-"); code != 0 {
		t.Fatalf("channel add: %d\n%s%s", code, out, errs)
	}
}

// opens tells whether the channel's credentials can be read.
func opens(t *testing.T, env []string) bool {
	t.Helper()
	code, _, errs := invoke(t, env, "", "channel", "test", "site")
	if code == 0 {
		t.Fatal("a shop that does not exist answers")
	}
	return !strings.Contains(errs, "wrong key or damaged")
}

func key(fill byte) string {
	return base64.StdEncoding.EncodeToString(append(bytes.Repeat([]byte{fill}, 31), 0))
}

func TestRotateKeyFile(t *testing.T) {
	t.Parallel()
	env := quietEnv(t)
	dir := strings.TrimPrefix(env[0], "PALMONAS_DATA_DIR=")
	addCustom(t, env)
	before, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs := invoke(t, env, "", "rotate-key")
	if code != 0 || !strings.Contains(out, "1 of 1 sealed values renewed") {
		t.Fatalf("%d\n%s%s", code, out, errs)
	}
	after, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("the key is the same: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, oldKeyFile)); err == nil {
		t.Error("the old key is still there")
	}
	if !opens(t, env) {
		t.Error("the credentials do not open with the new key")
	}
	if err := os.WriteFile(filepath.Join(dir, keyFile), before, 0o600); err != nil {
		t.Fatal(err)
	}
	if opens(t, env) {
		t.Error("the old key still opens the credentials")
	}
}

func TestRotateKeyInEnvironment(t *testing.T) {
	t.Parallel()
	plain := quietEnv(t)
	with := func(kv ...string) []string { return append(plain[:len(plain):len(plain)], kv...) }
	old := with("PALMONAS_SECRET_KEY=" + key(1))
	addCustom(t, old)
	if code, _, errs := invoke(t, old, "", "rotate-key"); code == 0 || !strings.Contains(errs, "PALMONAS_SECRET_KEY_OLD") {
		t.Errorf("without a new key: %d %s", code, errs)
	}
	both := with("PALMONAS_SECRET_KEY="+key(2), "PALMONAS_SECRET_KEY_OLD="+key(1))
	if !opens(t, both) {
		t.Error("both keys do not open what the old one sealed")
	}
	if code, out, errs := invoke(t, both, "", "rotate-key"); code != 0 || !strings.Contains(out, "PALMONAS_SECRET_KEY_OLD is not needed") {
		t.Errorf("%d\n%s%s", code, out, errs)
	}
	if !opens(t, with("PALMONAS_SECRET_KEY="+key(2))) || opens(t, old) {
		t.Error("the new key alone must open the credentials, the old one must not")
	}
	if code, out, errs := invoke(t, with("PALMONAS_SECRET_KEY="+key(3), "PALMONAS_SECRET_KEY_OLD="+key(1)), "", "rotate-key"); code == 0 || !strings.Contains(errs, "channel site") {
		t.Errorf("with two wrong keys: %d\n%s%s", code, out, errs)
	}
	for _, bad := range [][]string{{"PALMONAS_SECRET_KEY_OLD=" + key(1)}, {"PALMONAS_SECRET_KEY=" + key(1), "PALMONAS_SECRET_KEY_OLD=" + key(1)},
		{"PALMONAS_SECRET_KEY=" + key(1), "PALMONAS_SECRET_KEY_OLD=short"}} {
		if code, _, errs := invoke(t, with(bad...), "", "rotate-key"); code == 0 || !strings.Contains(errs, "PALMONAS_SECRET_KEY_OLD") {
			t.Errorf("%s: %d %s", bad[0][:20], code, errs)
		}
	}
}
