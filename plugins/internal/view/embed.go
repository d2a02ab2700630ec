package view

import (
	"embed"
	"strings"
)

//go:embed templates/layout.html templates/components.html templates/forms.html
var ownTemplates embed.FS

//go:embed templates/error.html templates/style.html
var ownPages embed.FS

// icons.txt holds drawings of Lucide 1.62.0 (ISC, see icons-LICENSE), one a
// line: the name and what is inside the svg element. "make vendor" makes it again.
//
//go:embed icons.txt
var iconFile string

var icons = func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(iconFile) {
		name, shapes, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[name] = shapes
	}
	return all
}()
