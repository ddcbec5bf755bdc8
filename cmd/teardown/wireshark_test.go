package main

import (
	"strings"
	"testing"
)

// TestDefaultFolders holds the folders to Wireshark's User's Guide, appendix B.
func TestDefaultFolders(t *testing.T) {
	for _, c := range []struct {
		name, system string
		env          string // words NAME=VALUE
		folders      string // that exist
		want         wiresharkFolders
	}{
		{"Linux", "linux", "HOME=/u", "", wiresharkFolders{"/u/.config/wireshark", "/u/.local/lib/wireshark/plugins"}},
		{"macOS", "darwin", "HOME=/u", "", wiresharkFolders{"/u/.config/wireshark", "/u/.local/lib/wireshark/plugins"}},
		{"older place", "linux", "HOME=/u", "/u/.wireshark", wiresharkFolders{"/u/.wireshark", "/u/.local/lib/wireshark/plugins"}},
		{"both places", "linux", "HOME=/u", "/u/.wireshark /u/.config/wireshark", wiresharkFolders{"/u/.config/wireshark", "/u/.local/lib/wireshark/plugins"}},
		{"XDG", "linux", "HOME=/u XDG_CONFIG_HOME=/x", "", wiresharkFolders{"/x/wireshark", "/u/.local/lib/wireshark/plugins"}},
		{"own folder", "linux", "HOME=/u WIRESHARK_CONFIG_DIR=/w", "/u/.wireshark", wiresharkFolders{"/w", "/u/.local/lib/wireshark/plugins"}},
		{"Linux without HOME", "linux", "", "", wiresharkFolders{".config/wireshark", ".local/lib/wireshark/plugins"}}, // which is refused
		{"Windows", "windows", `APPDATA=C:\Users\u\AppData\Roaming USERPROFILE=C:\Users\u`, "",
			wiresharkFolders{`C:\Users\u\AppData\Roaming\Wireshark`, `C:\Users\u\AppData\Roaming\Wireshark\plugins`}},
		{"Windows, own folder", "windows", `APPDATA=C:\a WIRESHARK_APPDATA=D:\w`, "", wiresharkFolders{`D:\w`, `D:\w\plugins`}},
		{"Windows without APPDATA", "windows", `USERPROFILE=C:\Users\u`, "",
			wiresharkFolders{`C:\Users\u\Application Data\Wireshark`, `C:\Users\u\Application Data\Wireshark\plugins`}},
	} {
		env := map[string]string{}
		for _, word := range strings.Fields(strings.ReplaceAll(c.env, "Application Data", "Application_Data")) {
			name, value, _ := strings.Cut(word, "=")
			env[name] = value
		}
		got := defaultFolders(c.system, func(name string) string { return env[name] }, func(path string) bool {
			for _, f := range strings.Fields(c.folders) {
				if f == path {
					return true
				}
			}
			return false
		})
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestAnswered reads what tshark -G folders prints on Windows.
func TestAnswered(t *testing.T) {
	out := "Temp:                \tC:\\T\r\nPersonal configuration:\tC:\\U\\Wireshark\\\r\nGlobal configuration:\tC:\\P\r\nPersonal Lua Plugins:\tC:\\U\\Wireshark\\plugins\r\n"
	got := wiresharkFolders{"a", "b"}.answered([]byte(out))
	if want := (wiresharkFolders{`C:\U\Wireshark\`, `C:\U\Wireshark\plugins`}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
