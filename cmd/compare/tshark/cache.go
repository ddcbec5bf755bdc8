package tshark

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// kept is a reading as the cache holds it.
type kept struct {
	Values   []map[string][]string
	Messages string
	Status   int
}

// readCached is readTshark through a cache folder, "" for none. A reading is
// found again by the bytes of the capture and everything that tshark is asked.
func readCached(ctx context.Context, folder, capture, configDir string) (*reading, error) {
	if folder == "" {
		return readTshark(ctx, capture, configDir)
	}
	in, err := os.Open(capture)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	key := sha256.New()
	fmt.Fprintln(key, preferences, disabled, fields)
	if _, err := io.Copy(key, in); err != nil {
		return nil, err
	}
	path := filepath.Join(folder, fmt.Sprintf("%x.json", key.Sum(nil)[:16]))
	if data, err := os.ReadFile(path); err == nil {
		var k kept
		if err := json.Unmarshal(data, &k); err != nil {
			return nil, fmt.Errorf("tshark: cache: %s: %w", path, err)
		}
		r := &reading{messages: k.Messages, status: k.Status}
		for _, v := range k.Values {
			r.frames = append(r.frames, newFrame(v))
		}
		return r, nil
	}
	r, err := readTshark(ctx, capture, configDir)
	if err != nil {
		return nil, err
	}
	k := kept{Messages: r.messages, Status: r.status}
	for _, f := range r.frames {
		k.Values = append(k.Values, f.values)
	}
	data, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	return r, os.WriteFile(path, data, 0o644)
}
