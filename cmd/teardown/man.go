package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand writes the manual pages. It is hidden: packagers call it, once.
func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages, section 1, to a folder",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("man takes the folder to write to; try: teardown man share/man/man1")
			}
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return err
			}
			return writeManuals(cmd.Root(), args[0])
		},
	}
}

// writeManuals writes the page of a command and those of its subcommands.
func writeManuals(cmd *cobra.Command, dir string) error {
	path := filepath.Join(dir, manualName(cmd)+".1")
	if err := os.WriteFile(path, []byte(manual(cmd)), 0o666); err != nil {
		return err
	}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			if err := writeManuals(sub, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// manualName returns the name of the page of a command: teardown-convert.
func manualName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manual returns the page of a command in the macros of man(7). It holds no date, so that the
// same program writes the same pages.
func manual(cmd *cobra.Command) string {
	var b strings.Builder
	name := manualName(cmd)
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"teardown %s\" \"User Commands\"\n", roff(strings.ToUpper(name)), roff(toolVersion))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(cmd.Short))
	b.WriteString(".SH SYNOPSIS\n")
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, ".B %s\nCOMMAND [flags]\n", roff(cmd.CommandPath()))
	} else {
		fmt.Fprintf(&b, ".B %s\n%s\n", roff(cmd.CommandPath()), roff(strings.TrimPrefix(strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath()), " ")))
	}
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	b.WriteString(".SH DESCRIPTION\n")
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(roff(paragraph) + "\n")
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(manualName(sub)), roff(sub.Short))
			}
		}
	}
	manualFlags(&b, cmd.LocalFlags())
	literal(&b, "EXAMPLES", cmd.Example)
	literal(&b, "EXIT STATUS", cmd.Annotations["status"])
	if parent := cmd.Parent(); parent != nil {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(manualName(parent)))
	}
	return b.String()
}

// manualFlags writes the flags below the headings that they have in the help.
func manualFlags(b *strings.Builder, flags *pflag.FlagSet) {
	heading := ""
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		if heading == "" {
			b.WriteString(".SH OPTIONS\n")
		}
		title := "Help"
		if g := f.Annotations[groupAnnotation]; g != nil {
			title = g[0]
		}
		if title != heading {
			fmt.Fprintf(b, ".SS %s\n", roff(title))
			heading = title
		}
		value, meaning := pflag.UnquoteUsage(f)
		short := ""
		if f.Shorthand != "" {
			short = "\\fB" + roff("-"+f.Shorthand) + "\\fR, "
		}
		if f.Value.Type() == "bool" {
			value = ""
		} else {
			value = " \\fI" + roff(value) + "\\fR"
		}
		fmt.Fprintf(b, ".TP\n%s\\fB%s\\fR%s\n%s\n", short, roff("--"+f.Name), value, roff(meaning))
	})
}

// literal writes a section whose lines stay as they are.
func literal(b *strings.Builder, title, text string) {
	if text == "" {
		return
	}
	fmt.Fprintf(b, ".SH %s\n.nf\n%s\n.fi\n", title, roff(strings.Trim(text, "\n")))
}

// roff escapes text: hyphens as in options, which can be copied, and what begins a request.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
