package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
)

// completeFlags tells shells the values of the flags that a command has.
func completeFlags(cmd *cobra.Command) {
	values := map[string][]string{
		"format": formats, "compression": export.Compressions, "progress": progresses,
		"partition-by": export.Partitions, "connections": cutters,
		"table":   {schemas.Packets.Name, schemas.Connections.Name},
		"columns": columnNames(),
	}
	for flag, words := range values {
		if cmd.Flags().Lookup(flag) != nil {
			cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
		}
	}
}

// columnNames returns the names of all columns, each once.
func columnNames() []string {
	var names []string
	for _, t := range []*schemas.Table{&schemas.Packets, &schemas.Connections} {
		names = append(names, namesOf(t.Columns)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// completeSchema completes the name of a table, then its columns.
func completeSchema(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, t := range tables {
		if len(args) == 0 {
			words = append(words, t.table.Name)
		} else if t.table.Name == args[0] {
			words = append(words, namesOf(t.table.Columns)...)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
