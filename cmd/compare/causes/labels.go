package causes

import (
	"bufio"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// A label is a line of labels.jsonl, as far as causes are concerned.
type label struct {
	File      string   `json:"file"`
	Case      string   `json:"case"`
	Family    string   `json:"family"`
	Name      string   `json:"name"`
	Unseen    bool     `json:"unseen"` // made after the rules, never used to fit them
	OrigIP    string   `json:"orig_ip"`
	OrigPort  int      `json:"orig_port"`
	RespIP    string   `json:"resp_ip"`
	RespPort  int      `json:"resp_port"`
	Causes    []string `json:"causes"`     // the constructed one first
	NeverHigh []string `json:"never_high"` // must not be stated in the tier high
	Trap      string   `json:"trap"`       // the naive rule that the case fools
	Measured  struct {
		FirstFrame int `json:"first_frame"`
	} `json:"measured"`
}

// readLabels reads the labels of a folder.
func readLabels(folder string) ([]label, error) {
	in, err := os.Open(filepath.Join(folder, "labels.jsonl"))
	if err != nil {
		return nil, fmt.Errorf("causes: %w: a folder of labelled captures has this file", err)
	}
	defer in.Close()
	var all []label
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<24)
	for n := 1; lines.Scan(); n++ {
		var l label
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("causes: %s: line %d: %w", in.Name(), n, err)
		}
		if len(l.Causes) == 0 {
			return nil, fmt.Errorf("causes: %s: line %d: no causes", in.Name(), n)
		}
		all = append(all, l)
	}
	return all, lines.Err()
}

// open says that no observer can tell the causes of the set apart.
func (l *label) open() bool {
	return !slices.ContainsFunc(l.Causes, func(c string) bool { return !slices.Contains(l.NeverHigh, c) })
}

// ends are the two end points in an order that does not depend on who is the originator: where
// the beginning was not captured, the converter may see them exchanged.
func (l *label) ends() [2]string {
	return sorted(net.JoinHostPort(l.OrigIP, strconv.Itoa(l.OrigPort)), net.JoinHostPort(l.RespIP, strconv.Itoa(l.RespPort)))
}

func sorted(a, b string) [2]string {
	if b < a {
		a, b = b, a
	}
	return [2]string{a, b}
}

// A role is what a family may be used for.
type role int

const (
	fitted role = iota
	heldOut
	unseen
)

func (r role) String() string { return [...]string{"fitted", "held out", "unseen"}[r] }

// role depends on nothing but the name of the family.
func (l *label) role() role {
	if l.Unseen {
		return unseen
	}
	h := fnv.New32a()
	h.Write([]byte(l.Family))
	return role(h.Sum32() % 2)
}
