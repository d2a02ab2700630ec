package postgres

import (
	"context"
	"database/sql"
)

// Session runs a statement of Postgres on a pooled connection itself, which nothing
// outside of tests may do, and gives its first value.
func Session(ctx context.Context, pooled *sql.Conn, query string) (got string, err error) {
	err = pooled.Raw(func(driverConn any) error {
		got, err = scalar(ctx, driverConn.(*conn).pg, query)
		return err
	})
	return got, err
}
