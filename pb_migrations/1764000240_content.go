package migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// contactLabel limits what strangers send us.
const contactLabel = "POST /api/contact"

// slugForm is what the slugs of posts and pages look like.
const slugForm = `^[a-z0-9]+(-[a-z0-9]+)*$`

func init() {
	register(func(app core.App) error {
		for _, step := range []func(core.App) error{
			createPosts, createPages, createFAQs, createTestimonials, createSlugRedirects, createContactMessages, limitContact,
		} {
			if err := step(app); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		s := app.Settings()
		s.RateLimits.Rules = slices.DeleteFunc(s.RateLimits.Rules, func(r core.RateLimitRule) bool { return r.Label == contactLabel })
		if err := app.Save(s); err != nil {
			return err
		}
		return drop("contact_messages", "slug_redirects", "testimonials", "faqs", "pages", "posts")(app)
	})
}

// picture is an uploaded image. An SVG could carry a script onto our own origin,
// so only pixels are taken. Protected: the file of a text that the public may
// not see is not to be had either.
func picture(name string, max int) *core.FileField {
	return &core.FileField{
		Name: name, MaxSelect: max, MaxSize: 5 << 20, Protected: true, Thumbs: []string{"400x0", "800x0", "1200x0"},
		MimeTypes: []string{"image/jpeg", "image/png", "image/webp"},
	}
}

// article are the columns of a text with an address of its own; those that end
// in _en are its English, and may be empty.
func article() []core.Field {
	return []core.Field{
		&core.TextField{Name: "title", Required: true, Max: 255},
		&core.TextField{Name: "title_en", Max: 255},
		&core.TextField{Name: "slug", Required: true, Max: 100, Pattern: slugForm},
		&core.EditorField{Name: "content", MaxSize: 500_000},
		&core.EditorField{Name: "content_en", MaxSize: 500_000},
		&core.SelectField{Name: "status", Required: true, MaxSelect: 1, Values: []string{"draft", "published"}},
	}
}

// edited opens a collection to admins for writing, and to others where public holds.
func edited(c *core.Collection, public string) {
	c.ListRule, c.ViewRule = rule("("+public+") || "+isAdmin), rule("("+public+") || "+isAdmin)
	c.CreateRule, c.UpdateRule, c.DeleteRule = rule(isAdmin), rule(isAdmin), rule(isAdmin)
}

func createPosts(app core.App) error {
	c := core.NewBaseCollection("posts")
	edited(c, "status = 'published' && published_at != '' && published_at <= @now")
	c.Fields.Add(article()...)
	c.Fields.Add(
		&core.TextField{Name: "excerpt", Max: 500},
		&core.TextField{Name: "excerpt_en", Max: 500},
		picture("featured_image", 1),
		&core.TextField{Name: "image_alt", Max: 255},
		picture("images", 20), // for the editor to choose from
		&core.DateField{Name: "published_at"},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_posts_slug", true, "slug", "")
	c.AddIndex("idx_posts_published", false, "status, published_at, id", "")
	c.AddIndex("idx_posts_created", false, "created, id", "")
	return app.Save(c)
}

func createPages(app core.App) error {
	c := core.NewBaseCollection("pages")
	edited(c, "status = 'published'")
	c.Fields.Add(article()...)
	c.Fields.Add(picture("images", 20), demoFlag())
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_pages_slug", true, "slug", "")
	c.AddIndex("idx_pages_created", false, "created, id", "")
	return app.Save(c)
}

func createFAQs(app core.App) error {
	c := core.NewBaseCollection("faqs")
	edited(c, "is_active = true")
	c.Fields.Add(
		&core.TextField{Name: "question", Required: true, Max: 255},
		&core.TextField{Name: "question_en", Max: 255},
		&core.TextField{Name: "answer", Required: true, Max: 5000},
		&core.TextField{Name: "answer_en", Max: 5000},
		&core.NumberField{Name: "sort_order", OnlyInt: true},
		&core.BoolField{Name: "is_active"},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_faqs_active", false, "is_active, sort_order, id", "")
	return app.Save(c)
}

func createTestimonials(app core.App) error {
	c := core.NewBaseCollection("testimonials")
	edited(c, "is_active = true")
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true, Max: 255},
		&core.TextField{Name: "role", Max: 255},
		&core.TextField{Name: "role_en", Max: 255},
		&core.TextField{Name: "quote", Required: true, Max: 2000},
		&core.TextField{Name: "quote_en", Max: 2000},
		&core.NumberField{Name: "sort_order", OnlyInt: true},
		&core.BoolField{Name: "is_active"},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_testimonials_active", false, "is_active, sort_order, id", "")
	return app.Save(c)
}

// createSlugRedirects remembers the addresses that were public once. A row
// names the text, not its next address, so that no chain can form; without a
// text the address is gone for good.
func createSlugRedirects(app core.App) error {
	c := core.NewBaseCollection("slug_redirects")
	c.ListRule, c.ViewRule, c.DeleteRule = rule(isAdmin), rule(isAdmin), rule(isAdmin)
	c.Fields.Add(
		&core.SelectField{Name: "collection", Required: true, MaxSelect: 1, Values: []string{"posts", "pages"}},
		&core.TextField{Name: "slug", Required: true, Max: 100, Pattern: slugForm},
		&core.TextField{Name: "record", Max: 50},
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_slug_redirects_slug", true, "collection, slug", "")
	c.AddIndex("idx_slug_redirects_record", false, "record", "")
	return app.Save(c)
}

func createContactMessages(app core.App) error {
	c := core.NewBaseCollection("contact_messages")
	c.ListRule, c.ViewRule, c.UpdateRule, c.DeleteRule = rule(isAdmin), rule(isAdmin), rule(isAdmin), rule(isAdmin)
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true, Max: 255},
		&core.EmailField{Name: "email", Required: true},
		&core.TextField{Name: "phone", Max: 20}, // E.164
		&core.SelectField{Name: "type", MaxSelect: 1, Values: []string{"sekolah", "berita", "company"}},
		&core.TextField{Name: "message", Required: true, Max: 5000},
		&core.SelectField{Name: "locale", MaxSelect: 1, Values: []string{"id", "en"}},
		&core.SelectField{Name: "state", Required: true, MaxSelect: 1, Values: []string{"new", "answered", "spam"}},
		&core.TextField{Name: "note", Max: 2000},
		&core.NumberField{Name: "repeats", OnlyInt: true, Min: types.Pointer(0.0)}, // how often the same words came again
		demoFlag(),
	)
	c.Fields.Add(timestamps()...)
	c.AddIndex("idx_contact_messages_state", false, "state, created", "")
	c.AddIndex("idx_contact_messages_email", false, "email, created", "")
	return app.Save(c)
}

func limitContact(app core.App) error {
	s := app.Settings()
	s.RateLimits.Rules = append(s.RateLimits.Rules, core.RateLimitRule{Label: contactLabel, MaxRequests: 5, Duration: 600})
	return app.Save(s)
}
