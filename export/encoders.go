package export

import "github.com/pcap-teardown/teardown/schemas"

// encoders are what encodes the columns of a table. The files of a table use the same ones, one file after the other:
// dictionaries and pages need tens of megabytes, which with new ones for each file would be garbage beside those in use.
type encoders struct {
	columns []*column
	flows   *flowPages // nil for none
}

// newEncoders returns encoders for a file: those of one that is closed, if there are.
func newEncoders(t *schemas.Table, opt *Options) *encoders {
	if opt.encoders == nil {
		return makeEncoders(t, opt)
	}
	e := opt.encoders.get()
	if len(e.columns) == 0 {
		return makeEncoders(t, opt)
	}
	for _, c := range e.columns {
		c.restart()
	}
	if e.flows != nil {
		e.flows.restart()
	}
	return e
}

func makeEncoders(t *schemas.Table, opt *Options) *encoders {
	e := &encoders{flows: newFlowPages(t, opt)}
	for _, c := range t.Columns {
		e.columns = append(e.columns, newColumn(c, opt, e.flows))
	}
	return e
}

// giveBack keeps the encoders of a file that is complete for the next one.
func (e *encoders) giveBack(opt *Options) {
	if opt.encoders != nil {
		opt.encoders.put(e)
	}
}
