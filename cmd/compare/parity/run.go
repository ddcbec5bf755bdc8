package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"

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
	captures, err := corpus.Find(flags.Args())
	if err != nil {
		return err
	}
	if captures, err = corpus.Sample(captures, o.sample); err != nil {
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
	if err := compareAll(ctx, &o, p, captures, r); err != nil {
		return err
	}
	return r.summary()
}

// A finding is what comparing one capture gave; both are nil where there is
// nothing to read.
type finding struct {
	comparison *comparison
	err        error
}

// compareAll compares the captures a few at a time and reports in their order.
func compareAll(ctx context.Context, o *options, p *plugin.Tshark, captures []corpus.Capture, r *report) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	results := make([]chan finding, len(captures))
	for i := range results {
		results[i] = make(chan finding, 1)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	defer workers.Wait()
	for range max(1, o.parallel) {
		workers.Go(func() {
			for i := range next {
				c, err := compareOne(ctx, o, p, i, captures[i])
				results[i] <- finding{c, err}
			}
		})
	}
	go func() {
		defer close(next)
		for i := range captures {
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	for _, result := range results {
		select {
		case f := <-result:
			if f.err != nil {
				stop()
				return f.err
			}
			r.add(f.comparison)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// compareOne converts one capture, asks tshark about it twice and compares.
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
