package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/chromedp/chromedp"
)

// browse opens a page in a Chromium of its own. The caller must end it.
func browse(url string) (end func(), err error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("chromium is not in PATH (on Debian: apt-get install chromium)")
	}
	profile, err := os.MkdirTemp("", "conformance-chromium-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // a container's root has no user namespaces to sandbox in
		chromedp.DisableGPU,
		chromedp.UserDataDir(profile),
	)
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	end = func() {
		chromedp.Cancel(ctx) // a browser that does not end in peace is killed below
		cancel()
		cancelAllocator()
		os.RemoveAll(profile)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		end()
		return nil, err
	}
	return end, nil
}
