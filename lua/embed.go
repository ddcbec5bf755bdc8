package lua

import "embed"

// Files are the files of the plugin, all in one folder. Main is the one that Wireshark loads;
// it finds the others beside it.
//
//go:embed *.lua
var Files embed.FS

// Main is the name of the file that starts the plugin.
const Main = "plugin.lua"

// In a folder of plugins Wireshark starts every file that ends in .lua by itself, in folders
// below it, too. There Main is called InstalledMain, and the others end in InstalledSuffix.
const (
	InstalledMain   = "teardown.lua"
	InstalledSuffix = ".module"
)

// Profile has the files of Wireshark's configuration profile ProfileName in ProfileFolder.
//
//go:embed profile
var Profile embed.FS

const (
	ProfileName   = "Teardown"
	ProfileFolder = "profile/" + ProfileName
)
