package collections

import (
	"errors"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Statuses of posts and pages.
const (
	Draft     = "draft"
	Published = "published"
)

// JobPublishPost tells everybody who keeps copies that a scheduled post has
// become public; args PublishPost.
const JobPublishPost = "content.publish"

// PublishPost are the arguments of JobPublishPost.
type PublishPost struct {
	Post string `json:"post"`
}

// ErrGone is what the address of a deleted text answers, for ever.
var ErrGone = &Error{Code: "gone", Reason: ReasonGone, Text: Text{
	ID: "Halaman ini sudah dihapus.", EN: "This page has been removed.",
}}

// Moved says that a text has a new address.
type Moved struct {
	Slug string // the text's slug now
}

// Error returns the sentence for logs.
func (m *Moved) Error() string { return "moved: the slug is now " + m.Slug }

// Translated returns a column in lang: its English is the column with the
// suffix _en, and where that is empty the Indonesian is better than nothing.
func Translated(r *core.Record, column, lang string) string {
	if lang == "en" {
		if s := r.GetString(column + "_en"); s != "" {
			return s
		}
	}
	return r.GetString(column)
}

// WherePublic is what makes a post public: published, and its time has come.
// No job has to run for that.
func WherePublic(app core.App) dbx.Expression {
	return dbx.And(
		dbx.HashExp{"posts.status": Published},
		dbx.NewExp("{{posts}}.[[published_at]] != '' AND {{posts}}.[[published_at]] <= {:contentNow}", dbx.Params{"contentNow": DateTime(Now(app)).String()}),
	)
}

// FindPublicPost returns the public post at the address slug. Otherwise the
// error is ErrNotFound, ErrGone or a *Moved with the address of today.
func FindPublicPost(app core.App, slug string) (*core.Record, error) {
	return findPublic(app, Posts, slug, WherePublic(app))
}

// FindPublicPage is FindPublicPost for pages.
func FindPublicPage(app core.App, slug string) (*core.Record, error) {
	return findPublic(app, Pages, slug, dbx.HashExp{ColumnStatus: Published})
}

// findPublic prefers the text that has the address now to those that had it.
func findPublic(app core.App, collection, slug string, public dbx.Expression) (*core.Record, error) {
	record, err := find(app, collection, dbx.And(dbx.HashExp{"slug": slug}, public))
	if !errors.Is(err, ErrNotFound) {
		return record, err
	}
	old, err := find(app, SlugRedirects, dbx.HashExp{"collection": collection, "slug": slug})
	if err != nil {
		return nil, err
	}
	if old.GetString("record") == "" {
		return nil, ErrGone
	}
	now, err := find(app, collection, dbx.And(dbx.HashExp{"id": old.GetString("record")}, public))
	if err != nil {
		return nil, err
	}
	return nil, &Moved{Slug: now.GetString("slug")}
}

// FindRecord returns the record with id of a collection whose rows have no type
// of their own, whoever may see it; ErrNotFound if there is none.
func FindRecord(app core.App, collection, id string) (*core.Record, error) {
	return find(app, collection, dbx.HashExp{"id": id})
}
