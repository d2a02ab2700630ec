package process

import (
	"bufio"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/tests/programtest"
)

// Everything an agency keeps in SQLite goes to Postgres with "db import" and
// comes back with "db export": every table has the same rows in the same order
// and the same schema. The program compares by checksum itself; this test reads
// both directories on its own. IMPORT_MB is the size ("make import-export"
// chooses 200); the memory may not grow with it.
func TestImportAndExportOfADirectory(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	binary, err := programtest.Build()
	if err != nil {
		t.Fatal(err)
	}
	megabytes := 4
	if text := os.Getenv("IMPORT_MB"); text != "" {
		if megabytes, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	from, to := filepath.Join(t.TempDir(), "pb_data"), filepath.Join(t.TempDir(), "back")
	if out, err := exec.Command(binary, "demo", "--dir", from).CombinedOutput(); err != nil {
		t.Fatalf("demo: %v\n%s", err, out)
	}
	fillDirectory(t, from, int64(megabytes)<<20)
	env := append(keysOf(t, from), "DATABASE_URL="+pgtest.Database(t))
	for _, step := range []struct{ verb, dir string }{{"import", from}, {"export", to}} {
		started := time.Now()
		lines, memory, usage := runDatabase(t, binary, env, step.verb, step.dir)
		took := time.Since(started)
		size := diskSize(t, from)
		cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		fmt.Printf("db %s: %d MB in %.1f s (%.1f s of CPU beside the server's), %.1f MB/s, peak memory %d MB, %d lines of progress\n",
			step.verb, size>>20, took.Seconds(), cpu.Seconds(), float64(size)/(1<<20)/took.Seconds(), memory>>20, lines)
		if most := int64(128 << 20); memory > most {
			t.Errorf("db %s of %d MB took %d MB of memory, want at most %d whatever the size", step.verb, size>>20, memory>>20, most>>20)
		}
	}
	for _, file := range []string{"data.db", "auxiliary.db"} {
		want, got := tablesOfFile(t, filepath.Join(from, file)), tablesOfFile(t, filepath.Join(to, file))
		for table, digest := range want {
			if got[table] != digest {
				t.Errorf("%s, %s: %s before, %s after", file, table, digest, got[table])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d tables and other objects before, %d after", file, len(want), len(got))
		}
		t.Logf("%s: %d tables and other objects are equal", file, len(want))
	}
}

// keysOf is the environment with the keys that the directory was made with.
func keysOf(t *testing.T, dir string) []string {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(dir, "credentials.key"))
	if err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "CREDENTIALS_KEY="+strings.TrimSpace(string(key)), "JWT_SECRET=a secret of the tests, long enough for it")
}

// runDatabase runs "db import" or "db export"; its progress goes on to whoever
// watches a long run. The memory is the most that it has used up to its last
// line of progress, in bytes.
func runDatabase(t *testing.T, binary string, env []string, verb, dir string) (lines int, memory int64, usage *syscall.Rusage) {
	t.Helper()
	cmd := exec.Command(binary, "db", verb, dir)
	cmd.Env = env
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := &strings.Builder{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for scan := bufio.NewScanner(stdout); scan.Scan(); lines++ {
		memory = max(memory, peakMemory(t, cmd.Process.Pid))
		if os.Getenv("IMPORT_MB") != "" {
			fmt.Println(scan.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("db %s: %v\n%s", verb, err, stderr)
	}
	return lines, memory, cmd.ProcessState.SysUsage().(*syscall.Rusage)
}

// peakMemory is the most that a process has used so far, in bytes. (What it
// leaves in its resource usage counts the process that started it as well.)
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(raw), "VmHWM:")
	line, _, _ = strings.Cut(line, "kB")
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil && line != "" { // it is missing once the process has ended
		t.Fatal(err)
	}
	return kilobytes << 10
}

func diskSize(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	for _, file := range []string{"data.db", "auxiliary.db"} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		bytes += info.Size()
	}
	return bytes
}

func tablesOfFile(t *testing.T, path string) map[string]string {
	t.Helper()
	db := programtest.OpenSQLite(t, path)
	defer db.Close()
	var whole string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
		t.Fatalf("%s: %s, %v", path, whole, err)
	}
	return programtest.Tables(t, db)
}

// filler writes what years of work leave behind.
type filler struct {
	*rand.Rand
	t     *testing.T
	tx    *sql.Tx
	bytes int64
}

// fillDirectory adds rows until both files together hold about so many bytes:
// most of them the request log, as in life.
func fillDirectory(t *testing.T, dir string, bytes int64) {
	t.Helper()
	fill := func(file string, bytes int64, row func(f *filler, n int)) {
		db := programtest.OpenSQLite(t, filepath.Join(dir, file))
		defer db.Close()
		if _, err := db.Exec("PRAGMA synchronous = OFF"); err != nil {
			t.Fatal(err)
		}
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		f := &filler{rand.New(rand.NewPCG(1, 2)), t, tx, 0}
		f.exec(archive, nil)
		for n := 0; f.bytes < bytes; n++ {
			row(f, n)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	fill("auxiliary.db", bytes*5/10, (*filler).log)
	fill("data.db", bytes*4/10, (*filler).business) // the indexes and pages are the rest
}

// archive has a column of every type that PocketBase makes, and some that only
// people make.
const archive = `CREATE TABLE arsip (id TEXT PRIMARY KEY NOT NULL, nilai NUMERIC DEFAULT 0 NOT NULL, aktif BOOLEAN DEFAULT FALSE NOT NULL,
	isi TEXT DEFAULT '' NOT NULL, pilihan JSON DEFAULT '[]' NOT NULL, data JSON DEFAULT NULL, lokasi JSON DEFAULT '{"lon":0,"lat":0}' NOT NULL,
	berkas JSON DEFAULT '[]' NOT NULL, tanggal TEXT DEFAULT '' NOT NULL, hitung INTEGER, ukur REAL, mentah BLOB)`

func (f *filler) exec(query string, args []any) {
	f.t.Helper()
	for _, a := range args {
		switch v := a.(type) {
		case string:
			f.bytes += int64(len(v))
		case []byte:
			f.bytes += int64(len(v))
		default:
			f.bytes += 8
		}
	}
	if _, err := f.tx.Exec(query, args...); err != nil {
		f.t.Fatal(err)
	}
}

var words = strings.Fields(`situs sekolah koran perusahaan pembayaran lunas "kutip" O'Reilly naïve 日本語 العربية 🙂 👩‍👩‍👧 Żółć ﷺ
	C:\path\n {{tpl}} <b>tebal</b> 100% a_b 'x' -- ; /*pg*/ \N \. $1 ? ?? NULL true 0`)

func (f *filler) text(bytes int) string {
	var b strings.Builder
	for b.Len() < bytes {
		b.WriteString(words[f.IntN(len(words))])
		b.WriteString([]string{" ", " ", " ", "\n", "\t", "\r\n"}[f.IntN(6)])
	}
	return b.String()
}

func (f *filler) json(bytes int) any {
	switch f.IntN(8) {
	case 0:
		return nil
	case 1:
		return "null"
	case 2:
		return f.IntN(1000)
	}
	return fmt.Sprintf(`{"status": %d, "b":[1, 2.50, null,true], "url":%q,"a":{"k":"\u00e9"}}`, f.IntN(600), "https://contoh.test/"+strings.ReplaceAll(f.text(bytes), "\r", ""))
}

func (f *filler) id() string { return fmt.Sprintf("%015x", f.Uint64()>>4)[:15] }

func (f *filler) when() string {
	return time.Unix(1_700_000_000+f.Int64N(50_000_000), f.Int64N(1e9)).UTC().Format("2006-01-02 15:04:05.000Z")
}

func (f *filler) log(int) {
	f.exec("INSERT INTO _logs (id, level, message, data, created) VALUES (?, ?, ?, ?, ?)", []any{
		f.id(), []int{-4, 0, 4, 8}[f.IntN(4)], "GET /api/collections/projects/records?filter=" + f.text(f.IntN(80)),
		fmt.Sprintf(`{"auth":"users","execTime":%d.%d,"method":"GET","remoteIP":"192.0.2.%d","status":200,"url":%q,"userAgent":%q}`,
			f.IntN(100), f.IntN(1000), f.IntN(256), f.text(f.IntN(200)), f.text(120)), f.when()})
}

func (f *filler) business(n int) {
	switch {
	case n%50 == 0: // an article with its pictures, as the editor writes it
		f.exec("INSERT INTO posts (id, slug, title, content, images, created) VALUES (?, ?, ?, ?, ?, ?)",
			[]any{f.id(), "arsip-" + f.id(), f.text(60), f.text(50_000 + f.IntN(150_000)), `["foto_a1b2c3d4e5.png"]`, f.when()})
	case n%3 == 0:
		f.exec("INSERT INTO audit_logs (id, action, actor, collection, record, before, after, ip, user_agent, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			[]any{f.id(), "update", f.id(), "projects", f.id(), f.json(300), f.json(300), "2001:db8::1", f.text(100), f.when()})
	case n%3 == 1:
		f.exec("INSERT INTO notifications (id, user, title, message, payload, dedupe_key, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
			[]any{f.id(), f.id(), f.text(30), f.text(f.IntN(400)), f.json(50), f.id(), f.when()})
	default:
		raw := make([]byte, f.IntN(300))
		for i := range raw {
			raw[i] = byte(f.Uint32())
		}
		f.exec("INSERT INTO arsip (id, nilai, aktif, isi, pilihan, data, lokasi, berkas, tanggal, hitung, ukur, mentah) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			[]any{f.id(), []any{0, -1, 2.5, 1 << 53, -0.1, 1e21, 1e-7, 123456.789}[f.IntN(8)], f.IntN(2) == 1, f.text(f.IntN(1000)),
				`["a","b ü"]`, f.json(200), `{"lon":106.8272,"lat":-6.1754}`, `["logo_a1b2c3d4e5.png","Foto 1_zz.jpg"]`, []string{"", f.when()}[f.IntN(2)],
				[]any{nil, f.Int64() - f.Int64(), 7}[f.IntN(3)], []any{nil, f.NormFloat64(), 3.0}[f.IntN(3)], []any{nil, raw, []byte{}}[f.IntN(3)]})
	}
}
