package lua

import "embed"

// Files are the files of the plugin, all in one folder. Main is the one that Wireshark loads;
// it finds the others beside it.
//
//go:embed *.lua
var Files embed.FS

// Main is the name of the file that starts the plugin.
const Main = "plugin.lua"
