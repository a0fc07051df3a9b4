// Command platforms runs the suite that every adapter must pass and prints what
// became of it as a Markdown table: a line for each case, a column for each
// adapter. It ends with 1 when a case failed, or an adapter did not run any.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// adapters are the packages below ingest that join the suite.
var adapters = [...]string{"amazon", "flipkart", "blinkit", "swiggy", "shopify", "woocommerce", "custom"}

// event is a line of go test -json.
type event struct{ Action, Package, Test string }

// table holds what became of each case, by adapter; of an adapter with several
// ways to sign in, a failure of one counts.
type table struct {
	cases []string // in the order they began first
	done  map[string]map[string]string
}

func main() {
	t, err := run(os.Stderr)
	if err == nil {
		err = t.print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "platforms:", err)
		os.Exit(1)
	}
}

func run(log io.Writer) (*table, error) {
	args := []string{"test", "-json", "-count=1", "-run", "^Test(Platform|PlatformWithTokens|Conformance|ConformanceClientCredentials)$"}
	for _, a := range adapters {
		args = append(args, "./ingest/"+a)
	}
	cmd := exec.Command("go", args...)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t := &table{done: map[string]map[string]string{}}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) == nil {
			t.add(e)
		}
	}
	var failed *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &failed) { // a failure is shown in the table
		return nil, err
	}
	return t, lines.Err()
}

func (t *table) add(e event) {
	_, name, ok := strings.Cut(e.Test, "/")
	if !ok || strings.Contains(name, "/") {
		return // the suite itself, or a part of a case
	}
	name = strings.ReplaceAll(name, "_", " ")
	adapter := e.Package[strings.LastIndex(e.Package, "/")+1:]
	if t.done[name] == nil {
		t.done[name] = map[string]string{}
		t.cases = append(t.cases, name)
	}
	switch was := t.done[name][adapter]; {
	case e.Action == "fail":
		t.done[name][adapter] = "**fails**"
	case e.Action == "pass" && was == "":
		t.done[name][adapter] = "✓"
	}
}

func (t *table) print(w io.Writer) error {
	fmt.Fprintf(w, "| Case | %s |\n|---|%s\n", strings.Join(adapters[:], " | "), strings.Repeat(":-:|", len(adapters)))
	passed, failed := map[string]int{}, 0
	for _, name := range t.cases {
		fmt.Fprintf(w, "| %s |", name)
		for _, a := range adapters {
			is := t.done[name][a]
			switch is {
			case "":
				is = "–"
			case "✓":
				passed[a]++
			default:
				failed++
			}
			fmt.Fprintf(w, " %s |", is)
		}
		fmt.Fprintln(w)
	}
	for _, a := range adapters {
		if passed[a] == 0 {
			return fmt.Errorf("%s passed nothing", a)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d cases fail", failed)
	}
	return nil
}
