// Command bench measures a running server from outside: it signs in, asks for
// pages in a closed loop (as many as can be had with so many connections) or an
// open one (so many a second, whether or not the server keeps up), and prints
// one table. It knows nothing of the program but its addresses.
//
//	palmonas serve &
//	go run ./bench --url http://localhost:8080 --email E --password P
//
// With the word users it lets people work instead, with time to think, while
// orders arrive: see runUsers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

type options struct {
	url, email, password string
	only                 string
	conns                int
	rate                 float64
	each                 time.Duration
	pid                  int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	command, args := run, os.Args[1:]
	if len(args) > 0 && args[0] == "users" {
		command, args = runUsers, args[1:]
	}
	if err := command(ctx, args, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	var o options
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.StringVar(&o.url, "url", "http://localhost:8080", "where the server is")
	fs.StringVar(&o.email, "email", "", "who signs in")
	fs.StringVar(&o.password, "password", "", "with which password")
	fs.StringVar(&o.only, "only", "", "names of scenarios to run, separated by commas; all without")
	fs.IntVar(&o.conns, "conns", 10, "connections")
	fs.Float64Var(&o.rate, "rate", 0, "requests a second in an open loop; 0: closed")
	fs.DurationVar(&o.each, "each", 10*time.Second, "how long each scenario runs")
	fs.IntVar(&o.pid, "pid", 0, "process whose memory is read after each scenario")
	if err := fs.Parse(args); err != nil {
		return err
	}
	c, err := signIn(ctx, o)
	if err != nil {
		return err
	}
	total, err := c.orders(ctx)
	if err != nil {
		return err
	}
	loop := "closed loop"
	if o.rate > 0 {
		loop = fmt.Sprintf("open loop, %.0f/s", o.rate)
	}
	fmt.Fprintf(w, "%s, %s orders, %s, %d connections, %s each, generator on %d cores of %s\n\n",
		time.Now().Format("2 Jan 2006"), total, loop, o.conns, o.each, runtime.NumCPU(), runtime.GOARCH)
	fmt.Fprintln(w, "| scenario | req/s | p50 ms | p95 ms | p99 ms | max ms | kB packed | errors | memory |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	ran := 0
	for _, s := range scenarios() {
		if o.only != "" && !strings.Contains(","+o.only+",", ","+s.name+",") {
			continue
		}
		r, err := measure(ctx, c, s, o)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.print(w, s.name, memory(o.pid))
		ran++
	}
	if ran == 0 {
		return errors.New("there is no such scenario")
	}
	return nil
}
