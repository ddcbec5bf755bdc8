package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// A Scenario is one file.
type Scenario struct {
	Name     string // of the file, without .txtar
	Sentence string
	File     string

	MaxConnections int  // of the world; 0: as usual
	Alone          bool // in a world of its own
	IPv6           bool

	Packets []Packet // in the order of the file, which is that of the frames
	End     int64    // microseconds from the start of the scenario to the end of the capture

	WantPackets, WantConnections *Table
	archive                      *txtar.Archive
}

// The sections of a file.
const (
	sectionWorld       = "world"
	sectionPackets     = "packets"
	sectionPacketRows  = "want packets"
	sectionConnections = "want connections"
)

// Load reads all scenarios of a folder, in the order of their names.
func Load(dir string) ([]*Scenario, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	var all []*Scenario
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		s, err := Parse(f, data)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if all == nil {
		return nil, fmt.Errorf("scenario: no scenarios in %s", dir)
	}
	return all, nil
}

// Parse reads a scenario. Errors name file and line.
func Parse(file string, data []byte) (*Scenario, error) {
	s := &Scenario{File: file, Name: strings.TrimSuffix(filepath.Base(file), ".txtar"), archive: txtar.Parse(data)}
	s.Sentence = strings.Join(strings.Fields(string(s.archive.Comment)), " ")
	if s.Sentence == "" || !strings.HasSuffix(s.Sentence, ".") {
		return nil, fmt.Errorf("%s:1: want a sentence before the first section that says what the scenario shows", file)
	}
	line := 2 + strings.Count(string(s.archive.Comment), "\n") // of the first line in the section
	for _, f := range s.archive.Files {
		fail := func(i int, err error) error { return fmt.Errorf("%s:%d: %w", file, line+i, err) }
		lines := strings.Split(strings.TrimSuffix(string(f.Data), "\n"), "\n")
		var err error
		var at int
		switch f.Name {
		case sectionWorld:
			at, err = s.parseWorld(lines)
		case sectionPackets:
			p := newPacketParser(s)
			at, err = eachLine(lines, p.line)
			if s.End == 0 && len(s.Packets) > 0 {
				s.End = s.Packets[len(s.Packets)-1].Time
			}
		case sectionPacketRows:
			s.WantPackets, at, err = parseTable(lines, PacketColumns)
		case sectionConnections:
			s.WantConnections, at, err = parseTransposed(lines, ConnectionColumns)
		default:
			return nil, fail(-1, fmt.Errorf("unknown section %q", f.Name))
		}
		if err != nil {
			return nil, fail(at, err)
		}
		line += 1 + strings.Count(string(f.Data), "\n")
	}
	if len(s.Packets) == 0 {
		return nil, fmt.Errorf("%s: no section %q", file, sectionPackets)
	}
	return s, nil
}

// eachLine calls f for every line that says something, and returns the number of the line, from
// 0, that f refuses.
func eachLine(lines []string, f func(words []string) error) (int, error) {
	for i, text := range lines {
		words, err := split(text)
		if err == nil && len(words) > 0 {
			err = f(words)
		}
		if err != nil {
			return i, err
		}
	}
	return 0, nil
}

// split cuts a line into words; "quoted text" and <options> are one word each, # begins a comment.
func split(text string) ([]string, error) {
	var words []string
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" || text[0] == '#' {
			return words, nil
		}
		end := strings.IndexAny(text, " \t")
		if shut := map[byte]string{'"': `"`, '<': ">"}[text[0]]; shut != "" {
			if end = strings.Index(text[1:], shut); end < 0 {
				return nil, fmt.Errorf("no %s behind %s", shut, text)
			}
			end += 2
		}
		if end < 0 {
			end = len(text)
		}
		words = append(words, text[:end])
		text = text[end:]
	}
}

func (s *Scenario) parseWorld(lines []string) (int, error) {
	s.Alone = true
	return eachLine(lines, func(words []string) (err error) {
		if len(words) != 2 || words[0] != "max-connections" {
			return fmt.Errorf("want: max-connections N")
		}
		s.MaxConnections, err = strconv.Atoi(words[1])
		return err
	})
}

// Update returns the file with other rows in the want sections.
func (s *Scenario) Update(packets, connections *Table) []byte {
	set := func(name, text string) {
		for i := range s.archive.Files {
			if s.archive.Files[i].Name == name {
				s.archive.Files[i].Data = []byte(text)
				return
			}
		}
		s.archive.Files = append(s.archive.Files, txtar.File{Name: name, Data: []byte(text)})
	}
	set(sectionPacketRows, packets.format(PacketColumns))
	set(sectionConnections, connections.formatTransposed(ConnectionColumns))
	return txtar.Format(s.archive)
}
