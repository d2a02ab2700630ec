// Package public is what visitors see before they sign in: the landing page,
// services, designs, prices, blog, pages of the CMS, and the forms to get in
// touch and to open an account. It reads content as everybody may and writes
// through the API.
package public

import (
	"embed"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/view"
)

//go:embed templates/*.html
var templates embed.FS

type plugin struct {
	app  core.App
	site *view.Site
	api  *call.API
	og   *cards
}

// Register adds the public pages to the site.
func Register(app core.App, site *view.Site, api *call.API) error {
	for _, catalog := range []view.Catalog{homeTexts, pageTexts, formTexts, elsewhereTexts, demoTexts} {
		if err := site.Texts(catalog); err != nil {
			return err
		}
	}
	if err := site.Pages(templates, nil); err != nil {
		return err
	}
	og, err := newCards()
	if err != nil {
		return err
	}
	p := &plugin{app: app, site: site, api: api, og: og}
	site.Bind(p.pages()...)
	site.Bind(p.forms()...)
	site.Bind(p.machines()...)
	return nil
}

// pages are the same for every visitor and kept until content changes.
func (p *plugin) pages() []view.Route {
	return []view.Route{
		view.Get("/{$}", rest.Public, "Landing page", p.home).Localized().Cached(),
		view.Get("/layanan", rest.Public, "What we build", p.services).Localized().Cached(),
		view.Get("/layanan/{type}", rest.Public, "One kind of website", p.service).Localized().Cached(),
		view.Get("/template", rest.Public, "Designs", p.gallery).Localized().Cached("jenis"),
		view.Get("/template/{id}", rest.Public, "A design", p.design).Localized().Cached(),
		view.Get("/template/{id}/demo", rest.Public, "A design as a website", p.demo).Localized().Cached(),
		view.Get("/pricing", rest.Public, "Prices", p.pricing).Localized().Cached(),
		view.Get("/blog", rest.Public, "Articles", p.blog).Localized().Cached("page"),
		view.Get("/blog/{slug}", rest.Public, "An article", p.article).Localized().Cached(),
		view.Get("/halaman/{slug}", rest.Public, "A page of the CMS", p.page).Localized().Cached(),
	}
}

// forms depend on the visitor.
func (p *plugin) forms() []view.Route {
	return []view.Route{
		view.Get("/kontak", rest.Public, "Contact form", p.contact).Localized(),
		view.Post("/kontak", rest.Public, "Send a message", p.sendContact).Localized(),
		view.Get("/register", rest.Public, "Form to open an account", p.register).Localized(),
		view.Post("/register", rest.Public, "Open an account", p.sendRegister).Localized(),
		view.Get("/login", rest.Public, "Form to sign in", p.login).Localized(),
		view.Post("/login", rest.Public, "Sign in", p.sendLogin).Localized(),
		view.Post("/keluar", rest.Public, "Sign out", p.logout),
		view.Get("/lupa-sandi", rest.Public, "Form for a forgotten password", p.forgot).Localized(),
		view.Post("/lupa-sandi", rest.Public, "Ask for a new password", p.sendForgot).Localized(),
		view.Get("/lupa-sandi/baru", rest.Public, "Form for a new password", p.reset).Localized(),
		view.Post("/lupa-sandi/baru", rest.Public, "Set a new password", p.sendReset).Localized(),
		view.Get("/verifikasi", rest.Public, "Question whether to confirm an e-mail", p.verify).Localized(),
		view.Post("/verifikasi", rest.Public, "Confirm an e-mail", p.sendVerify).Localized(),
		view.Get("/email-baru", rest.Public, "Form to confirm a new e-mail", p.newEmail).Localized(),
		view.Post("/email-baru", rest.Public, "Confirm a new e-mail", p.sendNewEmail).Localized(),
	}
}

// machines are read by programs.
func (p *plugin) machines() []view.Route {
	return []view.Route{
		view.Get("/sitemap.xml", rest.Public, "Every public page", p.sitemap),
		view.Get("/rss.xml", rest.Public, "Articles as a feed", p.feed),
		view.Get("/robots.txt", rest.Public, "What search engines may read", p.robots),
		view.Get("/template/{id}/gambar.svg", rest.Public, "Drawing of a design", p.drawing),
		view.Get("/og/{lang}/{path...}", rest.Public, "Picture for link previews", p.card),
	}
}
