package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// browsers are the names under which Chromium may be installed.
func browsers() []string {
	return []string{"chromium", "chromium-browser", "headless-shell", "google-chrome", "google-chrome-stable"}
}

// chrome is the one browser of the package; each test opens its own profile in
// it. It is set once, before any test runs.
var chrome context.Context

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	found := slices.ContainsFunc(browsers(), func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if !found {
		if os.Getenv("CI") == "true" {
			fmt.Fprintln(os.Stderr, "e2e: no Chromium found, and CI=true: install it (Debian: apt-get install --no-install-recommends chromium)")
			return 1
		}
		fmt.Println("e2e: skipped, no Chromium found on PATH")
		return 0
	}
	options := []chromedp.ExecAllocatorOption{chromedp.WindowSize(1280, 800),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true)}
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to sandbox itself as root
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(options...))
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "e2e: Chromium does not start:", err)
		return 1
	}
	chrome = ctx
	return m.Run()
}
