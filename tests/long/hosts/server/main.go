// A server in one static file, and the program that asks it: an image for tests without anything else in it.
package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	if os.Args[1] == "serve" {
		_ = http.ListenAndServe(os.Args[2], http.FileServer(http.Dir("/run/files")))
		os.Exit(1)
	}
	client := http.Client{Timeout: 3 * time.Second}
	if os.Args[1] == "socket" {
		client.Transport = &http.Transport{Dial: func(_, _ string) (net.Conn, error) { return net.Dial("unix", os.Args[3]) }}
	}
	answer, err := client.Get(os.Args[2])
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	_, _ = io.Copy(os.Stdout, answer.Body)
	if answer.StatusCode != http.StatusOK {
		os.Exit(1)
	}
}
