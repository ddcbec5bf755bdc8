package export

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
)

// ManifestName is the file that makes a folder a dataset.
const ManifestName = "manifest.json"

// manifestKind tells our manifests from other programs' files of that name.
const manifestKind = "teardown dataset"

// A Manifest says what a dataset was made from and what it holds.
type Manifest struct {
	Kind          string            `json:"kind"`   // set by Finish
	Format        string            `json:"format"` // set by Finish
	SchemaVersion string            `json:"schema_version"`
	RulesHash     string            `json:"rules_hash"`
	ToolVersion   string            `json:"tool_version"`
	Interrupted   bool              `json:"interrupted"` // the inputs were not read to their end
	Options       map[string]string `json:"options"`     // those that change the rows
	Inputs        []Input           `json:"inputs"`      // in the order of their index
	Counts        Counts            `json:"counts"`
	Notes         []string          `json:"notes,omitempty"` // what readers of the tables must know, such as limits that were reached
	Parts         []Part            `json:"parts"`           // set by Finish
	ViewsHash     string            `json:"views_sha256"`    // of views.sql, hexadecimal; set by Finish, empty in older datasets
}

// An Input is one capture.
type Input struct {
	Index       int64    `json:"index"` // value of the column input_index and the upper bits of conn_id
	Name        string   `json:"name"`  // value of the column file
	Format      string   `json:"format"`
	Compression string   `json:"compression"`
	Size        int64    `json:"size"`   // bytes of the file, compressed; of a stream those that were read
	Frames      int64    `json:"frames"` // frames that the capture holds, as far as it could be read
	Damage      []Damage `json:"damage"`
	Error       string   `json:"error,omitempty"` // why nothing or not all was read
}

// Damage is a range of bytes of the uncompressed capture that could not be read as frames.
type Damage struct {
	Offset int64  `json:"offset"`
	Length int64  `json:"length"` // 0 where nothing follows
	What   string `json:"what"`
}

// Counts add up: frames are packets and what was left out.
type Counts struct {
	Frames      int64            `json:"frames"` // of all inputs
	Packets     int64            `json:"packets"`
	Connections int64            `json:"connections"`
	LeftOut     map[string]int64 `json:"left_out"` // frames without a row, by the reason
	Rows        map[string]int64 `json:"rows"`     // set by Finish: rows of each table that was written
}

// A Part is one file of a table.
type Part struct {
	Table string `json:"table"`
	Path  string `json:"path"` // relative to the dataset, with slashes
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"` // size of the file
}

// encode returns the manifest as JSON; lists and maps are never null.
func (m Manifest) encode() ([]byte, error) {
	if m.Inputs == nil {
		m.Inputs = []Input{}
	}
	m.Inputs = append([]Input{}, m.Inputs...)
	for i := range m.Inputs {
		if m.Inputs[i].Damage == nil {
			m.Inputs[i].Damage = []Damage{}
		}
	}
	if m.Options == nil {
		m.Options = map[string]string{}
	}
	if m.Counts.LeftOut == nil {
		m.Counts.LeftOut = map[string]int64{}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return out.Bytes(), err
}

// ReadManifest returns the manifest of a dataset folder. The error is fs.ErrNotExist where there
// is none, and ErrNotDataset where the file is not one of ours.
func ReadManifest(dir string) (Manifest, error) {
	var m Manifest
	f, err := os.Open(filepath.Join(dir, ManifestName))
	if err != nil {
		return m, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(b, &m); err != nil || m.Kind != manifestKind {
		return Manifest{}, ErrNotDataset
	}
	return m, nil
}
