package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := loadConfig([]string{
		"PALMONAS_ADDR=nowhere", "PALMONAS_TIMEZONE=Mars/Olympus", "PALMONAS_LOG_LEVEL=loud", "PALMONAS_PUBLIC_URL=ftp://x",
		"PALMONAS_TRUSTED_PROXIES=10.0.0.0/8,everyone", "MONGODB_URI=mongodb://db", "PALMONAS_LOG_FORMT=json",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"PALMONAS_ADDR", "PALMONAS_TIMEZONE", "PALMONAS_LOG_LEVEL", "PALMONAS_PUBLIC_URL",
		`"everyone"`, "PALMONAS_SECRET_KEY is required", "PALMONAS_LOG_FORMT is not a setting"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s in:\n%v", want, err)
		}
	}
}

func TestConfigPort(t *testing.T) {
	t.Parallel()
	for _, port := range []string{"abc", "99999", "-1", "80 80"} {
		if _, err := loadConfig([]string{"PORT=" + port}); err == nil || !strings.Contains(err.Error(), "PORT") {
			t.Errorf("PORT=%s: %v", port, err)
		}
	}
}

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	c, err := loadConfig([]string{"PORT=9000", "HOME=/nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	if c.addr != ":9000" || c.publicURL.String() != "http://localhost:9000" || c.location.String() != "Asia/Kolkata" || c.dataDir != "./data" {
		t.Errorf("%+v", c)
	}
}

func TestSecretKey(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(good+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		env  string
		want string // part of the error, empty for none
	}{
		"direct":      {"PALMONAS_SECRET_KEY=" + good, ""},
		"from a file": {"PALMONAS_SECRET_KEY_FILE=" + file, ""},
		"no file":     {"PALMONAS_SECRET_KEY_FILE=" + file + ".missing", "PALMONAS_SECRET_KEY_FILE"},
		"short":       {"PALMONAS_SECRET_KEY=c2hvcnQ=", "not 32 bytes"},
		"placeholder": {"PALMONAS_SECRET_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)), "placeholder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loadConfig([]string{tc.env})
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestLocalKeyIsKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "secret.key")
	first, err := localKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := localKey(path)
	if err != nil || string(first) != string(again) {
		t.Fatalf("the key changed: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localKey(path); err == nil {
		t.Error("a damaged key was accepted")
	}
}

// TestSealedWay: a public address in clear is refused unless it is allowed.
func TestSealedWay(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]bool{
		"PALMONAS_PUBLIC_URL=https://orders.example.com": true,
		"PALMONAS_PUBLIC_URL=http://localhost:8080":      true,
		"PALMONAS_PUBLIC_URL=http://[::1]:8080":          true,
		"PALMONAS_PUBLIC_URL=http://127.0.0.1":           true,
		"PALMONAS_PUBLIC_URL=http://orders.example.com":  false,
		"PALMONAS_PUBLIC_URL=http://192.168.1.5:8080":    false,
		"PALMONAS_LOG_LEVEL=info":                        true,
	} {
		c, err := loadConfig([]string{env})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.sealedWay(); (err == nil) != want {
			t.Errorf("%s: %v", env, err)
		}
		if c, err = loadConfig([]string{env, "PALMONAS_INSECURE=true"}); err != nil || c.sealedWay() != nil {
			t.Errorf("%s, allowed: %v, %v", env, err, c.sealedWay())
		}
	}
	code, _, errs := invoke(t, []string{"PALMONAS_PUBLIC_URL=http://orders.example.com", "PALMONAS_DATA_DIR=" + t.TempDir()}, "", "serve", "--addr", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errs, "--insecure") {
		t.Errorf("serve: exit %d, %s", code, errs)
	}
	for _, env := range []string{"PALMONAS_METRICS_TOKEN=abc", "PALMONAS_INSECURE=perhaps"} {
		if _, err := loadConfig([]string{env}); err == nil {
			t.Errorf("%s is accepted", env)
		}
	}
}
