package ui

import (
	"bytes"
	"io/fs"
	"strings"
	"time"
)

var _ fs.FS = (*extension)(nil)

// Open implements fs.FS: main.js, and below each page's name its own files.
func (x *extension) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if name == entry {
		script, err := x.script()
		if err != nil {
			return nil, err
		}
		return &scriptFile{bytes.NewReader(script)}, nil
	}
	prefix, rest, _ := strings.Cut(name, "/")
	for _, p := range x.pages {
		if p.name() == prefix && rest != "" {
			return p.FS.Open(rest)
		}
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// scriptFile is the composed main.js. http.ServeContent needs it seekable.
type scriptFile struct{ *bytes.Reader }

func (f *scriptFile) Close() error               { return nil }
func (f *scriptFile) Stat() (fs.FileInfo, error) { return scriptInfo(f.Size()), nil }

type scriptInfo int64

func (scriptInfo) Name() string       { return entry }
func (i scriptInfo) Size() int64      { return int64(i) }
func (scriptInfo) Mode() fs.FileMode  { return 0o444 }
func (scriptInfo) ModTime() time.Time { return time.Time{} }
func (scriptInfo) IsDir() bool        { return false }
func (scriptInfo) Sys() any           { return nil }
