package hooks

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/richtext"
	"jasaweb/collections/slug"
)

// bindRichText cleans every column with an editor, of whatever collection, so
// that no write path brings a script onto our pages.
func bindRichText(app core.App) {
	clean := func(e *core.RecordEvent) error {
		for _, field := range e.Record.Collection().Fields {
			if field.Type() != core.FieldTypeEditor {
				continue
			}
			name := field.GetName()
			if e.Record.IsNew() || e.Record.GetString(name) != e.Record.Original().GetString(name) {
				e.Record.Set(name, richtext.Clean(e.Record.GetString(name)))
			}
		}
		return e.Next()
	}
	onRecord(app.OnRecordCreateExecute(), "cleanCreate", priorityClean, clean)
	onRecord(app.OnRecordUpdateExecute(), "cleanUpdate", priorityClean, clean)
}

// bindContent gives posts and pages their addresses, keeps old ones working and
// lets scheduled posts appear.
func bindContent(app core.App) {
	texts := []string{collections.Posts, collections.Pages}
	onRecord(app.OnRecordCreate(texts...), "contentDefaultsCreate", 0, contentDefaults)
	onRecord(app.OnRecordUpdate(texts...), "contentDefaultsUpdate", 0, contentDefaults)
	onRecord(app.OnRecordUpdateExecute(texts...), "moveSlug", 0, moveSlug)
	onRecord(app.OnRecordDeleteExecute(texts...), "loseSlug", 0, loseSlug)
	onRecord(app.OnRecordCreateExecute(collections.Posts), "scheduleCreate", 0, schedule)
	onRecord(app.OnRecordUpdateExecute(collections.Posts), "scheduleUpdate", 0, schedule)
}

func contentDefaults(e *core.RecordEvent) error {
	r := e.Record
	isPost := r.Collection().Name == collections.Posts
	if r.GetString(collections.ColumnStatus) == "" {
		r.Set(collections.ColumnStatus, collections.Published)
		if isPost {
			r.Set(collections.ColumnStatus, collections.Draft)
		}
	}
	if isPost && r.GetString(collections.ColumnStatus) == collections.Published && r.GetDateTime("published_at").IsZero() {
		r.Set("published_at", collections.DateTime(collections.Now(e.App)))
	}
	if r.GetString("slug") == "" { // an address once given is kept, whatever becomes of the title
		if r.Set("slug", r.Original().GetString("slug")); r.GetString("slug") == "" {
			free, err := freeSlug(e.App, r)
			if err != nil {
				return err
			}
			r.Set("slug", free)
		}
	}
	return e.Next()
}

// freeSlug returns the first slug of the title that nobody has or had.
func freeSlug(app core.App, r *core.Record) (string, error) {
	base := slug.Make(r.GetString("title"))
	if base == "" { // a title without a Latin letter
		base = "tulisan-" + core.GenerateDefaultRandomId()
	}
	collection := r.Collection().Name
	for n := 1; ; n++ {
		s := slug.Numbered(base, n)
		now, err := app.CountRecords(collection, dbx.HashExp{"slug": s})
		if err != nil {
			return "", fmt.Errorf("hooks: look up slug %s: %w", s, err)
		}
		once, err := app.CountRecords(collections.SlugRedirects, dbx.HashExp{"collection": collection, "slug": s})
		if err != nil {
			return "", fmt.Errorf("hooks: look up slug %s: %w", s, err)
		}
		if now+once == 0 {
			return s, nil
		}
	}
}

// wasPublic reports whether somebody can know the address that r had before
// this write.
func wasPublic(app core.App, r *core.Record) bool {
	before := r.Original()
	if r.Collection().Name == collections.Pages {
		return before.GetString(collections.ColumnStatus) == collections.Published
	}
	// A post keeps its date when it becomes a draft again.
	at := before.GetDateTime("published_at")
	return !at.IsZero() && !at.Time().After(collections.Now(app))
}

// moveSlug leaves a sign at the old address.
func moveSlug(e *core.RecordEvent) error {
	old := e.Record.Original().GetString("slug")
	if old == e.Record.GetString("slug") || !wasPublic(e.App, e.Record) {
		return e.Next()
	}
	return inTransaction(e, func() error {
		if err := e.Next(); err != nil {
			return err
		}
		return redirect(e.App, e.Record, old, e.Record.Id)
	})
}

// loseSlug makes every address that the text ever had say that it is gone.
func loseSlug(e *core.RecordEvent) error {
	return inTransaction(e, func() error {
		if err := e.Next(); err != nil {
			return err
		}
		signs, err := e.App.FindAllRecords(collections.SlugRedirects,
			dbx.HashExp{"collection": e.Record.Collection().Name, "record": e.Record.Id})
		if err != nil {
			return fmt.Errorf("hooks: find old addresses of %s: %w", e.Record.Id, err)
		}
		for _, sign := range signs {
			if err := redirect(e.App, e.Record, sign.GetString("slug"), ""); err != nil {
				return err
			}
		}
		if !wasPublic(e.App, e.Record) {
			return nil
		}
		return redirect(e.App, e.Record, e.Record.Original().GetString("slug"), "")
	})
}

// redirect points an address that r had to the text with the id, or to nothing.
func redirect(txApp core.App, r *core.Record, from, id string) error {
	collection := r.Collection().Name
	signs, err := txApp.FindAllRecords(collections.SlugRedirects, dbx.HashExp{"collection": collection, "slug": from})
	if err != nil {
		return fmt.Errorf("hooks: find redirect from %s: %w", from, err)
	}
	if len(signs) == 0 {
		c, err := txApp.FindCachedCollectionByNameOrId(collections.SlugRedirects)
		if err != nil {
			return fmt.Errorf("hooks: find redirects: %w", err)
		}
		sign := core.NewRecord(c)
		sign.Load(map[string]any{"collection": collection, "slug": from})
		signs = append(signs, sign)
	}
	sign := signs[0]
	sign.Load(map[string]any{"record": id, collections.ColumnDemo: r.GetBool(collections.ColumnDemo)})
	collections.SetActor(sign, collections.ActorOf(r))
	if err := txApp.Save(sign); err != nil {
		return fmt.Errorf("hooks: redirect from %s: %w", from, err)
	}
	return nil
}

// schedule wakes whoever keeps copies of the public pages when a post's time
// comes; that the post is public then is decided by the queries alone.
func schedule(e *core.RecordEvent) error {
	r, before := e.Record, e.Record.Original()
	at := r.GetDateTime("published_at")
	changed := r.IsNew() || r.GetString(collections.ColumnStatus) != before.GetString(collections.ColumnStatus) || !at.Equal(before.GetDateTime("published_at"))
	if !changed || r.GetString(collections.ColumnStatus) != collections.Published || !at.Time().After(collections.Now(e.App)) {
		return e.Next()
	}
	return inTransaction(e, func() error {
		if err := e.Next(); err != nil {
			return err
		}
		return collections.Enqueue(e.App, collections.JobPublishPost, collections.PublishPost{Post: r.Id},
			collections.At(at.Time()), collections.Unique(r.Id+":"+at.String()))
	})
}
