// What a Go program is asked to do: goroutines on several threads, a child, an HTTP server and its client, a signal.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	var group sync.WaitGroup
	var lock sync.Mutex
	sum := 0
	for i := 1; i <= 4; i++ {
		group.Add(1)
		go func(n int) {
			defer group.Done()
			runtime.LockOSThread()
			time.Sleep(time.Millisecond)
			lock.Lock()
			sum += n
			lock.Unlock()
		}(i)
	}
	group.Wait()

	child, err := exec.Command("echo", "child").Output()
	check(err)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "page")
	}))
	response, err := http.Get("http://" + listener.Addr().String())
	check(err)
	page, err := io.ReadAll(response.Body)
	check(err)

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	check(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	<-signals

	fmt.Printf("%d %s %s caught\n", sum, child[:len(child)-1], page)
}
