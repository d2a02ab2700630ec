package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"jasaweb/plugins/postgres/translate"
)

// ExportFile writes the database that db shows into a new SQLite file. Every
// table is as it was at one moment, and is compared after it was written.
func ExportFile(ctx context.Context, db *sql.DB, path string, progress Progress) error {
	return withConn(ctx, db, func(c *conn) error { return c.exportTo(ctx, path, progress) })
}

// export is VACUUM INTO.
func (c *conn) export(ctx context.Context, path string) error {
	if c.tx != nil {
		return &translate.Error{Message: "cannot VACUUM from within a transaction"}
	}
	return c.exportTo(ctx, path, nil)
}

func (c *conn) exportTo(ctx context.Context, path string, progress Progress) (err error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return &translate.Error{Message: "output file already exists"}
	}
	// Half an export must not pass for one, whatever ends the process.
	part := path + ".part"
	_ = os.Remove(part)
	defer func() {
		if err != nil {
			_ = os.Remove(part)
			err = fmt.Errorf("export %s: %w", path, err)
		}
	}()
	// A connection of its own: the snapshot is a transaction, and this one may be needed.
	pg, err := connect(ctx, c.schema.store.direct)
	if err != nil {
		return err
	}
	defer pg.Close(context.Background())
	if err := script(ctx, pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0"); err != nil {
		return err
	}
	target, err := openFile(part, "rwc")
	if err != nil {
		return err
	}
	target.SetMaxOpenConns(1)
	if err = errors.Join(c.schema.exportInto(ctx, pg, target, progress), target.Close()); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func (s *schema) exportInto(ctx context.Context, pg *pgconn.PgConn, target *sql.DB, progress Progress) error {
	objects, err := s.objects(ctx, pg)
	if err != nil {
		return err
	}
	catalog, err := translate.NewCatalog(s.name, objects)
	if err != nil {
		return err
	}
	if _, err := target.ExecContext(ctx, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	if err := makeObjects(ctx, target, objects, func(kind string) bool { return kind == "table" }); err != nil {
		return err
	}
	for _, tb := range catalog.Tables() {
		if tb.View == nil {
			if err := exportTable(ctx, pg, target, tb, progress); err != nil {
				return fmt.Errorf("%s: %w", tb.Name, err)
			}
		}
	}
	return makeObjects(ctx, target, objects, func(kind string) bool { return kind != "table" })
}

func makeObjects(ctx context.Context, target *sql.DB, objects []translate.Object, wanted func(kind string) bool) error {
	for _, o := range objects {
		if o.SQL == "" || !wanted(o.Type) {
			continue
		}
		if _, err := target.ExecContext(ctx, o.SQL); err != nil {
			return fmt.Errorf("%s %s: %w", o.Type, o.Name, err)
		}
	}
	return nil
}

func exportTable(ctx context.Context, pg *pgconn.PgConn, target *sql.DB, tb *translate.Table, progress Progress) error {
	tx, err := target.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	names := []string{}
	for _, col := range tb.Columns {
		names = append(names, quoteSQLite(col.Name))
	}
	if tb.HasRowid() {
		names = append(names, "rowid")
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO "+quoteSQLite(tb.Name)+" ("+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", len(names)-1)+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	written := newChecksum()
	args := make([]any, len(names))
	err = readTable(ctx, pg, tb, func(cells []cell) error {
		written.add(tb, cells)
		for i, v := range cells {
			if args[i], err = v.value(); err != nil {
				return err
			}
		}
		progress.tell(Copying, tb.Name, written.rows)
		_, err := insert.ExecContext(ctx, args...)
		return err
	})
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	read := newChecksum()
	err = readFile(ctx, target, tb, func(cells []cell) error {
		read.add(tb, cells)
		progress.tell(Comparing, tb.Name, read.rows)
		return nil
	})
	if err == nil {
		err = written.equal(read)
	}
	if err != nil {
		return err
	}
	progress.tell(Equal, tb.Name, written.rows)
	return nil
}

// value is the cell as an argument of SQLite's driver.
func (c cell) value() (any, error) {
	switch c.class {
	case "null":
		return nil, nil
	case "integer":
		return strconv.ParseInt(c.text, 10, 64)
	case "real":
		return strconv.ParseFloat(c.text, 64)
	case "blob":
		return hex.DecodeString(c.text)
	}
	return c.text, nil
}

// readTable reads a table through COPY, in the order of its rowid, which is the
// last cell of a row where the table has one.
func readTable(ctx context.Context, pg *pgconn.PgConn, tb *translate.Table, row func([]cell) error) error {
	names := []string{}
	for _, col := range tb.Columns {
		names = append(names, translate.Quote(col.Name))
	}
	order := ""
	switch {
	case tb.HasRowid():
		names = append(names, `"_rowid_"`)
		order = ` ORDER BY "_rowid_"`
	default:
		order = " ORDER BY " + strings.Join(tb.KeyColumns(), ", ")
	}
	cells := make([]cell, len(names))
	lines := &lineWriter{line: func(line []byte) error {
		fields := bytes.Split(line, []byte{'\t'})
		if len(fields) != len(cells) {
			return fmt.Errorf("COPY sent %d columns, want %d", len(fields), len(cells))
		}
		for i, f := range fields {
			kind := translate.Int
			if i < len(tb.Columns) {
				kind = tb.Columns[i].Kind
			}
			if string(f) == `\N` {
				cells[i] = cell{class: "null"}
				continue
			}
			cells[i] = cellOf(kind, unescape(f))
		}
		return row(cells)
	}}
	_, err := pg.CopyTo(ctx, lines, "COPY (SELECT "+strings.Join(names, ", ")+" FROM "+tb.Qualified()+order+") TO STDOUT")
	return err
}

// lineWriter cuts what COPY sends into rows.
type lineWriter struct {
	rest []byte
	line func([]byte) error
}

func (w *lineWriter) Write(p []byte) (int, error) {
	n := len(p)
	if len(w.rest) > 0 {
		p = append(w.rest, p...)
	}
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			w.rest = append([]byte(nil), p...)
			return n, nil
		}
		if err := w.line(p[:end]); err != nil {
			return 0, err
		}
		p = p[end+1:]
	}
}

var _ io.Writer = (*lineWriter)(nil)

// unescape undoes the backslashes of COPY's text format.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '\\') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'v':
			out = append(out, '\v')
		default:
			out = append(out, b[i])
		}
	}
	return string(out)
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readFile reads a table of a SQLite file like readTable does of Postgres.
func readFile(ctx context.Context, from queryer, tb *translate.Table, row func([]cell) error) error {
	list := []string{}
	for _, col := range tb.Columns {
		// typeof keeps SQLite's driver from guessing times and booleans.
		list = append(list, fmt.Sprintf(`typeof(%[1]s), CASE typeof(%[1]s) WHEN 'blob' THEN hex(%[1]s) WHEN 'real' THEN printf('%%!.17g', %[1]s) ELSE CAST(%[1]s AS TEXT) END`, quoteSQLite(col.Name)))
	}
	order := " ORDER BY rowid"
	if tb.HasRowid() {
		list = append(list, "'integer', rowid")
	} else if !tb.NumbersRows() {
		order = " ORDER BY " + strings.Join(tb.KeyColumns(), ", ")
	}
	rows, err := from.QueryContext(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+quoteSQLite(tb.Name)+order)
	if err != nil {
		return err
	}
	defer rows.Close()
	raw := make([]sql.NullString, 2*len(list))
	dest := make([]any, len(raw))
	for i := range raw {
		dest[i] = &raw[i]
	}
	cells := make([]cell, len(list))
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i := range cells {
			cells[i] = cell{raw[2*i].String, raw[2*i+1].String}
		}
		if err := row(cells); err != nil {
			return err
		}
	}
	return rows.Err()
}
