package postgres

import (
	"context"
	"database/sql/driver"
	"regexp"
	"strings"

	"jasaweb/plugins/postgres/translate"
)

// nativePrefix sends the rest of a statement to Postgres as it is. Only the SQL
// console and Go code write statements from their beginning; what a filter, a
// rule or a view holds never stands there.
const nativePrefix = "/*pg*/"

// session are the statements that would outlive themselves on a connection that
// others use afterwards, or end a transaction that is not theirs.
var session = regexp.MustCompile(`(?i)^(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|SET|RESET|DISCARD|LISTEN|UNLISTEN|PREPARE|DEALLOCATE|DECLARE|LOCK)\b`)

// native passes a statement on; the arguments are text.
func (c *conn) native(ctx context.Context, query string, args []driver.NamedValue) (*rows, error) {
	if word := session.FindString(strings.TrimSpace(query)); word != "" {
		return nil, &translate.Error{Message: strings.ToUpper(word) + " is not supported after " + nativePrefix + ": the connection is shared"}
	}
	in := bind(args)
	r, err := c.send(ctx, message{sql: query, values: in.text, write: true, native: true})
	if err != nil {
		return nil, sqliteError(err, c.schema.name)
	}
	if status := c.pg.TxStatus(); status == 'I' != (c.tx == nil) { // hidden behind a comment, say
		_ = c.pg.Close(ctx)
		return nil, &translate.Error{Message: "a statement after " + nativePrefix + " must leave the transaction as it is"}
	}
	return c.newRows(r, &translate.Statement{}), nil
}
