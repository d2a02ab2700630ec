package api

import (
	"bytes"
	"image"
	imagepng "image/png"
	"io/fs"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"jasaweb/collections"
)

const (
	bucketName = "berkas"
	bucketKey  = "kunci-akses"
	bucketPass = "kunci-rahasia"
)

// bucket is an S3 server that checks signatures.
type bucket struct {
	*httptest.Server
	objects *s3mem.Backend
}

func newBucket(t *testing.T) *bucket {
	t.Helper()
	objects := s3mem.New()
	if err := objects.CreateBucket(t.Context(), bucketName); err != nil {
		t.Fatal(err)
	}
	s3 := gofakes3.New(objects, gofakes3.WithV4Auth(map[string]string{bucketKey: bucketPass}))
	b := &bucket{Server: httptest.NewServer(s3.Server()), objects: objects}
	t.Cleanup(b.Close)
	return b
}

// settings are what the operator fills in.
func (b *bucket) settings(secret string) map[string]any {
	return body("s3", body("enabled", true, "endpoint", b.URL, "region", "auto", "bucket", bucketName,
		"accessKey", bucketKey, "secret", secret, "forcePathStyle", true))
}

// keys are the names of all objects, sorted.
func (b *bucket) keys(t *testing.T) []string {
	t.Helper()
	list, err := b.objects.ListBucket(t.Context(), bucketName, nil, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, object := range list.Contents {
		names = append(names, object.Key)
	}
	slices.Sort(names)
	return names
}

// wants waits until the bucket holds these objects and no others: PocketBase
// deletes after it has answered.
func (b *bucket) wants(t *testing.T, when string, keys ...string) {
	t.Helper()
	slices.Sort(keys)
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got := b.keys(t)
		if slices.Equal(got, keys) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s the bucket holds\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(keys, "\n"))
		}
	}
}

// Files go to the bucket that an operator names in the settings and come back
// over our addresses, as pictures of every size, to those who may see them.
func TestFilesInS3(t *testing.T) {
	a := newAgency(t)
	s3 := newBucket(t)
	super, admin := a.Tokens["superuser"], a.Tokens["admin"]
	a.Do(t, "PATCH", "/api/settings", super, s3.settings("salah")).Want(200)
	a.Do(t, "POST", "/api/settings/test/s3", super, body("filesystem", "storage")).WantError(400)
	a.Do(t, "PATCH", "/api/settings", super, s3.settings(bucketPass)).Want(200)
	a.Do(t, "POST", "/api/settings/test/s3", super, body("filesystem", "storage")).Want(204)
	s3.wants(t, "before the first upload")

	picture := largePNG(t)
	a.Do(t, "PUT", "/api/account/avatar", a.Owner.Token, uploadAs("avatar", "saya.png", picture)).Want(200)
	a.Do(t, "POST", "/api/invoices/"+a.Invoice.Id+"/transfer-proof", a.Owner.Token, upload("bukti.png", picture)).Want(201)
	post := a.New(t, collections.Posts, body("title", "Foto", "content", "<p>x</p>", "status", "draft"))
	a.Do(t, "PATCH", "/api/collections/posts/records/"+post.Id, admin, uploadAs("featured_image", "foto.png", picture)).Want(200)
	avatar := storedAs(t, a, collections.Users, "avatar", "avatar != ''")
	proof := storedAs(t, a, collections.TransferProofs, "file", "")
	photo := storedAs(t, a, collections.Posts, "featured_image", "featured_image != ''")
	s3.wants(t, "after three uploads", avatar.key, proof.key, photo.key)

	for what, c := range map[string]struct {
		path   string
		status int
	}{
		"a face, to everybody":             {avatar.path, 200},
		"a draft's photo, to a guest":      {photo.path, 404},
		"… its thumb":                      {photo.path + "?thumb=400x0", 404},
		"a proof, to a guest":              {proof.path, 404},
		"a proof, to another client":       {proof.path + "?token=" + fileToken(t, a, a.Other.Token), 404},
		"a proof, to the client":           {proof.path + "?token=" + fileToken(t, a, a.Owner.Token), 200},
		"a proof, to the agency":           {proof.path + "?token=" + fileToken(t, a, admin), 200},
		"a draft's photo, to the agency":   {photo.path + "?token=" + fileToken(t, a, admin), 200},
		"a file that nobody has uploaded":  {strings.TrimSuffix(avatar.path, ".png") + "x.png", 404},
		"a face, under another collection": {strings.Replace(avatar.path, collections.Users, collections.Posts, 1), 404},
	} {
		r := a.Do(t, "GET", c.path, "", nil)
		if r.Status != c.status || c.status == 200 && !bytes.Equal(r.Body, []byte(picture)) {
			t.Errorf("%s: %d, %d bytes; want %d", what, r.Status, len(r.Body), c.status)
		}
	}
	s3.wants(t, "after the refused thumb", avatar.key, proof.key, photo.key)

	a.Do(t, "PATCH", "/api/collections/posts/records/"+post.Id, admin, body("status", "published")).Want(200)
	var view struct {
		ImageURL string `json:"image_url"`
	}
	a.Do(t, "GET", "/api/posts/foto", "", nil).Want(200).JSON(&view)
	for range 2 { // made, then found
		thumb := a.Do(t, "GET", view.ImageURL+"?thumb=400x0", "", nil).Want(200)
		if c, kind, err := image.DecodeConfig(bytes.NewReader(thumb.Body)); err != nil || c.Width != 400 || kind != "png" {
			t.Errorf("the thumb is a %s %d wide, %v", kind, c.Width, err)
		}
	}
	s3.wants(t, "with a thumb", avatar.key, proof.key, photo.key, photo.thumb("400x0"))
	wantNoPicturesOnDisk(t, a)

	a.Do(t, "DELETE", "/api/admin/posts/"+post.Id, admin, nil).Want(204)
	s3.wants(t, "without the post", avatar.key, proof.key)
	a.Do(t, "DELETE", "/api/account/avatar", a.Owner.Token, nil).Want(204)
	s3.wants(t, "without the face", proof.key)

	before := a.Hash(t)
	s3.Close()
	r := a.Do(t, "PUT", "/api/account/avatar", a.Owner.Token, uploadAs("avatar", "saya.png", picture))
	if r.WantError(500); bytes.Contains(r.Body, []byte(s3.URL)) {
		t.Errorf("without the bucket: %s", r.Body)
	}
	if a.Hash(t) != before {
		t.Error("an upload that the bucket did not take changed the record")
	}
}

// stored is an uploaded file: its object and its address.
type stored struct{ key, path string }

func (s stored) thumb(size string) string {
	dir, name := filepath.Split(s.key)
	return dir + "thumbs_" + name + "/" + size + "_" + name
}

// storedAs finds the only row of the collection that the filter takes.
func storedAs(t *testing.T, a *agency, collection, field, filter string) stored {
	t.Helper()
	rows, err := a.FindRecordsByFilter(collection, filter, "", 0, 0)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows of %s, %v", len(rows), collection, err)
	}
	r, name := rows[0], rows[0].GetString(field)
	return stored{key: r.BaseFilesPath() + "/" + name, path: "/api/files/" + collection + "/" + r.Id + "/" + name}
}

// fileToken is the short-lived token that opens protected files.
func fileToken(t *testing.T, a *agency, token string) string {
	t.Helper()
	return a.Do(t, "POST", "/api/files/token", token, nil).Want(200).Map()["token"].(string)
}

// wantNoPicturesOnDisk looks for uploads beside the databases.
func wantNoPicturesOnDisk(t *testing.T, a *agency) {
	t.Helper()
	looked := 0
	err := filepath.WalkDir(a.DataDir(), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		looked++
		if d.IsDir() && d.Name() == core.LocalStorageDirName || strings.HasSuffix(d.Name(), ".png") {
			t.Errorf("%s is on the disk", path)
		}
		return nil
	})
	if err != nil || looked < 2 {
		t.Fatalf("looked at %d files, %v", looked, err)
	}
}

// largePNG is a picture that is wider than every thumb.
func largePNG(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := imagepng.Encode(&b, image.NewRGBA(image.Rect(0, 0, 1300, 700))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
