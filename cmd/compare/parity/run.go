package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/corpus"
	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/plugin"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
	"github.com/pcap-teardown/teardown/lua"
	"github.com/pcap-teardown/teardown/schemas"
)

var (
	packetColumns     = columnsOf(&schemas.Packets)
	connectionColumns = columnsOf(&schemas.Connections)
)

// options are the flags of the comparison.
type options struct {
	teardown string // the converter
	tshark   string
	sample   string
	parallel int
	examples int
	work     string // folder for datasets and the plugin
}

// Run compares with the plugin. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("compare parity", flag.ContinueOnError)
	flags.StringVar(&o.teardown, "teardown", "", "the converter (default: built from source)")
	flags.StringVar(&o.tshark, "tshark", "tshark", "tshark to run, or chroot:DIR for the one of another system in DIR")
	flags.StringVar(&o.sample, "sample", "all", "number of captures, spread over the folders, or all")
	flags.IntVar(&o.parallel, "n", 2, "captures at a time")
	flags.IntVar(&o.examples, "examples", 5, "differences to show per column")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	captures, err := corpus.Choose(flags.Args(), o.sample)
	if err != nil {
		return err
	}
	var remove func()
	if o.work, remove, err = tools.Prepare(ctx, "parity", &o.teardown); err != nil {
		return err
	}
	defer remove()
	p, err := plugin.New(o.tshark, filepath.Join(o.work, "tshark"))
	if err != nil {
		return err
	}
	defer p.Close()
	r := newReport(os.Stdout, o.examples)
	if err := tools.InOrder(ctx, o.parallel, len(captures), func(ctx context.Context, i int) (*comparison, error) {
		return compareOne(ctx, &o, p, i, captures[i])
	}, r.add); err != nil {
		return err
	}
	return r.summary()
}

// compareOne converts one capture, asks tshark about it twice and compares. It returns
// nil where there is nothing to read.
func compareOne(ctx context.Context, o *options, p *plugin.Tshark, index int, c corpus.Capture) (*comparison, error) {
	dir := filepath.Join(o.work, fmt.Sprint(index))
	defer os.RemoveAll(dir)
	done, err := tools.Run(ctx, o.teardown, "convert", "--quiet", c.Path, "-o", dir)
	if err != nil {
		return nil, err
	}
	switch done.Status {
	case 0, 3:
	case 1:
		return nil, nil
	default:
		return &comparison{failures: []string{fmt.Sprintf("%s: exit status %d: %s", c.Name, done.Status, done.Stderr)}}, nil
	}
	if err := sameRules(dir); err != nil {
		return nil, err
	}
	packets, err := dataset.ReadTable(dir, schemas.Packets.Name)
	if err != nil {
		return nil, err
	}
	connections, err := dataset.ReadTable(dir, schemas.Connections.Name)
	if err != nil {
		return nil, err
	}
	path, release, err := p.Reach(c.Path, index)
	if err != nil {
		return nil, err
	}
	defer release()
	fields := append([]string{plugin.FirstFrame}, fieldsOf(packetColumns)...)
	onePass, err := read(ctx, p, path, fields)
	if err != nil {
		return nil, err
	}
	twoPass, err := read(ctx, p, path, append(fields, fieldsOf(connectionColumns)...), "-2")
	if err != nil {
		return nil, err
	}
	return compare(c.Name, packets, connections, onePass, twoPass), nil
}

// sameRules returns an error if the converter that wrote the dataset and the
// plugin were generated from different rules: then nothing is to be compared.
func sameRules(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return err
	}
	var manifest struct {
		Hash string `json:"rules_hash"`
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		return fmt.Errorf("parity: %s: manifest.json: %w", dir, err)
	}
	words, err := lua.Files.ReadFile("words_gen.lua")
	if err != nil {
		return err
	}
	if !bytes.Contains(words, []byte(`M.rules_hash = "`+manifest.Hash+`"`)) {
		return fmt.Errorf("parity: the converter has rules %s, the plugin others: build both from one state", manifest.Hash)
	}
	return nil
}
