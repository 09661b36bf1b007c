package e2e

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"
)

// A Shot is a picture of a page to take.
type Shot struct {
	URL  string
	View View
	Wait string        // a CSS selector to wait for, or ""
	Rest time.Duration // how long the page may settle before the picture
	Full bool          // the whole page, not only the window
	Run  string        // JavaScript to run before the picture, or ""
}

// Take opens the page in a browser of its own and returns the picture as PNG,
// and what the page wrote to its console as errors.
func (s Shot) Take(ctx context.Context) (png []byte, problems []string, err error) {
	browser, cancel, err := Start(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer cancel()
	tab, cancelTab := context.WithTimeout(browser, patience)
	defer cancelTab()
	said := make(chan string, 100)
	if err := watch(tab, func(p string) {
		select {
		case said <- p:
		default: // a hundred are enough
		}
	}); err != nil {
		return nil, nil, err
	}
	if err := s.View.apply(tab); err != nil {
		return nil, nil, err
	}
	steps := []chromedp.Action[chromedp.Void]{chromedp.Navigate(s.URL)}
	if s.Wait != "" {
		steps = append(steps, chromedp.WaitVisible(chromedp.CSS(s.Wait)))
	}
	if s.Run != "" {
		steps = append(steps, chromedp.Evaluate[chromedp.Void](s.Run, chromedp.EvalAwaitPromise))
	}
	steps = append(steps, chromedp.Sleep(s.Rest))
	if err := chromedp.Do(tab, steps...); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", s.URL, err)
	}
	picture := chromedp.CaptureScreenshot()
	if s.Full {
		picture = chromedp.FullScreenshot(100)
	}
	png, err = chromedp.Run(tab, picture)
	for len(said) > 0 {
		problems = append(problems, <-said)
	}
	return png, problems, err
}
