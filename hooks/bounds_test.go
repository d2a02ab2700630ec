package hooks_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
	"jasaweb/plugins/plugintest"
)

// A place is known while one of the last fifty sign-ins was there.
func TestAPlaceIsKnownForFiftySignIns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ since, warnings int64 }{"fifty back": {49, 0}, "fifty-one back": {50, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var made time.Time
			app := plugintest.New(t, func(app *plugintest.App) {
				app.OnRecordCreate(collections.AuditLogs).BindFunc(func(e *core.RecordEvent) error {
					if !made.IsZero() {
						e.Record.SetRaw("created", collections.DateTime(made))
					}
					return e.Next()
				})
			})
			user := app.NewUser(t, collections.RoleClient)
			signedIn := func(ip string, at time.Time) {
				made = at
				err := collections.Audit(app, collections.AuditEntry{
					By:     collections.Actor{Kind: collections.ByClient, ID: user.Id, IP: ip, UserAgent: "peramban lama"},
					Action: collections.AuditLogin, Collection: collections.Users, Record: user.Id,
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			start := time.Now().UTC().Add(-time.Hour)
			signedIn("192.0.2.1", start) // where the request of the test comes from
			for n := range c.since {
				signedIn("203.0.113.9", start.Add(time.Duration(n+1)*time.Second))
			}
			made = time.Time{}
			app.Do(t, "POST", "/api/collections/users/auth-with-password", "", map[string]any{"identity": user.Email(), "password": plugintest.Password}).Want(200)
			n, err := app.CountRecords(collections.Notifications, dbx.HashExp{"user": user.Id, "type": collections.NoticeAccount})
			if err != nil || n != c.warnings {
				t.Errorf("%d warnings, want %d, %v", n, c.warnings, err)
			}
		})
	}
}

// The first part falls due at the end of the third day, the rest at the end of the
// seventh day of the review.
func TestDaysToPay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := time.Date(2030, 3, 1, 23, 59, 0, 0, wib.Zone)
	w.SetNow(now)
	w.project = w.NewProject(t, w.NewUser(t, collections.RoleClient), w.tier)
	w.payStart(t)
	p := w.reload(t)
	p.SetStatus(collections.Review)
	p.Set("url", "https://sd.sch.id")
	p.SetCredentials(&collections.Credentials{AdminURL: "https://sd.sch.id/login", Username: "admin", Password: "rahasia"})
	collections.SetActor(p.Record, collections.Actor{Kind: collections.ByAdmin, ID: w.admin.Id})
	w.SetNow(now.Add(time.Minute)) // the second of March
	if err := w.Save(p); err != nil {
		t.Fatal(err)
	}
	for n, want := range []time.Time{time.Date(2030, 3, 4, 0, 0, 0, 0, wib.Zone), time.Date(2030, 3, 9, 0, 0, 0, 0, wib.Zone)} {
		if due := w.invoices(t)[n].DueAt().Time(); !due.Equal(wib.EndOfDay(want)) {
			t.Errorf("invoice %d falls due %s", n+1, due.In(wib.Zone))
		}
	}
}

// A picture of up to 20 MiB is read to take away what it tells; a larger one, which
// only collections that people make have room for, is kept as it was sent.
func TestPicturesAreStrippedUpToTheirSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Do(t, "POST", "/api/collections", w.superuser, map[string]any{
		"name": "foto", "type": "base", "createRule": "", "fields": []any{map[string]any{"type": "file", "name": "isi", "maxSelect": 1, "maxSize": 30 << 20}},
	}).Want(200)
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 30, 20)), nil); err != nil {
		t.Fatal(err)
	}
	segment := func(marker byte, content []byte) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(content)+2)), content...)
	}
	told := append([]byte("\xff\xd8"), segment(0xe1, []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00GPS -6.2, 106.8"))...)
	for size, kept := range map[int]bool{20 << 20: false, 20<<20 + 1: true} {
		// Comments fill it up, as many as it needs.
		content := bytes.Clone(told)
		for left := size - len(content) - (plain.Len() - 2); left > 0; {
			n := min(left, 65_537)
			if left-n > 0 && left-n < 4 { // the last comment has a head, too
				n -= 4
			}
			content = append(content, segment(0xfe, make([]byte, n-4))...)
			left -= n
		}
		content = append(content, plain.Bytes()[2:]...)
		if len(content) != size {
			t.Fatalf("%d bytes, want %d", len(content), size)
		}
		id := w.Do(t, "POST", "/api/collections/foto/records", "", picture(t, "isi", "a.jpg", content)).Want(200).Map()["id"].(string)
		record, err := w.FindRecordById("foto", id)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(filepath.Join(w.DataDir(), "storage", record.BaseFilesPath(), record.GetString("isi")))
		if err != nil || bytes.Contains(raw, []byte("GPS -6.2")) != kept {
			t.Errorf("of %d bytes: %d are kept, %v", size, len(raw), err)
		}
	}
}

// A list that nobody may read is closed while it is empty, too: single rows are not
// what closes it.
func TestAListOfNobodyIsClosedWhileItIsEmpty(t *testing.T) {
	t.Parallel()
	app := newBare(t, func(app *plugintest.App) {
		if err := collections.Describe(app, collections.Kind{Name: collections.ContactMessages, API: collections.API{View: collections.Admins}}); err != nil {
			t.Fatal(err)
		}
	})
	if n, err := app.CountRecords(collections.ContactMessages); err != nil || n != 0 {
		t.Fatalf("%d rows, %v", n, err)
	}
	for who, token := range map[string]string{"admin": app.NewUser(t, collections.RoleAdmin).Token, "superuser": app.Superuser(t)} {
		if r := app.Do(t, "GET", "/api/collections/"+collections.ContactMessages+"/records", token, nil); r.Status != 403 {
			t.Errorf("%s: %d %s", who, r.Status, r.Body)
		}
	}
}
