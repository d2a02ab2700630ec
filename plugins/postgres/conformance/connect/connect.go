package connect

import (
	"database/sql"
	"fmt"
	"os"

	"github.com/pocketbase/dbx"
	"modernc.org/sqlite"
)

func init() { sql.Register("conformance", &sqlite.Driver{}) }

func Open(path string) (*dbx.DB, error) {
	fmt.Fprintln(os.Stderr, "open", path)
	return dbx.Open("sqlite", path)
}
