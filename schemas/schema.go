package schemas

// SchemaVersion is the version of the tables: the major part changes when a column changes
// its name, type or meaning, the minor part when columns are added.
const SchemaVersion = "1.0"

// A Type says how the values of a column are represented.
type Type uint8

const (
	Int16     Type = iota + 1 // signed, 16 bits wide
	Int32                     // signed, 32 bits wide
	Int64                     // signed, 64 bits wide
	Bool                      // true or false
	Timestamp                 // microseconds since 1970-01-01 UTC
	WordType                  // a string out of a closed list
	Symbol                    // a string that repeats
	Text                      // a string that seldom repeats
	Address                   // an IPv4 or IPv6 address, as text (RFC 5952)
	MAC                       // an IEEE 802 address, as text
	WordList                  // a list of strings out of a closed list
	Bytes                     // bytes as on the wire
)

// A Column describes one column of a table.
type Column struct {
	Name      string
	Type      Type
	Words     *Words // the closed list of WordType and WordList, else nil
	Nullable  bool
	Decoded   bool   // known from the frame alone; otherwise the classifier fills it
	Wireshark string // the field's name below "teardown." in the plugin, or empty
	Meaning   string // one sentence, with the unit
	Index     int    // position among the columns of the batch that holds it (package table)
}

// A Table is a name with columns in the order of the files.
type Table struct {
	Name    string
	Columns []Column
}

// Lookup returns the column of that name, or nil.
func (t *Table) Lookup(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// Select returns a table with only the named columns, in the order of t, and
// the names that t does not have.
func (t *Table) Select(names []string) (Table, []string) {
	want := make(map[string]bool, len(names))
	for _, n := range names {
		want[n] = true
	}
	out := Table{Name: t.Name}
	for _, c := range t.Columns {
		if want[c.Name] {
			out.Columns = append(out.Columns, c)
			delete(want, c.Name)
		}
	}
	var unknown []string
	for _, n := range names {
		if want[n] {
			unknown = append(unknown, n)
			delete(want, n)
		}
	}
	return out, unknown
}

// Words is a closed list. Text[0] is the empty string and stands for null.
type Words struct {
	Name    string
	Text    []string
	Meaning []string
	Class   []uint16 // per word the number of its class in ClassOf, or nil
	ClassOf *Words   // the list of the classes, or nil
}

// Number returns the number of the word, or 0 where the list does not have it.
func (w *Words) Number(text string) uint16 {
	for i, t := range w.Text {
		if t == text {
			return uint16(i)
		}
	}
	return 0
}

// flagNames are the TCP flags in the order in which Wireshark names them, from
// the least significant of the 12 bits. The upper three bits are reserved.
var flagNames = [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"}

// flagsText writes the 12 flag bits as Wireshark writes them in its tree and its
// Info column.
func flagsText(flags int) string {
	var room [64]byte
	text := room[:0]
	name := func(name string) {
		if len(text) > 0 {
			text = append(text, ", "...)
		}
		text = append(text, name...)
	}
	for bit, flag := range flagNames {
		if flags&(1<<bit) != 0 {
			name(flag)
		}
	}
	if flags>>len(flagNames) != 0 {
		name("Reserved")
	}
	if len(text) == 0 {
		return "<None>"
	}
	return string(text)
}

// TcpFlagsTextWords has the text of all 4,096 flag combinations; the number of a
// combination is its value plus 1.
var TcpFlagsTextWords = func() *Words {
	w := &Words{Name: "tcp_flags_text", Text: make([]string, 4097), Meaning: make([]string, 4097)}
	const all = 2 * (1 << len(flagNames)) // reserved bits have one word
	for f := range all {
		w.Text[f+1] = flagsText(f)
	}
	for f := all; f < 4096; f++ {
		w.Text[f+1] = w.Text[f%(all/2)|all/2+1]
	}
	return w
}()
