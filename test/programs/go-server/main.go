// An HTTP server as Go programs are: a static ELF with its own runtime, threads, scheduler and network poller.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

func main() {
	http.HandleFunc("/", hello)
	http.HandleFunc("/sum", sum)
	http.HandleFunc("/check", check)
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func hello(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "hello %s\n", r.URL.Path)
}

func sum(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	length, err := io.Copy(hash, r.Body)
	fmt.Fprintf(w, "%d %x %v\n", length, hash.Sum(nil), err)
}

// What a program asks of the system beside the network: threads, timers, files, names, memory that is given back.
func check(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, "goroutines", spread(2000), "threads", lockedThreads(20))
	ticker := time.NewTicker(5 * time.Millisecond)
	for i := 0; i < 5; i++ {
		<-ticker.C
	}
	ticker.Stop()
	folder, err := os.MkdirTemp("", "check")
	name := filepath.Join(folder, "file")
	wrote := os.WriteFile(name, make([]byte, 100000), 0o600)
	info, _ := os.Stat(name)
	fmt.Fprintln(w, "file", err, wrote, info.Size(), info.Mode(), os.RemoveAll(folder))
	addresses, err := net.LookupHost("localhost")
	interfaces, failed := net.Interfaces()
	fmt.Fprintln(w, "names", addresses, err, "interfaces", len(interfaces), failed)
	fmt.Fprintln(w, "processes", exec.Command("/server").Run())
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Fprintln(w, "heap", memory.HeapAlloc < 4<<20, "processors", runtime.NumCPU())
}

// As many goroutines, each of which waits for the one before.
func spread(count int) int {
	first := make(chan int)
	in := first
	for i := 0; i < count; i++ {
		out := make(chan int)
		go func(in, out chan int) { out <- 1 + <-in }(in, out)
		in = out
	}
	first <- 0
	return <-in
}

// As many threads of the system at once.
func lockedThreads(count int) int {
	var here, done sync.WaitGroup
	here.Add(count)
	done.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			runtime.LockOSThread()
			here.Done()
			here.Wait()
			done.Done()
		}()
	}
	done.Wait()
	return count
}
