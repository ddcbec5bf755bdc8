package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/schemas"
)

// tables are the tables that the schema command knows.
var tables = []struct {
	table *schemas.Table
	about string
}{
	{&schemas.Packets, "one row per captured frame, in capture order"},
	{&schemas.Connections, "one row per connection, in the order in which they became final"},
	{&schemas.Decoded, "packets as decoded, before classification"},
}

func (a *app) schemaCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "schema [packets|connections|decoded] [COLUMN...]",
		Short: "Show the columns of the tables: names, types, meanings",
		Long: `Show the columns of the tables: names, types, meanings. With the name of a column also
every value that it can hold, where these are words out of a closed list.

i16, i32 and i64 are signed integers; ? marks columns that can be null.`,
		Example: `  teardown schema                           all tables
  teardown schema connections               one table
  teardown schema connections teardown      one column and its words
  teardown schema packets --json            for programs`,
		ValidArgsFunction: completeSchema,
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := chooseSchema(args)
			if err != nil {
				return err
			}
			if asJSON {
				return writeSchemaJSON(a.stdout, chosen)
			}
			return writeSchema(a.stdout, chosen, len(args) > 1)
		},
	}
	addGroup(cmd, "Flags", func(f *pflag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "write JSON, with the words that each column can hold")
	})
	return cmd
}

type describedTable struct {
	schemas.Table
	about string
}

// chooseSchema returns the tables and columns that the arguments name.
func chooseSchema(args []string) ([]describedTable, error) {
	var chosen []describedTable
	for _, t := range tables {
		if len(args) == 0 || args[0] == t.table.Name {
			chosen = append(chosen, describedTable{*t.table, t.about})
		}
	}
	if len(chosen) == 0 {
		return nil, noTable(args[0])
	}
	if len(args) > 1 {
		selected, unknown := chosen[0].Select(args[1:])
		if len(unknown) > 0 {
			return nil, usagef("table %s has no column %q; %s", args[0], unknown[0],
				orMeant(unknown[0], namesOf(chosen[0].Columns), "its columns are listed by: teardown schema "+args[0]))
		}
		chosen[0].Table = selected
	}
	return chosen, nil
}

// noTable says that there is no such table; where it is a column, which table has that.
func noTable(name string) error {
	for _, t := range tables {
		if t.table.Lookup(name) != nil {
			return usagef("%s is a column; try: teardown schema %s %s", name, t.table.Name, name)
		}
	}
	return usagef("there is no table %q; the tables are packets, connections and decoded", name)
}

func writeSchema(out io.Writer, chosen []describedTable, words bool) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i, t := range chosen {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %s\n\n", t.Name, t.about)
		for _, c := range t.Columns {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", c.Name, typeName(c), c.Meaning)
		}
		if words {
			writeWords(w, t.Columns)
		}
	}
	return w.Flush()
}

// writeWords writes the closed lists of the columns. The flag combinations are left out:
// there are 4,096, and their text follows from tcp_flags.
func writeWords(w io.Writer, columns []schemas.Column) {
	for _, c := range columns {
		if c.Words == nil || c.Words == schemas.TcpFlagsTextWords {
			continue
		}
		fmt.Fprintf(w, "\n%s is one of\n\n", c.Name)
		for i, text := range c.Words.Text {
			switch {
			case text == "":
			case c.Words.Class != nil:
				fmt.Fprintf(w, "  %s\t%s\t%s\n", text, c.Words.ClassOf.Text[c.Words.Class[i]], c.Words.Meaning[i])
			default:
				fmt.Fprintf(w, "  %s\t%s\n", text, c.Words.Meaning[i])
			}
		}
	}
}

// typeName returns the type of a column as the reference page writes it.
func typeName(c schemas.Column) string {
	name := map[schemas.Type]string{
		schemas.Int16: "i16", schemas.Int32: "i32", schemas.Int64: "i64", schemas.Bool: "bool",
		schemas.Timestamp: "timestamp", schemas.WordList: "list of string", schemas.Bytes: "binary",
	}[c.Type]
	if name == "" {
		name = "string"
	}
	if c.Nullable {
		name += "?"
	}
	return name
}

type columnJSON struct {
	Name      string     `json:"name"`
	Type      string     `json:"type"`
	Nullable  bool       `json:"nullable"`
	Meaning   string     `json:"meaning"`
	Wireshark string     `json:"wireshark,omitempty"`
	Words     []wordJSON `json:"words,omitempty"`
}

type wordJSON struct {
	Word    string `json:"word"`
	Class   string `json:"class,omitempty"`
	Meaning string `json:"meaning"`
}

func writeSchemaJSON(out io.Writer, chosen []describedTable) error {
	type tableJSON struct {
		Name    string       `json:"name"`
		Meaning string       `json:"meaning"`
		Columns []columnJSON `json:"columns"`
	}
	var all []tableJSON
	for _, t := range chosen {
		j := tableJSON{Name: t.Name, Meaning: t.about}
		for _, c := range t.Columns {
			j.Columns = append(j.Columns, describeColumn(c))
		}
		all = append(all, j)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(map[string]any{"schema_version": schemaVersion, "tables": all})
}

func describeColumn(c schemas.Column) columnJSON {
	j := columnJSON{Name: c.Name, Type: strings.TrimSuffix(typeName(c), "?"), Nullable: c.Nullable, Meaning: c.Meaning}
	if c.Wireshark != "" {
		j.Wireshark = "teardown." + c.Wireshark
	}
	if c.Words == nil || c.Words == schemas.TcpFlagsTextWords {
		return j
	}
	for i, text := range c.Words.Text {
		if text == "" {
			continue
		}
		word := wordJSON{Word: text, Meaning: c.Words.Meaning[i]}
		if c.Words.Class != nil {
			word.Class = c.Words.ClassOf.Text[c.Words.Class[i]]
		}
		j.Words = append(j.Words, word)
	}
	return j
}
