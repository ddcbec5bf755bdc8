package main

import (
	"slices"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A tally counts connections and how they ended. The numbers of words are the indexes.
type tally struct {
	connections int64
	tcp         int64
	proto       []int64
	teardown    []int64 // of TCP connections
	cause       []int64 // of TCP connections
}

func newTally() *tally {
	return &tally{
		proto:    make([]int64, len(schemas.ProtoWords.Text)),
		teardown: make([]int64, len(schemas.TeardownWords.Text)),
		cause:    make([]int64, len(schemas.CauseWords.Text)),
	}
}

// add counts the rows of a batch.
func (t *tally) add(b *table.Connections) {
	t.connections += int64(b.N)
	for i := range b.N {
		t.proto[b.Proto.Codes[i]]++
		if schemas.Proto(b.Proto.Codes[i]) == schemas.ProtoTcp {
			t.tcp++
			t.teardown[b.Teardown.Codes[i]]++
			t.cause[b.Cause.Codes[i]]++
		}
	}
}

// A wordCount is a word with the number of connections that have it.
type wordCount struct {
	Word        string `json:"word"`
	Class       string `json:"class,omitempty"`
	Meaning     string `json:"meaning"`
	Connections int64  `json:"connections"`
}

// ranked returns the words that were counted, most frequent first, ties in the order of the list.
func ranked(words *schemas.Words, counts []int64) []wordCount {
	var all []wordCount
	for i, n := range counts {
		if i == 0 || n == 0 {
			continue
		}
		w := wordCount{Word: words.Text[i], Meaning: words.Meaning[i], Connections: n}
		if words.Class != nil {
			w.Class = words.ClassOf.Text[words.Class[i]]
		}
		all = append(all, w)
	}
	slices.SortStableFunc(all, func(a, b wordCount) int {
		switch {
		case a.Connections > b.Connections:
			return -1
		case a.Connections < b.Connections:
			return 1
		}
		return 0
	})
	return all
}
