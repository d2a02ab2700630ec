package migrations

import (
	"embed"
	"io/fs"
)

// The files are the golden of the schema ("make golden"), so they cannot differ
// from what the steps make.
//
//go:embed schema/*.golden
var schemaFiles embed.FS

// Schema returns what all the steps make: NAME.golden for each collection, with
// a line for each field, index and trigger. The program compares a database with
// it and keeps people from changing what it has.
func Schema() fs.FS {
	files, err := fs.Sub(schemaFiles, "schema")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return files
}
