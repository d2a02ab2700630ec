package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres/translate"
)

// nativePrefix sends the rest of a statement to Postgres as it is. Only the SQL
// console and Go code write statements from their beginning; what a filter, a
// rule or a view holds never stands there.
const nativePrefix = "/*pg*/"

// session are the statements that would do nothing but to a session or transaction
// that ends with them.
var session = regexp.MustCompile(`(?i)^(?:\s|--[^\n]*(?:\n|$)|/\*(?s:.*?)\*/)*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|SET|RESET|DISCARD|LISTEN|UNLISTEN|PREPARE|DEALLOCATE|DECLARE|LOCK)\b`)

// native passes a statement on; the arguments are text. Whatever it does to its
// session, be it hidden in a function, must not meet others: so it reads, in a
// transaction that is rolled back, on a connection that nobody gets afterwards (and
// that does not lead through a pooler, which would hand it on).
func (c *conn) native(ctx context.Context, query string, args []driver.NamedValue) (*rows, error) {
	if word := session.FindStringSubmatch(query); word != nil {
		return nil, refused(strings.ToUpper(word[1]) + " is not supported after " + nativePrefix + ": the session ends with the statement")
	}
	if c.tx != nil {
		return nil, refused("a statement after " + nativePrefix + " is not supported in a transaction: it has a connection of its own")
	}
	r, err := c.schema.store.aside(ctx, query, bind(args).text)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && (pg.Code == "25006" || pg.Code == "25001") {
		return nil, refused("a statement after " + nativePrefix + " may only read: " + pg.Message)
	}
	if err != nil {
		return nil, sqliteError(err, c.schema.name)
	}
	return c.newRows(r, &translate.Statement{}), nil
}

func refused(why string) error { return &translate.Error{Message: why} }

// aside reads on a connection of its own.
func (s *Store) aside(ctx context.Context, query string, values [][]byte) (*result, error) {
	to := s.pg
	if s.config.DirectURL != "" {
		to = s.direct
	}
	pg, err := connect(ctx, to)
	if err != nil {
		return nil, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = pg.Close(ctx)
	}()
	if err := script(ctx, pg, "BEGIN READ ONLY"); err != nil {
		return nil, err
	}
	return readAll(pg.ExecParams(ctx, query, values, nil, nil, nil))
}
