package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// command is one subcommand.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, p program) error
}

func commands() []command {
	return []command{
		{"demo", "everything at once on this machine: sandbox platforms, users, live orders", runDemo},
		{"serve", "the server", runServe},
		{"migrate", "bring the database up to date [--status]", runMigrate},
		{"user", "add, list, passwd, disable", runUser},
		{"channel", "add, list, test, sync", runChannel},
		{"rotate-key", "seal credentials anew under a new master key", runRotateKey},
		{"import", "orders from a CSV, TSV or XLSX file", runImport},
		{"audit", "verify", runAudit},
		{"stats", "verify, rebuild", runStats},
		{"export", "orders of a query as CSV, XLSX, JSON or NDJSON", runExport},
		{"generate", "synthetic orders for load tests", runGenerate},
		{"privacy", "export, erase, retain: customers' personal data", runPrivacy},
		{"doctor", "look for faults of the installation [--channels] [--deep]", runDoctor},
		{"backup", "a consistent copy of the embedded database while it serves", runBackup},
		{"restore", "put such a copy in its place", runRestore},
		{"move", "everything to another database: embedded to MongoDB or back", runMove},
		{"sandbox", "only the simulated platforms", runSandbox},
		{"healthcheck", "exit 0 when the server at PORT answers; for containers", runHealthcheck},
		{"version", "version, commit and Go version", runVersion},
	}
}

func (p program) dispatch(ctx context.Context) error {
	if len(p.args) == 0 || p.args[0] == "help" || p.args[0] == "-h" || p.args[0] == "--help" {
		fmt.Fprintln(p.stdout, "palmonas: the order desk for brands that sell on marketplaces\n\nCommands:")
		for _, c := range commands() {
			fmt.Fprintf(p.stdout, "  %-12s %s\n", c.name, c.summary)
		}
		fmt.Fprintln(p.stdout, "\npalmonas COMMAND -h lists the flags of a command.")
		return nil
	}
	for _, c := range commands() {
		if c.name == p.args[0] {
			p.args = p.args[1:]
			return c.run(ctx, p)
		}
	}
	return usageError("unknown command %q; run palmonas help", p.args[0])
}

// subcommand picks one of the named actions from the first argument.
func (p program) subcommand(ctx context.Context, of string, actions map[string]func(context.Context, program) error) error {
	if len(p.args) > 0 {
		if run, ok := actions[p.args[0]]; ok {
			p.args = p.args[1:]
			return run(ctx, p)
		}
	}
	names := make([]string, 0, len(actions))
	for _, c := range commands() {
		if c.name == of {
			names = append(names, c.summary)
		}
	}
	return usageError("palmonas %s needs one of: %s", of, strings.Join(names, ", "))
}

// flags is parse for a command that takes nothing but flags.
func (p program) flags(name, usage string, define func(*flag.FlagSet)) error {
	rest, err := p.parse(name, usage, define)
	if err == nil && len(rest) > 0 {
		return usageError("%s takes no argument %q (usage: palmonas %s)", name, rest[0], usage)
	}
	return err
}

// parse reads the flags that define declares and returns the other arguments;
// flags may stand before and after them. Help goes to stdout.
func (p program) parse(name, usage string, define func(*flag.FlagSet)) ([]string, error) {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	define(fs)
	var rest []string
	for args := p.args; ; {
		err := fs.Parse(args)
		switch {
		case errors.Is(err, flag.ErrHelp):
			fmt.Fprintf(p.stdout, "usage: palmonas %s\n", usage)
			fs.SetOutput(p.stdout)
			fs.PrintDefaults()
			return nil, &exitError{code: 0}
		case err != nil:
			return nil, usageError("%v (usage: palmonas %s)", err, usage)
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		rest = append(rest, fs.Arg(0))
		args = fs.Args()[1:]
	}
}
