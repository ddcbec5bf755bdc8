package main

import (
	"flag"
	"fmt"
	"os"
	"reflect"

	"github.com/pcap-teardown/teardown/testdata/lab/label"
)

// tables are the tables of cases, folders the captures made of the first one and of the unseen cases.
var (
	tables  = []string{"testdata/lab/cases.table", "testdata/lab/unseen.table"}
	folders = map[bool]string{false: "testdata/lab/captures", true: "testdata/lab/unseen"}
)

const usage = `usage: lab COMMAND [flags]

  check [-captures DIR]                    compare labels.jsonl with the captures
  compare OLD NEW                          compare the stable part of two labels.jsonl
  list                                     cases of the tables
  build [-unseen] [-o DIR] [-only PREFIX] [-j N]  make the captures (Linux, root)
  large [-o FILE] [-packets N]             one large mixed capture with labels beside it (Linux, root)
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	var err error
	switch args := os.Args[2:]; os.Args[1] {
	case "check":
		err = check(args)
	case "compare":
		err = compare(args)
	case "list":
		err = list(args)
	case "build":
		err = build(args)
	case "large":
		err = large(args)
	default:
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
}

func check(args []string) error {
	fs := flag.NewFlagSet("check", flag.ExitOnError)
	dir := fs.String("captures", "", "folder of captures and labels.jsonl (default: both)")
	fs.Parse(args)
	t, err := label.ReadTable(tables...)
	if err != nil {
		return err
	}
	dirs := []string{*dir}
	if *dir == "" {
		dirs = []string{folders[false], folders[true]}
	}
	disagreements := 0
	for _, d := range dirs {
		files, conns, wrong, err := label.CheckDir(d, t)
		if err != nil {
			return err
		}
		for _, w := range wrong {
			fmt.Println(w)
		}
		fmt.Printf("%s: %d captures, %d connections, %d disagreements\n", d, files, conns, len(wrong))
		disagreements += len(wrong)
	}
	if disagreements > 0 {
		return fmt.Errorf("labels and captures disagree")
	}
	return nil
}

func compare(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("compare needs two files")
	}
	a, err := label.ReadFile(args[0])
	if err != nil {
		return err
	}
	b, err := label.ReadFile(args[1])
	if err != nil {
		return err
	}
	if len(a) != len(b) {
		return fmt.Errorf("%d rows, %d rows", len(a), len(b))
	}
	differ := 0
	for i := range a {
		if !reflect.DeepEqual(a[i].Stable(), b[i].Stable()) {
			fmt.Printf("%+v\n%+v\n\n", a[i].Stable(), b[i].Stable())
			differ++
		}
	}
	fmt.Printf("%d rows, %d differ\n", len(a), differ)
	if differ > 0 {
		return fmt.Errorf("the stable part of the labels differs")
	}
	return nil
}

func list(args []string) error {
	fs := flag.NewFlagSet("list", flag.ExitOnError)
	fs.Parse(args)
	t, err := label.ReadTable(tables...)
	if err != nil {
		return err
	}
	for _, c := range t.Cases {
		fmt.Println(c)
	}
	return nil
}
