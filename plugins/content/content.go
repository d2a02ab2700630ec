// Package content is what the agency writes for its visitors: articles, pages,
// questions with answers, testimonials, packages and designs; and what visitors
// write to the agency. Whatever holds for the texts on every write path (clean
// HTML, stable addresses, one popular package) is in package hooks.
//
//	content.MustRegister(app)
package content

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// MustRegister is Register that panics.
func MustRegister(app core.App) {
	if err := Register(app); err != nil {
		panic(err)
	}
}

// Register binds the routes and the job that announces scheduled posts.
func Register(app core.App) error {
	if err := collections.Describe(app, Kinds()...); err != nil {
		return err
	}
	rest.Bind(app, routes()...)
	collections.HandleJob(app, collections.JobPublishPost, publishPost)
	return nil
}

// publishPost saves a post whose time has come as it is: the page cache and the
// sitemap drop what they hold whenever a post is written, on every node. A post
// that was moved to another time, withdrawn or deleted meanwhile is left alone.
func publishPost(_ context.Context, app core.App, raw json.RawMessage) error {
	var args collections.PublishPost
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("content: read job: %w", err)
	}
	post, err := collections.FindRecord(app, collections.Posts, args.Post)
	if errors.Is(err, collections.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	due := post.GetString(collections.ColumnStatus) == collections.Published && !post.GetDateTime("published_at").Time().After(collections.Now(app))
	announced := !post.GetDateTime("updated").Before(post.GetDateTime("published_at"))
	if !due || announced {
		return nil
	}
	if err := app.Save(post); err != nil {
		return fmt.Errorf("content: announce post %s: %w", post.Id, err)
	}
	return nil
}
