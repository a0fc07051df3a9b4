// Command faults runs the tests of the fault matrix and prints it: fault,
// promised outcome, verdict, cases and seeds. It fails unless every row
// passes; a test that does not exist, or skips, is "not tested". The rows of
// MongoDB are there when PALMONAS_TEST_MONGODB_URI names a server.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	rows := append(matrix(), processes()...)
	results, err := run(rows, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
	if !report(os.Stdout, rows, results) {
		os.Exit(1)
	}
}

// results are the last actions (pass, fail, skip) by folder and test.
type results map[test]string

// run runs what the rows name, package by package, and writes the output of
// those that do not pass to log.
func run(rows []row, log io.Writer) (results, error) {
	names := map[string][]string{} // top-level tests by package
	var packages []string
	wanted := results{}
	for _, r := range rows {
		for _, t := range r.tests {
			wanted[t] = "wanted"
			top, _, _ := strings.Cut(t.name, "/")
			if names[t.pkg] == nil {
				packages = append(packages, t.pkg)
			}
			if !slices.Contains(names[t.pkg], top) {
				names[t.pkg] = append(names[t.pkg], top)
			}
		}
	}
	all := results{}
	for _, pkg := range packages {
		pattern := "^(" + strings.Join(names[pkg], "|") + ")$"
		cmd := exec.Command("go", "test", "-count=1", "-timeout=30m", "-json", "-run", pattern, pkg) //nolint:gosec,noctx // our own table
		cmd.Env = append(os.Environ(), "PALMONAS_TEST_ALL_FAULTS=1")
		cmd.Stderr = log
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		if err := all.read(pkg, out, log, wanted); err != nil {
			return nil, err
		}
		_ = cmd.Wait() // failed tests show in the matrix
	}
	return all, nil
}

// read takes the events of one package. Skipped tests are of interest only
// where a row counts on them.
func (all results) read(pkg string, in io.Reader, log io.Writer, wanted results) error {
	output := map[string]string{}
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e struct{ Action, Test, Output string }
		if json.Unmarshal(sc.Bytes(), &e) != nil {
			fmt.Fprintln(log, sc.Text())
			continue
		}
		switch e.Action {
		case "output":
			output[e.Test] += e.Output
		case "build-output":
			fmt.Fprint(log, e.Output)
		case "pass", "fail", "skip":
			if e.Test != "" {
				all[test{pkg, e.Test}] = e.Action
			}
			if e.Action == "fail" || e.Action == "skip" && wanted.covers(test{pkg, e.Test}) {
				fmt.Fprintf(log, "%s: %s %s\n%s", e.Action, pkg, e.Test, output[e.Test])
			}
			delete(output, e.Test)
		}
	}
	return sc.Err()
}

// covers reports whether a test or one that it is part of is among them.
func (all results) covers(t test) bool {
	for want := range all {
		if want.pkg == t.pkg && (want.name == t.name || strings.HasPrefix(t.name, want.name+"/")) {
			return true
		}
	}
	return false
}

var seed = regexp.MustCompile(`/(?:seed=)?(\d+)$`)

// verdict sums a row up: the outcome, the number of cases and of seeds.
func (all results) verdict(r row) (word string, cases, seeds int) {
	distinct, ran, failed := map[string]bool{}, len(r.tests) > 0, false
	for _, want := range r.tests {
		found, one := 0, results{want: ""}
		for got, action := range all {
			if !one.covers(got) || !all.leaf(got) {
				continue
			}
			switch action {
			case "pass":
				found++
			case "fail":
				failed = true
			}
			if m := seed.FindStringSubmatch(got.name); m != nil {
				distinct[m[1]] = true
			}
		}
		failed = failed || all[want] == "fail"
		ran = ran && found > 0
		cases += found
	}
	switch {
	case failed:
		word = "FAILED"
	case !ran:
		word = noTests
	default:
		word = "pass"
	}
	return word, cases, max(len(distinct), min(cases, 1))
}

// leaf reports whether a test has no subtests.
func (all results) leaf(t test) bool {
	for other := range all {
		if other.pkg == t.pkg && strings.HasPrefix(other.name, t.name+"/") {
			return false
		}
	}
	return true
}

// report prints the matrix and whether all of it passed.
func report(out io.Writer, rows []row, all results) bool {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\toutcome\tverdict\tcases\tseeds")
	good := true
	for _, r := range rows {
		word, cases, seeds := all.verdict(r)
		good = good && word == "pass"
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\n", r.fault, r.outcome, word, cases, seeds)
	}
	return w.Flush() == nil && good
}
