package programtest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// NewBrowser starts a headless Chromium that ends with the test.
func NewBrowser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("Chromium is missing; .ci/setup installs it")
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.WindowSize(1280, 900),
		// Chromium would call home otherwise.
		chromedp.Flag("disable-dev-shm-usage", true),          // small or missing in containers
		chromedp.Flag("disable-features", "BackForwardCache"), // it keeps a process for each page left
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	limit := 13 * time.Minute // the render table is long, and machines are shared
	if os.Getenv("SCREENSHOTS") != "" {
		limit = 28 * time.Minute // and longer with pictures
	}
	ctx, cancel = context.WithTimeout(ctx, limit)
	t.Cleanup(cancel)
	return ctx
}
