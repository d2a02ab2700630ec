package plugins

import "runtime/debug"

// Release is the newest heading of CHANGELOG.md. Unlike the commit it is there
// also when the program was built from an archive.
const Release = "0.2.0"

// version is the release, the commit that the binary was built from where the
// build knew it, and PocketBase's version.
func version() string {
	text := Release
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return text
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if commit := settings["vcs.revision"]; commit != "" {
		text += ", commit " + commit
	}
	if settings["vcs.modified"] == "true" {
		text += " with changes"
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/pocketbase/pocketbase" {
			text += ", PocketBase " + m.Version
		}
	}
	return text
}
