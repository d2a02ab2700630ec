package view

import "io/fs"

// layered is files of ours with those of the theme before them: an icon or a
// style sheet that takes the place of ours, a file that proves to somebody whose
// site this is. Lists of folders are those of ours.
type layered struct{ theme, own fs.FS }

// Open returns the theme's file or ours.
func (l layered) Open(name string) (fs.File, error) {
	if f, err := l.theme.Open(name); err == nil {
		if info, err := f.Stat(); err == nil && !info.IsDir() {
			return f, nil
		}
		f.Close()
	}
	return l.own.Open(name)
}
