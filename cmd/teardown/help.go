package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupAnnotation is the annotation of a flag that names its heading in the help.
const groupAnnotation = "group"

// addGroup gives the command flags under a heading.
func addGroup(cmd *cobra.Command, title string, add ...func(*pflag.FlagSet)) {
	set := pflag.NewFlagSet(title, pflag.ContinueOnError)
	set.SortFlags = false
	for _, f := range add {
		f(set)
	}
	set.VisitAll(func(f *pflag.Flag) { f.Annotations = map[string][]string{groupAnnotation: {title}} })
	cmd.Flags().SortFlags = false
	cmd.Flags().AddFlagSet(set)
}

// printHelp writes the help of a command: what it does, how to call it, its commands or
// its flags by group, examples, exit statuses.
func printHelp(cmd *cobra.Command, _ []string) {
	var b strings.Builder
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n", strings.TrimSpace(text))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND [flags]\n\nCommands:\n", cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-12s %s\n", sub.Name(), sub.Short)
			}
		}
	} else {
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	writeFlags(&b, cmd.LocalFlags())
	switch {
	case cmd.HasAvailableSubCommands():
		fmt.Fprintf(&b, "\nMore about one of them: %s COMMAND --help\n", cmd.CommandPath())
	case cmd.Annotations["status"] != "":
		fmt.Fprintf(&b, "\nExit status:\n%s\n", cmd.Annotations["status"])
	}
	io.WriteString(cmd.OutOrStdout(), b.String())
}

// helpColumn is where the descriptions of flags begin.
const helpColumn = 29

// writeFlags writes one flag per line below its heading: names, the kind of value, what
// it does.
func writeFlags(b *strings.Builder, flags *pflag.FlagSet) {
	heading := ""
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		title := "Help"
		if g := f.Annotations[groupAnnotation]; g != nil {
			title = g[0]
		}
		if title != heading {
			fmt.Fprintf(b, "\n%s:\n", title)
			heading = title
		}
		value, meaning := pflag.UnquoteUsage(f)
		name := "    --" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", --" + f.Name
		}
		if f.Value.Type() != "bool" {
			name += " " + value
		}
		if len(name) > helpColumn-2 {
			fmt.Fprintf(b, "  %s\n", name)
			name = ""
		}
		for _, line := range strings.Split(meaning, "\n") {
			fmt.Fprintf(b, "  %-*s%s\n", helpColumn, name, line)
			name = ""
		}
	})
}

const statusHelp = `  0    done
  1    failed, or no input could be read; nothing was written
  2    wrong command line
  3    done, but some input was damaged or is no capture; the messages say where
  130  interrupted; what was read is written`
