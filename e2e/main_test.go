package e2e

import (
	"fmt"
	"os"
	"testing"
)

var temp string

// tempDir is a folder that goes when the tests of the package have ended.
func tempDir() (string, error) {
	var err error
	if temp == "" {
		temp, err = os.MkdirTemp("", "quid-e2e")
	}
	return temp, err
}

func TestMain(m *testing.M) {
	if book := os.Getenv(serveBook); book != "" { // see clerk
		if err := serveHere(book); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if book := os.Getenv(migrateBook); book != "" { // see migrate
		if err := migrateHere(book); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if book := os.Getenv(mailBook); book != "" { // see mailServer
		if err := mailHere(book); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if temp != "" {
		os.RemoveAll(temp)
	}
	os.Exit(code)
}
