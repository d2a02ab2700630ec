package hooks_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"jasaweb/collections"
	"jasaweb/plugins/plugintest"
)

// bomb is a PNG of many pixels and few bytes.
func bomb(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	head = append(head, 8, 0, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	return binary.BigEndian.AppendUint32(append(out, head...), crc32.ChecksumIEEE(head))
}

func picture(t *testing.T, field, name string, content []byte) plugintest.Form {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return plugintest.Form{ContentType: w.FormDataContentType(), Content: b.String()}
}

// A guest's request for a thumb of such an avatar once took the program down.
func TestPicturesThatUnfoldAreRefusedOnEveryPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/api/collections/users/records/" + w.client.Id
	w.Do(t, "PATCH", path, w.client.Token, picture(t, "avatar", "a.png", bomb(15_500, 15_500))).WantError(400, "avatar")
	w.Do(t, "PATCH", path, w.client.Token, picture(t, "avatar", "a.png", bomb(5000, 5001))).WantError(400, "avatar")
	if got := w.Reload(t, w.client.Record).GetString("avatar"); got != "" {
		t.Errorf("kept %s", got)
	}
	w.Do(t, "PATCH", path, w.client.Token, picture(t, "avatar", "a.png", bomb(5000, 5000))).Want(200)
	w.Do(t, "POST", "/api/collections", w.superuser, map[string]any{
		"name": "foto", "type": "base", "createRule": "", "fields": []any{map[string]any{"type": "file", "name": "isi", "maxSelect": 1, "maxSize": 10 << 20}},
	}).Want(200)
	w.Do(t, "POST", "/api/collections/foto/records", "", picture(t, "isi", "a.bin", bomb(15_500, 15_500))).WantError(400, "isi")
	file, err := filesystem.NewFileFromBytes(bomb(15_500, 15_500), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	user, err := w.FindRecordById(collections.Users, w.client.Id)
	if err != nil {
		t.Fatal(err)
	}
	user.Set("avatar", file)
	if err := w.Save(user); err == nil || !strings.Contains(err.Error(), "picture_too_large") {
		t.Errorf("saved by code: %v", err)
	}
}

// One that was kept before, or put there by somebody with the disk, gets no thumb.
func TestLargePicturesKeptBeforeGetNoThumb(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/api/collections/users/records/" + w.client.Id
	var small bytes.Buffer
	if err := jpeg.Encode(&small, image.NewGray(image.Rect(0, 0, 300, 300)), nil); err != nil {
		t.Fatal(err)
	}
	w.Do(t, "PATCH", path, w.client.Token, picture(t, "avatar", "a.jpg", small.Bytes())).Want(200)
	user := w.Reload(t, w.client.Record)
	url, file := "/api/files/users/"+user.Id+"/"+user.GetString("avatar"), filepath.Join(w.DataDir(), "storage", user.BaseFilesPath(), user.GetString("avatar"))
	get := func(query string) (int, string) {
		rec := httptest.NewRecorder()
		w.Handler.ServeHTTP(rec, httptest.NewRequest("GET", url+query, nil))
		return rec.Code, rec.Body.String()
	}
	if code, body := get("?thumb=100x100&download=1"); code != 200 || body == small.String() {
		t.Fatalf("a small picture has no thumb: %d", code)
	}
	if err := os.RemoveAll(filepath.Join(filepath.Dir(file), "thumbs_"+filepath.Base(file))); err != nil {
		t.Fatal(err)
	}
	large := bomb(15_500, 15_500)
	if err := os.WriteFile(file, large, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"?thumb=100x100", "?thumb=100x100&download=1", ""} {
		if code, body := get(query); code != 200 || body != string(large) {
			t.Errorf("%s: %d, %d bytes", query, code, len(body))
		}
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "thumbs_"+filepath.Base(file))); !os.IsNotExist(err) {
		t.Errorf("somebody tried a thumb: %v", err)
	}
	if os.Getenv("PB_THUMBS_MAX_WORKERS") != "1" {
		t.Error("more than one thumb is made at once")
	}
}

// Public pictures leave behind where they were taken; a protected one, such as a
// proof of transfer, is kept as it was sent.
func TestPublicPicturesForgetWhereTheyWereTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, image.NewGray(image.Rect(0, 0, 30, 20)), nil); err != nil {
		t.Fatal(err)
	}
	words := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00GPS -6.2, 106.8")
	told := append(append([]byte("\xff\xd8\xff\xe1"), binary.BigEndian.AppendUint16(nil, uint16(len(words)+2))...), words...)
	told = append(told, plain.Bytes()[2:]...)
	kept := func(record *core.Record, field string) []byte {
		raw, err := os.ReadFile(filepath.Join(w.DataDir(), "storage", record.BaseFilesPath(), record.GetString(field)))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	w.Do(t, "PATCH", "/api/collections/users/records/"+w.client.Id, w.client.Token, picture(t, "avatar", "a.jpg", told)).Want(200)
	if raw := kept(w.Reload(t, w.client.Record), "avatar"); !bytes.Equal(raw, plain.Bytes()) {
		t.Errorf("the avatar still tells %q", raw[:60])
	}
	w.Do(t, "POST", "/api/collections", w.superuser, map[string]any{
		"name": "bukti", "type": "base", "createRule": "", "fields": []any{map[string]any{"type": "file", "name": "isi", "maxSelect": 1, "protected": true}},
	}).Want(200)
	w.Do(t, "POST", "/api/collections/bukti/records", "", picture(t, "isi", "a.jpg", told)).Want(200)
	proof, err := w.FindFirstRecordByFilter("bukti", "id != ''")
	if err != nil || !bytes.Equal(kept(proof, "isi"), told) {
		t.Errorf("a protected picture was changed: %v", err)
	}
}
