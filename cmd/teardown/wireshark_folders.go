package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// wiresharkFolders are the user's own folders of Wireshark.
type wiresharkFolders struct {
	config  string // personal configuration; profiles are below it
	plugins string // personal Lua plugins
}

// foldersOf asks tshark for the folders, however long it takes; without one they are those of Wireshark's
// documentation (User's Guide, appendix B). It is an error where they depend on the folder
// that is current.
func foldersOf(ctx context.Context, tshark string) (wiresharkFolders, error) {
	f := defaultFolders(runtime.GOOS, os.Getenv, isFolder)
	if tshark != "" {
		out, err := exec.CommandContext(ctx, tshark, "-G", "folders").Output()
		if ctx.Err() != nil {
			return f, context.Cause(ctx)
		}
		if err == nil {
			f = f.answered(out)
		}
	}
	for _, folder := range []string{f.config, f.plugins} {
		if !filepath.IsAbs(folder) {
			return f, fmt.Errorf("Wireshark's folder of this user would be %s below the current folder; set HOME (on Windows APPDATA) to the user's own folder", folder)
		}
	}
	return f, nil
}

// answered replaces the folders by those that tshark -G folders names.
func (f wiresharkFolders) answered(out []byte) wiresharkFolders {
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		name, path, _ := strings.Cut(s.Text(), ":")
		if path = strings.TrimSpace(path); path == "" {
			continue
		}
		switch name {
		case "Personal configuration":
			f.config = path
		case "Personal Lua Plugins":
			f.plugins = path
		}
	}
	return f
}

// defaultFolders returns where Wireshark looks on an operating system, named as by runtime.GOOS.
func defaultFolders(system string, env func(string) string, folder func(string) bool) wiresharkFolders {
	join := func(parts ...string) string {
		if parts[0] == "" {
			parts = parts[1:] // not below the root
		}
		if system == "windows" {
			return strings.Join(parts, `\`)
		}
		return strings.Join(parts, "/")
	}
	var f wiresharkFolders
	if system == "windows" {
		switch {
		case env("WIRESHARK_CONFIG_DIR") != "":
			f.config = env("WIRESHARK_CONFIG_DIR")
		case env("WIRESHARK_APPDATA") != "":
			f.config = env("WIRESHARK_APPDATA")
		case env("APPDATA") != "":
			f.config = join(env("APPDATA"), "Wireshark")
		default:
			f.config = join(env("USERPROFILE"), "Application Data", "Wireshark")
		}
		f.plugins = join(f.config, "plugins")
		return f
	}
	f.config = join(env("HOME"), ".config", "wireshark")
	if env("XDG_CONFIG_HOME") != "" {
		f.config = join(env("XDG_CONFIG_HOME"), "wireshark")
	}
	if old := join(env("HOME"), ".wireshark"); !folder(f.config) && folder(old) {
		f.config = old
	}
	if env("WIRESHARK_CONFIG_DIR") != "" {
		f.config = env("WIRESHARK_CONFIG_DIR")
	}
	f.plugins = join(env("HOME"), ".local", "lib", "wireshark", "plugins")
	return f
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func findTshark() string { return findProgram("tshark", runtime.GOOS) }

// findProgram returns the path of a program of Wireshark, or nothing. Its installers put it into
// PATH on Linux only.
func findProgram(name, system string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	places := map[string][]string{
		"darwin":  {"/Applications/Wireshark.app/Contents/MacOS/" + name},
		"windows": {os.Getenv("ProgramFiles") + `\Wireshark\` + name + ".exe", os.Getenv("ProgramW6432") + `\Wireshark\` + name + ".exe"},
	}
	if system == "darwin" && name == "wireshark" {
		places[system] = append([]string{"/Applications/Wireshark.app/Contents/MacOS/Wireshark"}, places[system]...)
	}
	for _, path := range places[system] {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// fieldsOf asks tshark for its fields and returns how many are ours, with an error where one is
// missing.
func fieldsOf(ctx context.Context, tshark string) (int, error) {
	cmd := exec.CommandContext(ctx, tshark, "-G", "fields")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("everything is written, but %s -G fields failed: %w: %s", tshark, err, bytes.TrimSpace(stderr.Bytes()))
	}
	has := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		// F, name, abbreviation, type, …
		if cells := strings.Split(line, "\t"); len(cells) > 2 && cells[0] == "F" && strings.HasPrefix(cells[2], "teardown.") {
			has[cells[2]] = true
		}
	}
	for _, t := range []*schemas.Table{&schemas.Packets, &schemas.Connections} {
		for _, c := range t.Columns {
			if c.Wireshark == "" || has["teardown."+c.Wireshark] {
				continue
			}
			hint := "tshark says: " + string(bytes.TrimSpace(stderr.Bytes()))
			if len(has) == 0 && os.Geteuid() == 0 {
				hint = "Wireshark runs no plugins of users for root; try as the user who runs Wireshark"
			} else if len(has) == 0 {
				hint = "see Help > About > Plugins whether Lua is on; " + hint
			}
			return 0, fmt.Errorf("everything is written, but %s does not have the field teardown.%s; %s", tshark, c.Wireshark, hint)
		}
	}
	return len(has), nil
}
