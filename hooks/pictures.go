package hooks

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
	"jasaweb/collections/picture"
)

// maxStripped is the size up to which a picture is read to take away what it
// tells; the program's own fields take less.
const maxStripped = 20 << 20

// thumbWorkers is PocketBase's option for how many thumbs are made at once. One
// of a picture of picture.MaxPixels takes some hundred megabytes for a second.
const thumbWorkers = "PB_THUMBS_MAX_WORKERS"

// bindPictures looks at every picture before it is kept, in every file field of
// every collection and on every path: one that unfolds to more pixels than the
// machine has memory for is refused, and a public one leaves behind where it was
// taken. What was kept before gets no thumb.
func bindPictures(app core.App) error {
	if os.Getenv(thumbWorkers) == "" {
		if err := os.Setenv(thumbWorkers, "1"); err != nil {
			return fmt.Errorf("hooks: %w", err)
		}
	}
	look := func(e *core.RecordEvent) error {
		if err := checkPictures(e.Record); err != nil {
			return err
		}
		return e.Next()
	}
	app.OnRecordCreate().Bind(&hook.Handler[*core.RecordEvent]{Id: "jasaweb.pictures", Func: look})
	app.OnRecordUpdate().Bind(&hook.Handler[*core.RecordEvent]{Id: "jasaweb.pictures", Func: look})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "jasaweb.thumbs", Func: refuseThumb})
		return e.Next()
	})
	return nil
}

func checkPictures(record *core.Record) error {
	for _, field := range record.Collection().Fields {
		file, ok := field.(*core.FileField)
		if !ok {
			continue
		}
		for _, upload := range record.GetUnsavedFiles(file.Name) {
			if err := checkPicture(upload, file); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkPicture(upload *filesystem.File, field *core.FileField) error {
	r, err := upload.Reader.Open()
	if err != nil {
		return fmt.Errorf("hooks: read %s: %w", field.Name, err)
	}
	defer r.Close()
	if err := picture.Check(r); errors.Is(err, picture.ErrTooLarge) {
		refused := collections.Invalid("picture_too_large", field.Name, collections.Text{
			ID: "Gambar ini terlalu besar: paling banyak 25 juta piksel, misalnya 5000 × 5000.",
			EN: "This picture is too large: it may have 25 million pixels, such as 5000 × 5000.",
		})
		refused.Err = err
		return refused
	}
	if field.Protected || upload.Size > maxStripped { // a proof of transfer stays as it was sent
		return nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("hooks: read %s: %w", field.Name, err)
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxStripped))
	if err != nil {
		return fmt.Errorf("hooks: read %s: %w", field.Name, err)
	}
	plain, err := picture.Strip(raw)
	if err != nil {
		return err
	}
	if !bytes.Equal(plain, raw) {
		upload.Reader, upload.Size = &filesystem.BytesReader{Bytes: plain}, int64(len(plain))
	}
	return nil
}

// refuseThumb serves the picture itself where a thumb would have to decode one
// that is too large: it was kept before this rule, or by somebody with the disk.
func refuseThumb(e *core.RequestEvent) error {
	size, name := e.Request.URL.Query().Get("thumb"), e.Request.PathValue("filename")
	if size == "" || name == "" || e.Request.Method != http.MethodGet && e.Request.Method != http.MethodHead {
		return e.Next()
	}
	large, err := keptTooLarge(e, name, size)
	if err != nil {
		return err
	}
	if large {
		q := e.Request.URL.Query()
		q.Del("thumb")
		e.Request.URL = &url.URL{Path: e.Request.URL.Path, RawPath: e.Request.URL.RawPath, RawQuery: q.Encode()}
	}
	return e.Next()
}

func keptTooLarge(e *core.RequestEvent, name, size string) (bool, error) {
	c, err := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection"))
	if err != nil {
		return false, nil // not there: the route says so
	}
	record, err := e.App.FindRecordById(c, e.Request.PathValue("recordId"))
	if err != nil || record.FindFileFieldByFile(name) == nil {
		return false, nil
	}
	files, err := e.App.NewFilesystem()
	if err != nil {
		return false, fmt.Errorf("hooks: open files: %w", err)
	}
	defer files.Close()
	base := record.BaseFilesPath()
	if there, err := files.Exists(base + "/thumbs_" + name + "/" + size + "_" + name); err == nil && there {
		return false, nil
	}
	r, err := files.GetReader(base + "/" + name)
	if err != nil {
		return false, nil
	}
	defer r.Close()
	return errors.Is(picture.Check(r), picture.ErrTooLarge), nil
}
