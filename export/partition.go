package export

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A Partition says how the parts of a dataset lie in folders by time, as Hive names them:
// date=2026-11-22/hour=09, in UTC. The time is ts of packets and ts_start of connections.
type Partition uint8

const (
	NoPartition Partition = iota
	ByDate
	ByHour
)

// Partitions are the words of ByDate and ByHour.
var Partitions = []string{"date", "hour"}

// noTime is Hive's name for null.
const noTime = "date=__HIVE_DEFAULT_PARTITION__"

// maxOpenPartitions bounds how many files of a table are written at a time: each holds a row
// group. The one that was not written to for longest is finished first, and goes on in
// another part.
const maxOpenPartitions = 4

func (p Partition) columns() []string { return Partitions[:p] }

// duckTypes are the types of the columns for DuckDB, which else guesses them from the folders.
func (p Partition) duckTypes() string {
	return strings.Join([]string{"'date': DATE", "'hour': BIGINT"}[:p], ", ")
}

// step is the length of a partition in microseconds.
func (p Partition) step() int64 {
	if p == ByDate {
		return (24 * time.Hour).Microseconds()
	}
	return time.Hour.Microseconds()
}

// folder returns the folder of a partition, which is a multiple of step, below that of the table.
func (p Partition) folder(number int64) string {
	t := time.UnixMicro(number * p.step()).UTC()
	name := t.Format("date=2006-01-02")
	if p == ByHour {
		name += t.Format("/hour=15")
	}
	return name
}

// Folder returns the folder of a row below that of its table. The time is in microseconds since
// 1970; known says whether there is one.
func (p Partition) Folder(micros int64, known bool) string {
	if !known {
		return p.nullFolder()
	}
	return p.folder(floorDiv(micros, p.step()))
}

// nullFolder is the folder of rows without time.
func (p Partition) nullFolder() string {
	if p == ByHour {
		return noTime + "/hour=__HIVE_DEFAULT_PARTITION__"
	}
	return noTime
}

// partitions writes one table into a folder per partition.
type partitions struct {
	dir    string
	table  *schemas.Table
	opt    Options
	all    map[string]*parts
	open   []*parts // the one that was written to last is last
	ranges []partitionRange
	err    error
}

// A partitionRange is a number of rows of a batch that go to one partition.
type partitionRange struct {
	lo, hi int
	parts  *parts
}

func newPartitions(dir string, t *schemas.Table, opt Options) *partitions {
	opt.encoders = new(spare[encoders])
	return &partitions{dir: dir, table: t, opt: opt, all: map[string]*parts{}}
}

// Write hands over a batch, cut where the partition changes.
func (p *partitions) Write(b table.Batch, done func()) error {
	if p.err == nil {
		p.cut(b)
	}
	if p.err != nil || len(p.ranges) == 0 {
		if done != nil {
			done()
		}
		return p.err
	}
	var left atomic.Int64
	left.Store(int64(len(p.ranges)))
	piece := func() {
		if left.Add(-1) == 0 && done != nil {
			done()
		}
	}
	for _, r := range p.ranges {
		if p.err == nil {
			p.err = p.use(r.parts)
		}
		if p.err != nil {
			piece()
			continue
		}
		p.err = r.parts.writeRows(b, r.lo, r.hi, piece)
	}
	return p.err
}

// cut finds the ranges of a batch.
func (p *partitions) cut(b table.Batch) {
	p.ranges = p.ranges[:0]
	times := timesOf(b)
	if times == nil {
		p.err = fmt.Errorf("export: table %s has no times to partition it by", p.table.Name)
		return
	}
	by := p.opt.PartitionBy
	step := by.step()
	rows := b.Rows()
	for lo := 0; lo < rows; {
		null, number := times.Null(lo), floorDiv(times.Values[lo], step)
		hi := lo + 1
		for hi < rows && times.Null(hi) == null && (null || floorDiv(times.Values[hi], step) == number) {
			hi++
		}
		p.ranges = append(p.ranges, partitionRange{lo, hi, p.folder(by.Folder(times.Values[lo], !null))})
		lo = hi
	}
}

func (p *partitions) folder(name string) *parts {
	if p.all[name] == nil {
		p.all[name] = newParts(p.dir, p.table.Name+"/"+name, p.table, p.opt)
	}
	return p.all[name]
}

// use makes a partition the one that was written to last, and finishes the file of another
// one where there are too many.
func (p *partitions) use(x *parts) error {
	if i := slices.Index(p.open, x); i >= 0 {
		p.open = append(slices.Delete(p.open, i, i+1), x)
		return nil
	}
	if len(p.open) == maxOpenPartitions {
		oldest := p.open[0]
		p.open = slices.Delete(p.open, 0, 1)
		if err := oldest.close(); err != nil {
			return err
		}
	}
	p.open = append(p.open, x)
	return nil
}

// timesOf returns the column of times of a batch.
func timesOf(b table.Batch) *table.Int64 {
	switch b := b.(type) {
	case *table.Packets:
		return &b.Ts
	case *table.Connections:
		return &b.TsStart
	}
	return nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// names returns the partitions in order.
func (p *partitions) names() []string {
	var all []string
	for name := range p.all {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func (p *partitions) close() error {
	if p.err == nil && len(p.all) == 0 { // readers want at least one part
		p.err = p.folder(p.opt.PartitionBy.nullFolder()).open()
	}
	for _, name := range p.names() {
		if err := p.all[name].close(); p.err == nil {
			p.err = err
		}
	}
	if p.err != nil {
		p.abort()
	}
	return p.err
}

func (p *partitions) abort() {
	for _, name := range p.names() {
		p.all[name].abort()
	}
	if p.err == nil {
		p.err = errAborted
	}
}

func (p *partitions) finished() []Part {
	var all []Part
	for _, name := range p.names() {
		all = append(all, p.all[name].done...)
	}
	return all
}

func (p *partitions) folders() []string {
	var all []string
	for _, name := range p.names() {
		// A folder of an hour lies in that of its date, and that in the one of the table.
		for f := filepath.Join(p.table.Name, filepath.FromSlash(name)); f != "."; f = filepath.Dir(f) {
			if !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	return all
}
