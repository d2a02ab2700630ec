package pages

import (
	"archive/zip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"jasaweb/plugins/plugintest"
	"jasaweb/plugins/postgres"
	"jasaweb/plugins/postgres/pgtest"
	"jasaweb/tests/programtest"
)

// A person's work in PocketBase's dashboard, on Postgres: new collections with
// fields of every type, records, renames, an index, a view, filters, the SQL
// console, the logs, and a backup, which SQLite then opens: it has every row and
// the schema that the dashboard made.
func TestDashboardOnPostgres(t *testing.T) {
	plugintest.OnceOnly(t, "brings its own Postgres")
	t.Parallel()
	url := pgtest.Database(t)
	p := programtest.NewProgramOn(t, programtest.NodeEnv(url))
	p.Serve(t)
	programtest.WaitFor(t, p.Site+"/api/health")
	d := &screen{t: t, ctx: programtest.NewBrowser(t), site: p.Site}
	d.do("sign in", chromedp.Navigate(p.Site+"/_/#/login"),
		chromedp.SendKeys(chromedp.CSS(`input[type=email], input[type=text]`), "admin@jasaweb.test"),
		chromedp.SendKeys(chromedp.CSS(`input[type=password]`), "demo-admin-2026\r"),
		chromedp.WaitVisible(chromedp.CSS(`.collections-sidebar`)))

	d.createCollections()
	d.createRecords()
	d.renameAndIndex()
	d.createView()
	d.editAndFilter()
	d.consoleAndLogs()
	d.run(`go('#/settings/backups'); await press('.backups-list button', 'Initialize new backup');
		await fill('.backup-create-modal input', 'cadangan.zip'); await press('.backup-create-modal button', 'Start backup');
		await seen('.backups-list .list-item', 'cadangan.zip')`)
	// The dashboard's restore asks for the name to be typed, then sends this and reloads.
	d.want(`[400,true]`, `return await app.pb.backups.restore('cadangan.zip').catch((e) => [e.status, e.message.includes('jasaweb db import')])`)

	store, err := postgres.New(postgres.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	live, err := store.Open(context.Background(), "data.db")
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	saved := programtest.OpenSQLite(t, unzipOne(t, filepath.Join(p.Dir, "backups", "cadangan.zip"), "data.db"))
	defer saved.Close()
	want, got := programtest.Tables(t, live), programtest.Tables(t, saved)
	for name, digest := range want {
		if name != "rows of jobs" && got[name] != digest { // the minute's jobs come and go
			t.Errorf("%s is %s on Postgres, %s in the backup", name, digest, got[name])
		}
	}
	if len(got) != len(want) || want["table produk"] == "" || want["view ringkas"] == "" {
		t.Errorf("%d tables and other objects on Postgres, %d in the backup", len(want), len(got))
	}
	var names string
	if err := saved.QueryRow("SELECT group_concat(nama, ' ') FROM (SELECT nama FROM produk ORDER BY harga)").Scan(&names); err != nil || names != "satu dua tiga" {
		t.Errorf("in the backup: %q, %v", names, err)
	}
	t.Logf("%d tables and other objects are equal in the backup", len(got))
}

// screen presses the dashboard's own controls. The steps are small scripts in
// the page, because its panels slide in and its lists are drawn again all the
// time: what a script looks for it looks for anew until it can be pressed.
type screen struct {
	t    *testing.T
	ctx  context.Context
	site string
}

const controls = `
const go = (hash) => { location.hash = hash };
const open = async (collection) => { await press('.collections-sidebar .nav-item[title=' + collection + ']'); await seen('.breadcrumbs', collection) };
const all = (selector, text) => [...document.querySelectorAll(selector)].filter((el) =>
	el.checkVisibility() && !el.disabled && !el.closest('[inert]') && (text === undefined || el.innerText.trim() === text || el.innerText.split('\n').includes(text)));
const until = async (what, look) => {
	for (let n = 0; n < 1600; n++) {
		const found = look();
		if (found) return found;
		await new Promise((r) => setTimeout(r, 25));
	}
	throw new Error('never came: ' + what);
};
const seen = (selector, text) => until(selector + ' ' + (text ?? ''), () => all(selector, text).at(-1));
const gone = (selector) => until('the end of ' + selector, () => ![...document.querySelectorAll(selector)].some((el) => el.checkVisibility()));
const press = async (selector, text) => (await seen(selector, text)).click();
const fill = async (selector, value) => { // as typed: into inputs and the code editors alike
	const el = await seen(selector);
	el.focus();
	if (el.isContentEditable) getSelection().selectAllChildren(el); else el.select();
	document.execCommand('insertText', false, value);
	el.blur();
};
const choose = async (selector, ...options) => {
	await press(selector + ' > button');
	for (const option of options) await press(selector + ' .select-option', option);
	document.querySelector(selector + ' [popover]:popover-open')?.hidePopover();
};
const saved = async (modal) => { await gone(modal); if (document.querySelector('.toast.error')) throw new Error(document.querySelector('.toast.error').innerText); };
`

func (d *screen) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	d.t.Helper()
	if err := chromedp.Do(d.ctx, steps...); err != nil {
		page, _ := chromedp.Run(d.ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 3000)`))
		d.t.Fatalf("%s: %v; the page shows:\n%s", what, err, page)
	}
}

// run runs a script with the controls and gives what it returns as JSON.
func (d *screen) run(script string) string {
	d.t.Helper()
	got, err := chromedp.Run(d.ctx, chromedp.Evaluate[string](
		`(async () => {`+controls+`const result = await (async () => {`+script+`})(); return JSON.stringify(result ?? null)})().catch((e) => 'failed: ' + e.message)`,
		chromedp.EvalAwaitPromise))
	if err != nil || strings.HasPrefix(got, "failed: ") {
		page, _ := chromedp.Run(d.ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 3000)`))
		d.t.Fatalf("%s\n%s, %v; the page shows:\n%s", script, got, err, page)
	}
	return got
}

// want runs a script and compares what it returns.
func (d *screen) want(want, script string) {
	d.t.Helper()
	if got := d.run(script); got != want {
		d.t.Errorf("%s\n is %s, want %s", script, got, want)
	}
}

// createCollections makes one with every type that "New field" offers, and one
// for accounts, which has the remaining type: password.
func (d *screen) createCollections() {
	// The first page, once it is there, closes whatever was opened before it.
	d.run(`await open('users'); await seen('button', 'New record'); await new Promise((r) => setTimeout(r, 500))`)
	offered := d.run(`await press('.new-collection button'); await fill('.collection-upsert-modal input[name=name]', 'barang');
		const add = '.new-collection-field-btn-wrapper > button', types = '.field-types-dropdown button';
		await press(add); await seen(types);
		const labels = all(types).map((el) => el.innerText.trim());
		document.querySelector('.field-types-dropdown').hidePopover();
		for (const label of labels) { await press(add); await press(types, label); await gone(types) }
		return Object.keys(app.fieldTypes).filter((type) => !document.querySelector('.collection-upsert-modal .field-type-' + type))`)
	if offered != `["password"]` {
		d.t.Errorf("types that were not offered: %s", offered)
	}
	d.run(`const modal = '.collection-upsert-modal ';
		const at = (type) => modal + '.field-type-' + type;
		document.querySelector(at('select') + ' .field-select-choices-input input').focus();
		await fill(at('select') + ' textarea', 'merah\nbiru\nhijau');
		await choose(at('select') + ' .single-multiple-select output', 'Multiple');
		await choose(at('relation') + ' .collections-select output', 'pricing_tiers');
		await press(modal + 'footer button', 'Create'); await saved(modal);
		await seen('.breadcrumbs', 'barang')`)
	d.run(`await press('.new-collection button'); await fill('.collection-upsert-modal input[name=name]', 'anggota');
		await press('.collection-type-select'); await press('.collection-type-dropdown button', 'Auth collection');
		await seen('.collection-upsert-modal .tab-item', 'Options');
		await press('.collection-upsert-modal footer button', 'Create'); await saved('.collection-upsert-modal')`)
	d.want(`["barang:base","anggota:auth"]`, `return app.store.collections.filter((c) => ['barang', 'anggota'].includes(c.name)).map((c) => c.name + ':' + c.type).sort().reverse()`)
}

// createRecords fills every field of the first record, and makes two more.
func (d *screen) createRecords() {
	picture := filepath.Join(d.t.TempDir(), "foto.png")
	if err := os.WriteFile(picture, programtest.Picture(d.t), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.run(`await open('barang'); await press('.new-record-btn');
		const modal = '.record-upsert-modal ', at = (type) => modal + '.field-type-' + type;
		await fill(modal + '[name=text]', 'satu'); await fill(modal + '[name=number]', '12.5'); await press(modal + '[name=bool]');
		await fill(modal + '[name=email]', 'Satu@Contoh.test'); await fill(modal + '[name=url]', 'https://contoh.test/?a=1&b=ü');
		await choose(at('select') + ' output', 'merah', 'hijau');
		await fill(at('json') + ' .editor-content', '{"a": [1, null, "日本"]}');
		const [lon, lat] = all(at('geoPoint') + ' input');
		for (const [el, v] of [[lon, '106.8272'], [lat, '-6.1754']]) { el.focus(); el.select(); document.execCommand('insertText', false, v); el.blur() }
		// A date field and the rich editor take no typed text from a script; this is what their pickers do.
		const date = await seen(at('date') + ' input');
		date.value = '2026-08-17T10:00:00'; date.dispatchEvent(new Event('change', {bubbles: true})); date.dispatchEvent(new Event('blur'));
		for (let n = 0, editor; n < 40 && !(editor && !editor.removed); n++) { // the panel draws itself twice, with a new editor each time
			editor = await until('the rich editor', () => window.tinymce?.get().findLast((e) => e.initialized));
			editor.setContent('<p>Halo <strong>dunia</strong></p>'); editor.fire('change');
			await new Promise((r) => setTimeout(r, 500));
		}
		await press(at('relation') + ' button', 'Open records picker'); await press('.records-picker-list .list-item.handle'); await seen('.records-picker-selected-list .label');
		await press('.records-picker-modal footer button', 'Set selection'); await gone('.records-picker-modal')`)
	d.do("choose a file", chromedp.SetUploadFiles(chromedp.CSS(`.record-upsert-modal .field-type-file input[type=file]`), []string{picture}, chromedp.NodeReady))
	d.run(`await seen('.record-upsert-modal .field-type-file', 'foto.png');
		await press('.record-upsert-modal footer button', 'Create'); await saved('.record-upsert-modal')`)
	for _, row := range [][2]string{{"dua", "20"}, {"tiga", "30"}} {
		d.run(`await press('.new-record-btn'); await fill('.record-upsert-modal [name=text]', '` + row[0] + `');
			await fill('.record-upsert-modal [name=number]', '` + row[1] + `');
			await press('.record-upsert-modal footer button', 'Create'); await saved('.record-upsert-modal')`)
	}
	got := d.run(`const r = await app.pb.collection('barang').getFirstListItem("text = 'satu'", {expand: 'relation'});
		r.relation = r.expand?.relation?.collectionName; r.file = r.file.replace(/_\w+/, ''); r.autodate = r.autodate != '';
		for (const k of ['expand', 'id', 'created', 'updated', 'collectionId', 'collectionName']) delete r[k]; return r`)
	const want = `{"autodate":true,"bool":true,"date":"2026-08-17 10:00:00.000Z","editor":"<p>Halo <strong>dunia</strong></p>","email":"Satu@Contoh.test",
		"file":"foto.png","geoPoint":{"lat":-6.1754,"lon":106.8272},"json":{"a":[1,null,"日本"]},"number":12.5,
		"relation":"pricing_tiers","select":["merah","hijau"],"text":"satu","url":"https://contoh.test/?a=1&b=ü"}`
	if a, b := sorted(d.t, got), sorted(d.t, want); a != b {
		d.t.Errorf("the record is\n%s, want\n%s", a, b)
	}
}

func sorted(t *testing.T, text string) string {
	t.Helper()
	v := map[string]any{}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return programtest.JSON(t, v)
}

func (d *screen) renameAndIndex() {
	d.run(`const modal = '.collection-upsert-modal ';
		await press('.btn-collection-settings'); await fill(modal + '.field-type-text:not(:first-child) .prop-name input', 'nama');
		await fill(modal + '.field-type-number .prop-name input', 'harga'); await fill(modal + 'input[name=name]', 'produk');
		await press(modal + '.indexes-list button', 'New index'); await press('.index-upsert-modal button', 'harga');
		await press('.index-upsert-modal button', 'Set index'); await gone('.index-upsert-modal');
		await press(modal + 'footer button', 'Save changes'); await press('.collection-changes-confirm-modal button', 'Yes, save changes');
		await saved(modal); await seen('.breadcrumbs', 'produk')`)
	d.want(`["satu","dua","tiga"]`, `await seen('.col-field-name-nama', 'satu'); return (await app.pb.collection('produk').getFullList({sort: 'harga'})).map((r) => r.nama)`)
}

func (d *screen) createView() {
	d.run(`const modal = '.collection-upsert-modal ';
		await press('.new-collection button'); await fill(modal + 'input[name=name]', 'ringkas');
		await press('.collection-type-select'); await press('.collection-type-dropdown button', 'View collection');
		await fill(modal + '.collection-view-query-tab-content .editor-content', 'SELECT id, nama, (harga * 2) AS dua_kali FROM produk WHERE harga > 15');
		await until('the sample', () => document.querySelector('.view-query-sample')?.innerText.includes('"dua_kali": 60'));
		await press(modal + 'footer button', 'Create'); await saved(modal); await seen('.breadcrumbs', 'ringkas');
		await seen('.records-table td', 'tiga')`)
	d.want(`["dua 40","tiga 60"]`, `return (await app.pb.collection('ringkas').getFullList({sort: 'nama'})).map((r) => r.nama + ' ' + r.dua_kali)`)
}

func (d *screen) editAndFilter() {
	d.run(`await open('produk'); await press('.records-table tbody td.col-field-name-nama', 'dua');
		await fill('.record-upsert-modal [name=harga]', '25'); await press('.record-upsert-modal footer button', 'Save changes'); await saved('.record-upsert-modal');
		await seen('.records-table td', '25')`)
	for filter, want := range map[string]string{
		"harga > 15 && nama ~ 'u'":         `["dua"]`,
		"select:each ?= 'hijau'":           `["satu"]`,
		"json.a.2 = '日本' || harga >= 30":   `["satu","tiga"]`,
		"relation.name != '' && bool=true": `["satu"]`,
		"geoPoint.lat < 0 && file != ''":   `["satu"]`,
	} {
		d.want(want, `await fill('.records-searchbar-wrapper .editor-content', `+programtest.JSON(d.t, filter)+`); await press('.records-searchbar-wrapper button', 'Search');
			const names = () => JSON.stringify(all('.records-table tbody td.col-field-name-nama').map((el) => el.innerText.trim()).sort());
			await until(`+programtest.JSON(d.t, want)+`, () => names() === `+programtest.JSON(d.t, want)+`); return JSON.parse(names())`)
	}
}

func (d *screen) consoleAndLogs() {
	for statement, want := range map[string]string{
		"SELECT nama || '!' AS n, typeof(harga), json_extract(json, '$.a[0]') FROM produk ORDER BY rowid LIMIT 1": `["satu!","real","1"]`,
		"/*pg*/ SELECT current_setting('server_version_num')::int >= 150000":                                      `["1"]`,
		"SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'produk' AND sql LIKE '%harga%'":  `["1"]`,
	} {
		d.want(want, `go('#/settings/sql'); await fill('.sql-console-field .editor-content', `+programtest.JSON(d.t, statement)+`); await press('.page-header button', 'Execute');
			await seen('.sql-console-table tbody td'); const row = all('.sql-console-table tbody td').map((el) => el.innerText.trim());
			go('#/settings'); await gone('.sql-console-table'); return row`)
	}
	d.run(`go('#/settings/sql'); await fill('.sql-console-field .editor-content', 'SELECT nope FROM produk'); await press('.page-header button', 'Execute');
		await until('the error', () => all('.alert.danger').some((el) => el.innerText.includes('no such column: nope')))`)
	// The request log is written in batches, every few seconds.
	d.run(`go('#/logs'); for (let n = 0; !all('.logs-table tbody tr.log-request').length; n++) {
			if (n === 20) throw new Error('no request is in the log');
			await new Promise((r) => setTimeout(r, 1000)); await press('.page-header button'); }
		await press('.logs-table tbody tr.log-request'); await seen('.modal', undefined)`)
	d.do("leave the log", chromedp.Navigate("about:blank"), chromedp.Navigate(d.site+"/_/#/settings"), chromedp.WaitVisible(chromedp.CSS(`.page-sidebar`)))
}

// unzipOne unpacks one file of a zip and returns its path.
func unzipOne(t *testing.T, archive, name string) string {
	t.Helper()
	r, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(t.TempDir(), name)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
