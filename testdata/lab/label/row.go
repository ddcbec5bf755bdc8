package label

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Row is one line of labels.jsonl: one connection of one capture.
type Row struct {
	File      string `json:"file"`
	Conn      int    `json:"conn"` // position in the file by first frame is in Measured; this one is the order of construction
	Case      string `json:"case"`
	Family    string `json:"family"`
	Name      string `json:"name"`
	Unseen    bool   `json:"unseen,omitempty"` // made after the rules, to judge them: not to be fitted to
	IPVersion int    `json:"ip_version"`
	OrigIP    string `json:"orig_ip"`
	OrigPort  int    `json:"orig_port"`
	RespIP    string `json:"resp_ip"`
	RespPort  int    `json:"resp_port"`
	Expect
	Measured Measured `json:"measured"`
}

// Expect is what the table of cases says. Lists begin with what was
// constructed; further entries of Teardown and RSTForm are readings that the
// cut or ambiguous capture allows as well.
type Expect struct {
	Pickup       string   `json:"pickup"`
	Teardown     []string `json:"teardown"`
	Side         string   `json:"teardown_side"` // visible sender of the first closing segment
	ThirdParty   bool     `json:"third_party"`   // that segment was not sent by the side that it names
	FinVariant   string   `json:"fin_variant"`
	RSTForm      []string `json:"first_rst_form"` // of the first effective RST, empty if there is none
	Offender     string   `json:"first_rst_offender"`
	RSTIgnored   bool     `json:"rst_ignored"`
	IgnoredForm  string   `json:"ignored_rst_form,omitempty"` // form of the first RST where all were ignored
	Causes       []string `json:"causes"`
	NeverHigh    []string `json:"never_high"` // causes that must not be stated in the tier high
	KernelReason string   `json:"kernel_reason"`
	How          string   `json:"how,omitempty"` // left out in the mixed captures
	Trap         string   `json:"trap,omitempty"`
}

// Measured is what a rebuild may change: frame numbers of this very file.
type Measured struct {
	FirstFrame    int   `json:"first_frame"`
	LastFrame     int   `json:"last_frame"`
	Packets       int   `json:"packets"`
	TeardownFrame int   `json:"teardown_frame,omitempty"`
	RSTFrame      int   `json:"first_rst_frame,omitempty"`
	OffenderFrame int   `json:"first_rst_offender_frame,omitempty"`
	Candidates    []int `json:"offender_candidates,omitempty"` // all segments that the first RST may answer, if several were under way
	RSTs          []RST `json:"rsts,omitempty"`
}

// RST is one reset of the connection, with the kernel's reason if a kernel
// sent it.
type RST struct {
	Frame  int    `json:"frame"`
	Side   string `json:"side"`
	Form   string `json:"form"`
	Reason string `json:"kernel_reason,omitempty"`
}

// ReadFile reads labels.jsonl.
func ReadFile(name string) ([]Row, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var rows []Row
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<24)
	for line := 1; sc.Scan(); line++ {
		var r Row
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("label: %s: line %d: %w", name, line, err)
		}
		rows = append(rows, r)
	}
	return rows, sc.Err()
}

// WriteFile writes labels.jsonl.
func WriteFile(name string, rows []Row) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i := range rows {
		if err := enc.Encode(&rows[i]); err != nil {
			return err
		}
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// Stable is the row without the part that a rebuild may change.
func (r Row) Stable() Row {
	r.Measured = Measured{}
	return r
}
