package main

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/cmd/teardown/filter"
	"github.com/pcap-teardown/teardown/schemas"
)

// nearest returns the word that was probably meant, or the empty string: the one that the fewest letters tell from it,
// two at most, and no more than half of its own.
func nearest(word string, words []string) string {
	best, least := "", min(2, len(word)/2)+1
	for _, w := range words {
		if d := edits(strings.ToLower(word), w); d < least {
			best, least = w, d
		}
	}
	return best
}

// edits returns how many letters have to be added, removed or replaced to make b of a (Levenshtein's distance).
func edits(a, b string) int {
	row := make([]int, len(b)+1) // row[j]: from what was seen of a to b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// orMeant returns a question for the nearest word where there is one, and else where all are listed.
func orMeant(word string, words []string, listed string) string {
	if near := nearest(word, words); near != "" {
		return "did you mean " + near + "?"
	}
	return listed
}

// flagError is what is wrong with a flag, and what might have been meant.
func flagError(cmd *cobra.Command, err error) error {
	listed := "flags are listed by: " + cmd.CommandPath() + " --help"
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(unknown.GetSpecifiedName(), names); near != "" {
			listed = "did you mean --" + near + "?"
		}
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		f := invalid.GetFlag()
		_, told := f.Value.(*positive)
		if wanted := wantedValues[f.Value.Type()]; wanted != "" && !told {
			return usagef("--%s %s: %s", f.Name, invalid.GetValue(), wanted)
		}
	}
	return usagef("%v; %s", err, listed)
}

// wantedValues says what the flags of a type want, in place of what the library says.
var wantedValues = map[string]string{
	"int":      "not a whole number",
	"duration": "not a length of time; write 90s, 5m or 2h4m",
}

// checkQuotes finds the words of a filter among the captures: tcpdump takes them so.
func (o *options) checkQuotes(args []string) error {
	if o.filter == "" {
		return nil
	}
	var words []string
	for _, arg := range args {
		if _, err := os.Stat(arg); os.IsNotExist(err) && arg != stdinName {
			words = append(words, arg)
		}
	}
	if len(words) == 0 {
		return nil
	}
	whole := o.filter + " " + strings.Join(words, " ")
	if _, err := filter.Parse(whole); err != nil {
		return nil
	}
	return usagef("--filter is one word for the shell; put it in quotes: --filter '%s'", whole)
}

// noOutput says that there is no -o, and which capture might have been meant for it: one that does not exist.
func noOutput(args []string) error {
	last := args[len(args)-1]
	if _, err := os.Stat(last); len(args) > 1 && os.IsNotExist(err) && !strings.ContainsAny(last, "*?[") && last != stdinName {
		return usagef("no output given; did you mean -o %s?", last)
	}
	return usagef("no output given; add -o DIR")
}

// namesOf returns the names of columns.
func namesOf(columns []schemas.Column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}
