// Command freeport prints a TCP port of 127.0.0.1 that is free at this moment,
// as given by the system.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
)

func main() {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "freeport:", err)
		os.Exit(1)
	}
	defer l.Close()
	fmt.Println(l.Addr().(*net.TCPAddr).Port)
}
