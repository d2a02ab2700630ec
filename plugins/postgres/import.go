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

// Step is where a copy has got to.
type Step string

// The steps of a table, in their order. Indexes come after all tables and have
// no rows.
const (
	Copying   Step = "copied"
	Comparing Step = "compared"
	Equal     Step = "rows, checksum equal"
	Indexing  Step = "made"
)

// Progress is told of every step, of the first two again and again.
type Progress func(step Step, table string, rows int64)

// every is after how many rows a step tells of itself again.
const every = 256

// ImportFile copies a SQLite database file into the schema that db shows, which
// must be empty: all of it, in one transaction, or nothing.
func ImportFile(ctx context.Context, db *sql.DB, path string, progress Progress) error {
	source, err := openSource(ctx, path)
	if err != nil {
		return err
	}
	defer source.close()
	return withConn(ctx, db, func(c *conn) error {
		defer c.schema.stale()
		return importAll(ctx, c.pg, func() error { return c.schema.importFrom(ctx, c.pg, source, progress) })
	})
}

// importAll runs fn in a transaction.
func importAll(ctx context.Context, pg *pgconn.PgConn, fn func() error) error {
	err := script(ctx, pg, "BEGIN; SET LOCAL statement_timeout = 0")
	if err == nil {
		err = fn()
	}
	if err == nil {
		err = script(ctx, pg, "COMMIT")
	}
	if err != nil && !pg.IsClosed() {
		_ = script(context.Background(), pg, "ROLLBACK")
	}
	return err
}

// source is a SQLite file as it was at one moment, although a server may still
// write to it.
type source struct {
	db      *sql.DB
	tx      *sql.Tx
	objects []translate.Object
	path    string
}

func openSource(ctx context.Context, path string) (*source, error) {
	db, err := openFile(path, "ro")
	if err != nil {
		return nil, err
	}
	s := &source{db: db, path: path}
	if s.tx, err = db.BeginTx(ctx, nil); err == nil {
		s.objects, err = readObjects(ctx, s.tx)
	}
	if err == nil && len(s.objects) == 0 {
		err = errors.New("has no tables")
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s *source) close() {
	if s.tx != nil {
		_ = s.tx.Rollback()
	}
	_ = s.db.Close()
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

func (s *schema) importFrom(ctx context.Context, pg *pgconn.PgConn, from *source, progress Progress) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("import %s: %w", from.path, err)
		}
	}()
	have, err := s.objects(ctx, pg)
	if err != nil {
		return err
	}
	if len(have) > 0 {
		return fmt.Errorf("the Postgres schema %q has tables already, and an import wants an empty database: make another one, or DROP SCHEMA data, auxiliary CASCADE if nothing in it is needed", s.name)
	}
	plan, err := importPlan(s.name, from.objects)
	if err != nil {
		return err
	}
	if err := script(ctx, pg, strings.Join(plan.tables, ";\n")); err != nil {
		return err
	}
	for _, tb := range plan.catalog.Tables() {
		if tb.View != nil {
			continue
		}
		if err := copyTable(ctx, pg, from.tx, tb, progress); err != nil {
			return fmt.Errorf("%s: %w", tb.Name, err)
		}
	}
	for _, o := range plan.rest {
		if err := script(ctx, pg, o.script); err != nil {
			if pgErr, ok := errors.AsType[*pgconn.PgError](err); ok && pgErr.Code == "54000" {
				err = errors.New("a value is longer than an index of Postgres takes (2,700 bytes): shorten it in SQLite or drop the index there, then import again")
			}
			return fmt.Errorf("%s: %w", o.name, err)
		}
		progress.tell(Indexing, o.name, 0)
	}
	return script(ctx, pg, plan.catalog.Analyze()) // or the first minute's plans would know nothing of the rows
}

func (p Progress) tell(step Step, table string, rows int64) {
	if p != nil && (rows%every == 0 || step == Equal) {
		p(step, table, rows)
	}
}

func readObjects(ctx context.Context, source *sql.Tx) ([]translate.Object, error) {
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
	tables  []string
	rest    []object
	catalog *translate.Catalog
}

type object struct{ name, script string }

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
		catalog := p.catalog
		if o.Type == "table" {
			catalog = empty
		}
		parsed, err := translate.Split(o.SQL)
		if err != nil || len(parsed) != 1 {
			return nil, fmt.Errorf("%s %s: %w", o.Type, o.Name, err)
		}
		ch, err := translate.DDL(catalog, o.SQL, parsed[0])
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.Type, o.Name, err)
		}
		if o.Type == "table" {
			p.tables = append(p.tables, ch.Script...)
		} else {
			p.rest = append(p.rest, object{o.Type + " " + o.Name, strings.Join(ch.Script, ";\n")})
		}
	}
	return p, nil
}

// copyTable copies the rows with their rowid, reads them back and compares.
func copyTable(ctx context.Context, pg *pgconn.PgConn, from *sql.Tx, tb *translate.Table, progress Progress) error {
	names := []string{}
	for _, col := range tb.Columns {
		names = append(names, translate.Quote(col.Name))
	}
	if tb.HasRowid() {
		names = append(names, `"_rowid_"`)
	}
	sent, arrived := newChecksum(), newChecksum()
	reader, writer := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		writer.CloseWithError(writeRows(ctx, writer, from, tb, sent, progress))
	}()
	_, err := pg.CopyFrom(ctx, reader, "COPY "+tb.Qualified()+" ("+strings.Join(names, ", ")+") FROM STDIN")
	_ = reader.Close()
	<-done
	if err != nil {
		return err
	}
	err = readTable(ctx, pg, tb, func(cells []cell) error {
		arrived.add(tb, cells)
		progress.tell(Comparing, tb.Name, arrived.rows)
		return nil
	})
	if err == nil {
		err = sent.equal(arrived)
	}
	if err != nil {
		return err
	}
	progress.tell(Equal, tb.Name, sent.rows)
	if tb.IdentityColumn() == "" {
		return nil
	}
	return setIdentity(ctx, pg, tb)
}

// writeRows writes a table of the file as COPY wants it.
func writeRows(ctx context.Context, to io.Writer, from *sql.Tx, tb *translate.Table, sent *checksum, progress Progress) error {
	out := bufio.NewWriterSize(to, 64<<10)
	var line bytes.Buffer
	err := readFile(ctx, from, tb, func(cells []cell) error {
		sent.add(tb, cells)
		progress.tell(Copying, tb.Name, sent.rows)
		line.Reset()
		if err := copyRow(&line, tb, cells); err != nil {
			return fmt.Errorf("row %d, %w", sent.rows, err)
		}
		_, err := out.Write(line.Bytes())
		return err
	})
	if err != nil {
		return err
	}
	return out.Flush()
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
