package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres/translate"
)

// Error is a failure of the database in SQLite's words.
type Error struct {
	Message string
	Code    string // SQLSTATE, "" when none
	cause   error
}

func (e *Error) Error() string { return e.Message }

func (e *Error) Unwrap() error { return e.cause }

// ErrUnavailable is wrapped by what is no fault of the statement: the server is
// away, full or shutting down. A request answers 503.
var ErrUnavailable = errors.New("the database is not available")

// connectError is one line, where pgconn has one for each attempt.
type connectError struct {
	to    *pgconn.Config
	cause error
}

func (e *connectError) Error() string {
	var reason string
	if pg, ok := errors.AsType[*pgconn.PgError](e.cause); ok {
		reason = pg.Message
	} else {
		lines := strings.Split(e.cause.Error(), "\n")
		reason = strings.TrimSpace(lines[len(lines)-1]) // the last attempt; the first one may have been for TLS
	}
	return fmt.Sprintf("cannot connect to database %q of Postgres at %s as %q: %s", e.to.Database, e.to.Host, e.to.User, reason)
}

func (e *connectError) Unwrap() error { return e.cause }

func connect(ctx context.Context, to *pgconn.Config) (*pgconn.PgConn, error) {
	pg, err := pgconn.ConnectConfig(ctx, to)
	if err != nil {
		return nil, &connectError{to, err}
	}
	return pg, nil
}

var (
	detailColumns = regexp.MustCompile(`^Key \((.*)\)=\(`)
	keyColumn     = regexp.MustCompile(`"((?:[^"]|"")+)"|([A-Za-z_][A-Za-z0-9_$]*)`)
	missingQuoted = regexp.MustCompile(`"([^"]+)"`)
)

// sqliteError says what SQLite would say: PocketBase reads the texts.
func sqliteError(err error, schema string) error {
	if err == nil || errors.Is(err, driver.ErrBadConn) || errors.Is(err, context.Canceled) && !errors.As(err, new(*pgconn.PgError)) {
		return err
	}
	var already *Error
	if errors.As(err, &already) || errors.As(err, new(*translate.Error)) {
		return err
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if pgconn.SafeToRetry(err) {
			return fmt.Errorf("%w: %w: %w", driver.ErrBadConn, ErrUnavailable, err)
		}
		return &Error{Message: "database connection lost: " + err.Error(), cause: errors.Join(ErrUnavailable, err)}
	}
	out := &Error{Code: pg.Code, cause: err}
	table := translate.OriginalName(pg.TableName)
	switch pg.Code {
	case "23505":
		code := "2067"
		if strings.HasSuffix(pg.ConstraintName, "_pkey") {
			code = "1555"
		}
		out.Message = "constraint failed: UNIQUE constraint failed: " + uniqueColumns(pg.Detail, table, pg.ConstraintName) + " (" + code + ")"
	case "23502":
		out.Message = fmt.Sprintf("constraint failed: NOT NULL constraint failed: %s.%s (1299)", table, translate.OriginalName(pg.ColumnName))
	case "23503":
		out.Message = "constraint failed: FOREIGN KEY constraint failed (787)"
	case "23514":
		out.Message = "constraint failed: CHECK constraint failed: " + pg.ConstraintName + " (275)"
	case "JW001":
		out.Message = "constraint failed: " + pg.Message + " (1811)"
	case "55P03", "40P01", "40001":
		out.Message = "database is locked (5) (SQLITE_BUSY)"
	case "42P01":
		out.Message = "SQL logic error: no such table: " + quoted(pg.Message) + " (1)"
	case "42703":
		out.Message = "SQL logic error: no such column: " + quoted(pg.Message) + " (1)"
	case "22032":
		out.Message = "SQL logic error: " + pg.Message + " (1)"
	case "22018":
		out.Message = "constraint failed: " + pg.Message + " (3091)"
	case canceled:
		out.Message = "interrupted (9)"
	case "54000":
		out.Message = "string or blob too big for an index: Postgres indexes values up to 2,700 bytes (18)"
	case "53100":
		out.Message = "database or disk is full (13)"
	case "25006":
		out.Message = "attempt to write a readonly database (8)"
	case "2BP01":
		out.Message = "SQL logic error: " + pg.Message + " (1)"
	default:
		out.Message = "SQL logic error: " + pg.Message + " (" + pg.Code + ")"
	}
	if unavailable(pg.Code) {
		out.cause = errors.Join(ErrUnavailable, err)
	}
	return out
}

// unavailable are the kinds of errors that say nothing about the statement: the
// connection (08), the server's resources (53), its start, stop or failover (57P),
// its disk (58), a session that it has ended (25P03) or lets only read (25006).
func unavailable(code string) bool {
	switch {
	case code == "25006", code == "25P03":
		return true
	case strings.HasPrefix(code, "57P"):
		return true
	}
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || strings.HasPrefix(code, "58")
}

// useless tells whether a connection that answers with the error is of no more use:
// the server ends it, or has been opened while the server let only read, and stays
// so when that has long passed.
func useless(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && unavailable(pg.Code) && !strings.HasPrefix(pg.Code, "53") && !strings.HasPrefix(pg.Code, "58")
}

// notExecuted tells whether the connection ended before the server could have
// kept what the statement did: it said so (and undid it), or the message was not sent to its
// end, where the Sync is that commits.
func notExecuted(err error) bool {
	var pg *pgconn.PgError
	var network *net.OpError
	return pgconn.SafeToRetry(err) || errors.As(err, &pg) && (pg.Code == "57P01" || pg.Code == "57P03" || pg.Code == "25006") ||
		errors.As(err, &network) && network.Op == "write"
}

func quoted(message string) string {
	if m := missingQuoted.FindStringSubmatch(message); m != nil {
		parts := strings.Split(m[1], ".")
		return translate.OriginalName(parts[len(parts)-1])
	}
	return strings.TrimSuffix(strings.TrimPrefix(message, "column "), " does not exist")
}

// uniqueColumns reads the columns from "Key (a, lower("B" COLLATE "C"))=(…) already exists."
func uniqueColumns(detail, table, constraint string) string {
	m := detailColumns.FindStringSubmatch(detail)
	if m == nil {
		return "index '" + translate.OriginalName(constraint) + "'"
	}
	list := strings.ReplaceAll(m[1], `COLLATE "C"`, "")
	list = strings.ReplaceAll(strings.ReplaceAll(list, "::text", ""), "lower(", "(")
	var out []string
	for _, part := range strings.Split(list, ", ") {
		c := keyColumn.FindStringSubmatch(part)
		if c == nil {
			continue
		}
		name := strings.ReplaceAll(c[1], `""`, `"`)
		if name == "" {
			name = c[2]
		}
		out = append(out, table+"."+translate.OriginalName(name))
	}
	return strings.Join(out, ", ")
}

// schemaMoved tells whether an error may come from a catalog that is out of date:
// a name that is gone, or is there already, and what a column of another type
// makes of a translation.
func schemaMoved(err error) bool {
	var t *translate.Error
	if errors.As(err, &t) {
		return strings.HasPrefix(t.Message, "no such ") || strings.Contains(t.Message, "has no column named") || strings.Contains(t.Message, "already exists")
	}
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "42P01", "42703", "42P07", "42701", "42704", // names of tables, columns, types and the like
		"42883", "42804", "42846", "42725", "42P18", // functions and types that do not go together
		"42702", "42803", "42P10", // a name of two columns, no key to group by, no such unique index
		"22P02", "22018", // a value that the column cannot hold
		"0A000":
		return true
	}
	return false
}
