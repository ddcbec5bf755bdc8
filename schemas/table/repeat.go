package table

// A Run is a number of rows, from row At on, that are like row From before them.
type Run struct{ From, At, N int }

// Repeat makes the rows of runs, which nobody has written, hold what is in the rows that they are like, in all columns but
// one. It goes column by column, which is faster than row by row. Lists and texts are set in row order as ever.
func Repeat(b Batch, except Column, runs []Run) {
	for _, c := range b.Columns() {
		if c == except {
			continue
		}
		for _, r := range runs {
			c.repeat(r.From, r.At, r.N)
		}
	}
}

func (x *Int32) repeat(from, at, n int)   { repeatValid(x.Values, x.Valid, from, at, n) }
func (x *Int64) repeat(from, at, n int)   { repeatValid(x.Values, x.Valid, from, at, n) }
func (x *Bool) repeat(from, at, n int)    { repeatValid(x.Values, x.Valid, from, at, n) }
func (x *MAC) repeat(from, at, n int)     { repeatValid(x.Values, x.Valid, from, at, n) }
func (x *Word) repeat(from, at, n int)    { repeatValue(x.Codes, from, at, n) }
func (x *Symbol) repeat(from, at, n int)  { repeatValue(x.Codes, from, at, n) }
func (x *Address) repeat(from, at, n int) { repeatValue(x.Values, from, at, n) }

func (x *Text) repeat(from, at, n int) {
	if x.Valid[from] == 0 {
		return
	}
	for i := at; i < at+n; i++ {
		x.Set(i, x.Data[x.Offsets[from]:x.Offsets[from+1]])
	}
}

func (x *WordList) repeat(from, at, n int) {
	if x.Valid[from] == 0 {
		return
	}
	for i := at; i < at+n; i++ {
		x.SetEmpty(i)
		for _, word := range x.Codes[x.Offsets[from]:x.Offsets[from+1]] {
			x.Append(i, word)
		}
	}
}

// repeatValid is repeat of a column with nulls, whose rows are null before.
func repeatValid[T any](values []T, valid []uint8, from, at, n int) {
	if valid != nil {
		if valid[from] == 0 {
			return
		}
		repeatValue(valid, from, at, n)
	}
	repeatValue(values, from, at, n)
}

func repeatValue[T any](values []T, from, at, n int) {
	v := values[from]
	to := values[at : at+n]
	for i := range to {
		to[i] = v
	}
}
