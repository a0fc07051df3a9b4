package main

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker on releases.
var version = "dev"

func runVersion(_ context.Context, p program) error {
	if err := p.flags("version", "version", func(*flag.FlagSet) {}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "palmonas %s, commit %s, %s\n", version, commit(), runtime.Version())
	return err
}

func commit() string {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return "unknown"
}
