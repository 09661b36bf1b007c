// Command shot takes a picture of a page with Chromium and prints the errors that
// the page wrote to its console:
//
//	go run ./e2e/shot -url http://127.0.0.1:8080/ -out matrix.png -dark -lang de
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"quid/e2e"
)

func main() {
	var s e2e.Shot
	flag.StringVar(&s.URL, "url", "http://127.0.0.1:8080/", "the page")
	flag.Int64Var(&s.View.Width, "width", 0, "of the window (1440, on a phone 390)")
	flag.Int64Var(&s.View.Height, "height", 0, "of the window (900, on a phone 844)")
	flag.BoolVar(&s.View.Phone, "phone", false, "as on a phone")
	flag.BoolVar(&s.View.Dark, "dark", false, "as on a dark system")
	flag.StringVar(&s.View.Lang, "lang", "en", "the reader's language, en or de")
	flag.StringVar(&s.Wait, "wait", "", "a CSS selector to wait for")
	flag.DurationVar(&s.Rest, "rest", 600*time.Millisecond, "how long the page may settle")
	flag.BoolVar(&s.Full, "full", false, "the whole page, not only the window")
	flag.StringVar(&s.Run, "run", "", "JavaScript to run before the picture")
	out := flag.String("out", "shot.png", "the file to write")
	flag.Parse()

	png, problems, err := s.Take(context.Background())
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, "console:", p)
	}
	if err == nil {
		err = os.WriteFile(*out, png, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shot:", err)
		os.Exit(1)
	}
}
