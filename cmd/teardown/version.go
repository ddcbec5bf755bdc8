package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/spf13/cobra"
)

// toolVersion is the version of the program; it stands in every file that it writes.
const toolVersion = "0.1.0"

// schemaVersion rises with every change of a column's name, type or meaning.
func schemaVersion() string { return "1" }

// rulesHash tells two sets of words and columns apart: the start of the SHA-256 over all of them.
var rulesHash = sync.OnceValue(func() string {
	h := sha256.New()
	for _, t := range tables {
		fmt.Fprintln(h, t.table.Name)
		for _, c := range t.table.Columns {
			fmt.Fprintln(h, c.Name, c.Type, c.Nullable, c.Meaning)
			if c.Words != nil {
				fmt.Fprintf(h, "%q %q %v\n", c.Words.Text, c.Words.Meaning, c.Words.Class)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
})

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the versions of the program, the tables and the rules",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := fmt.Fprintf(a.stdout, "teardown %s\nschema   %s\nrules    %s\n", toolVersion, schemaVersion(), rulesHash())
			return err
		},
	}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments; %q is one", cmd.CommandPath(), args[0])
	}
	return nil
}
