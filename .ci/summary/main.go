// Command summary reads the output of go test -json, prints what failed or was
// skipped and one closing line, and fails on either: in CI a suite that skips
// has not run.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

func main() {
	ok, err := summarise(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
		os.Exit(1)
	}
	if !ok && os.Getenv("CI") != "" {
		os.Exit(1)
	}
}

// summarise reports whether nothing failed and nothing was skipped.
func summarise(in io.Reader, out io.Writer) (bool, error) {
	output := map[string]*strings.Builder{}
	count := map[string]int{}
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e event
		if json.Unmarshal(sc.Bytes(), &e) != nil {
			fmt.Fprintln(out, sc.Text()) // a build failure speaks plain text
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			if output[key] == nil {
				output[key] = &strings.Builder{}
			}
			output[key].WriteString(e.Output)
		case "pass", "fail", "skip":
			if e.Test == "" && e.Action != "fail" {
				continue // a package without tests is not a skipped suite
			}
			count[e.Action]++
			if e.Action != "pass" && output[key] != nil {
				fmt.Fprintf(out, "%s: %s\n%s\n", strings.ToUpper(e.Action), key, output[key])
			}
			delete(output, key)
		case "build-output":
			fmt.Fprint(out, e.Output)
		}
	}
	fmt.Fprintf(out, "%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"])
	return count["fail"]+count["skip"] == 0, sc.Err()
}
