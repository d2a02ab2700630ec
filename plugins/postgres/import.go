package postgres

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "modernc.org/sqlite" // the driver "sqlite", to read and write database files

	"jasaweb/plugins/postgres/translate"
)

// Progress is told how many rows of a table are copied, and when they are
// compared with what was read.
type Progress func(table string, rows int64, done bool)

// ImportFile copies a SQLite database file into the schema that db shows, which
// must be empty: all of it, in one transaction, or nothing.
func ImportFile(ctx context.Context, db *sql.DB, path string, progress Progress) error {
	source, err := openFile(path, "ro")
	if err != nil {
		return err
	}
	defer source.Close()
	if err := withConn(ctx, db, func(c *conn) error { return c.importFrom(ctx, source, progress) }); err != nil {
		return fmt.Errorf("postgres: import %s: %w", path, err)
	}
	return nil
}

func openFile(path, mode string) (*sql.DB, error) {
	name := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?mode=" + mode
	return sql.Open("sqlite", name)
}

// withConn lends fn the driver's connection itself.
func withConn(ctx context.Context, db *sql.DB, fn func(*conn) error) error {
	lent, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer lent.Close()
	return lent.Raw(func(d any) error {
		c, ok := d.(*conn)
		if !ok {
			return errors.New("not a Postgres connection")
		}
		return fn(c)
	})
}

func (c *conn) importFrom(ctx context.Context, source *sql.DB, progress Progress) error {
	objects, err := readObjects(ctx, source)
	if err != nil {
		return err
	}
	have, err := c.schema.objects(ctx, c.pg)
	if err != nil {
		return err
	}
	if len(have) > 0 {
		return fmt.Errorf("the Postgres schema %q has tables already; import into an empty database", c.schema.name)
	}
	plan, err := importPlan(c.schema.name, objects)
	if err != nil {
		return err
	}
	defer c.schema.stale()
	err = func() error {
		if err := script(ctx, c.pg, "BEGIN;\n"+strings.Join(plan.tables, ";\n")); err != nil {
			return err
		}
		for _, tb := range plan.catalog.Tables() {
			if tb.View != nil {
				continue
			}
			if err := c.copyTable(ctx, source, tb, progress); err != nil {
				return fmt.Errorf("%s: %w", tb.Name, err)
			}
		}
		return script(ctx, c.pg, strings.Join(append(plan.rest, "COMMIT"), ";\n"))
	}()
	if err != nil && !c.pg.IsClosed() {
		_ = script(context.Background(), c.pg, "ROLLBACK")
	}
	return err
}

func readObjects(ctx context.Context, source *sql.DB) ([]translate.Object, error) {
	rows, err := source.QueryContext(ctx, `SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []translate.Object
	for rows.Next() {
		var o translate.Object
		if err := rows.Scan(&o.Type, &o.Name, &o.Table, &o.SQL); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// plan is how a schema is made: the tables, then the data, then what is quicker
// to make on full tables or would refuse rows (indexes, views, triggers).
type plan struct {
	tables, rest []string
	catalog      *translate.Catalog
}

func importPlan(schema string, objects []translate.Object) (*plan, error) {
	p := &plan{}
	var tables []translate.Object
	for _, o := range objects {
		if o.Type == "table" {
			tables = append(tables, o)
		}
	}
	empty, err := translate.NewCatalog(schema, nil)
	if err != nil {
		return nil, err
	}
	if p.catalog, err = translate.NewCatalog(schema, tables); err != nil {
		return nil, err
	}
	for _, o := range objects {
		catalog, into := p.catalog, &p.rest
		if o.Type == "table" {
			catalog, into = empty, &p.tables
		}
		parsed, err := translate.Split(o.SQL)
		if err != nil || len(parsed) != 1 {
			return nil, fmt.Errorf("%s %s: %w", o.Type, o.Name, err)
		}
		ch, err := translate.DDL(catalog, o.SQL, parsed[0])
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.Type, o.Name, err)
		}
		*into = append(*into, ch.Script...)
	}
	return p, nil
}

// copyTable copies the rows with their rowid, reads them back and compares.
func (c *conn) copyTable(ctx context.Context, source *sql.DB, tb *translate.Table, progress Progress) error {
	names := []string{}
	for _, col := range tb.Columns {
		names = append(names, translate.Quote(col.Name))
	}
	if tb.HasRowid() {
		names = append(names, `"_rowid_"`)
	}
	sent, arrived := newChecksum(), newChecksum()
	reader, writer := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(writer, 64<<10)
		var line bytes.Buffer
		err := readFile(ctx, source, tb, func(cells []cell) error {
			sent.add(tb, cells)
			if progress != nil && sent.rows%10000 == 0 {
				progress(tb.Name, sent.rows, false)
			}
			line.Reset()
			if err := copyRow(&line, tb, cells); err != nil {
				return fmt.Errorf("row %d, %w", sent.rows, err)
			}
			_, err := out.Write(line.Bytes())
			return err
		})
		if err == nil {
			err = out.Flush()
		}
		writer.CloseWithError(err)
	}()
	_, err := c.pg.CopyFrom(ctx, reader, "COPY "+tb.Qualified()+" ("+strings.Join(names, ", ")+") FROM STDIN")
	_ = reader.Close()
	if err != nil {
		return err
	}
	if err := readTable(ctx, c.pg, tb, func(cells []cell) error { arrived.add(tb, cells); return nil }); err != nil {
		return err
	}
	if err := sent.equal(arrived); err != nil {
		return err
	}
	if progress != nil {
		progress(tb.Name, sent.rows, true)
	}
	if tb.IdentityColumn() == "" {
		return nil
	}
	return setIdentity(ctx, c.pg, tb)
}

func copyRow(b *bytes.Buffer, tb *translate.Table, cells []cell) error {
	for i, v := range cells {
		if i > 0 {
			b.WriteByte('\t')
		}
		kind, name := translate.Int, "rowid"
		if i < len(tb.Columns) {
			kind, name = tb.Columns[i].Kind, tb.Columns[i].Name
		}
		if err := copyCell(b, kind, v); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	return b.WriteByte('\n')
}

// setIdentity lets new rows continue after the copied ones.
func setIdentity(ctx context.Context, pg *pgconn.PgConn, tb *translate.Table) error {
	column := tb.IdentityColumn()
	return script(ctx, pg, fmt.Sprintf("SELECT setval(pg_get_serial_sequence(%s, %s), greatest((SELECT max(%s) FROM %s), 1), (SELECT count(*) > 0 FROM %s))",
		translate.Literal(tb.Qualified()), translate.Literal(column), translate.Quote(column), tb.Qualified(), tb.Qualified()))
}

func quoteSQLite(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// copyCell writes a value in the text format of COPY. A value that the column's
// type cannot hold stops the import: it would be another value afterwards.
func copyCell(b *bytes.Buffer, kind translate.Kind, v cell) error {
	class, s := v.class, v.text
	if class == "null" {
		b.WriteString(`\N`)
		return nil
	}
	number := class == "integer" || class == "real"
	switch kind {
	case translate.Int:
		if class == "real" {
			f, err := strconv.ParseFloat(s, 64)
			if err != nil || f != math.Trunc(f) {
				return fmt.Errorf("the number %s is not an integer", s)
			}
			s = strconv.FormatInt(int64(f), 10)
		} else if !number {
			return fmt.Errorf("%s %.40q in an integer column", class, s)
		}
	case translate.Num, translate.Real:
		if !number {
			return fmt.Errorf("%s %.40q in a numeric column", class, s)
		}
	case translate.Bool:
		if !number {
			return fmt.Errorf("%s %.40q in a boolean column", class, s)
		}
		s = strconv.FormatBool(s != "0" && s != "0.0")
	case translate.Blob:
		if class != "blob" {
			s = hex.EncodeToString([]byte(s))
		}
		s = `\x` + s
	case translate.Dyn:
		s = dynText(class, s)
	default:
		if class == "blob" {
			raw, err := hex.DecodeString(s)
			if err != nil {
				return err
			}
			s = string(raw)
		}
		s = clean(s)
	}
	for i := range len(s) {
		switch s[i] {
		case '\\':
			b.WriteString(`\\`)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteByte(s[i])
		}
	}
	return nil
}

func dynText(class, s string) string {
	switch class {
	case "integer", "real":
		return "(1," + s + `,"")`
	case "blob":
		return "(3,0," + strings.ToLower(s) + ")"
	}
	return `(2,0,"` + strings.ReplaceAll(strings.ReplaceAll(clean(s), `\`, `\\`), `"`, `""`) + `")`
}
