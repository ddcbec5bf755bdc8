package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/pcap-teardown/teardown/schemas"
)

// toolVersion is the version of the program; it stands in every file that it writes.
const toolVersion = "0.1.0"

// schemaVersion rises with every change of a column's name, type or meaning.
const schemaVersion = "1"

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the versions of the program, the tables and the rules",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := io.WriteString(a.stdout, versions())
			return err
		},
	}
}

func versions() string {
	return fmt.Sprintf("teardown %s\nschema   %s\nrules    %s\n", toolVersion, schemaVersion, schemas.RulesHash)
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments; %q is one", cmd.CommandPath(), args[0])
	}
	return nil
}
