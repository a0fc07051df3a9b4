// Command palmonas is the order desk: the server, and the commands to set it
// up, fill it and look after it. Run it without arguments for the list.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // business days need the zone on any machine
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	p := program{args: os.Args[1:], env: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(p.run(ctx))
}

// program is one invocation, so that tests can start it like a user does.
type program struct {
	args   []string
	env    []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// Exit codes beyond 0 and 1.
const (
	exitUsage    = 2
	exitRejected = 3
)

// exitError carries an exit code of its own; an empty text prints nothing.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

func usageError(format string, a ...any) error {
	return &exitError{code: exitUsage, text: fmt.Sprintf(format, a...)}
}

// run dispatches to the subcommand and turns its error into one line and an
// exit code.
func (p program) run(ctx context.Context) int {
	err := p.dispatch(ctx)
	if err == nil {
		return 0
	}
	code := 1
	var e *exitError
	if errors.As(err, &e) {
		code = e.code
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = errors.New("interrupted; what was stored until now stays")
	}
	if text := strings.ReplaceAll(err.Error(), "\n", "; "); text != "" { // of joined errors, too, one line
		fmt.Fprintln(p.stderr, "palmonas:", text)
	}
	return code
}
