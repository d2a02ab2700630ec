// Package view is the design system "Pandan" and the way from a handler to an
// HTML page: layout, components, texts in two languages, assets and headers.
//
// The program opens it once, before its plugins register:
//
//	view.Open(app, view.Config{Public: files})
//
// and a plugin adds its pages as it registers:
//
//	site := view.For(app)
//	site.Pages(templates, texts)               // an embed.FS with templates/*.html, a Catalog
//	site.Bind(
//		view.Get("/harga", rest.Public, "Prices", p.prices).Localized(),
//		view.Post("/kontak", rest.Public, "Send a message", p.send).Localized(),
//	)
//
//	func (p *plugin) prices(r *view.Request) (*view.Page, error) {
//		return &view.Page{Template: "prices", Title: r.T("prices.title"), Data: data}, nil
//	}
//
// A page template is the file templates/prices.html; it is the inside of <main>
// and sees a [Document], so the handler's data is .Data. In it:
//
//	{{t "prices.title"}}                a text in the visitor's language
//	{{href "/kontak"}}                  an own address in that language
//	{{c .Data.Email}}                   any component: a Field, a Button, …
//	{{c (button (t "send"))}}           or made on the spot by its constructor
//	{{rupiah .Data.Price}} {{date .Data.At}} {{moment .Data.At}}
package view

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"jasaweb/collections"
	"jasaweb/plugins/internal/cache"
)

// Config shapes the site.
type Config struct {
	// Public holds style sheets, scripts and fonts. Required.
	Public fs.FS
	// Theme is the folder whose theme.css is loaded after ours and whose
	// templates/*.html and public/ take the place of ours with the same name. It
	// need not exist.
	Theme string
	// URL is the public address of the site, for links in <head>; "" takes the
	// address that the visitor used.
	URL string
}

// Site renders pages. It is made once and then shared.
type Site struct {
	app    core.App
	config Config
	assets *Assets
	texts  Catalog

	sources map[string]string // page template → its text
	shared  []string          // texts of layout and components, in order
	sets    map[string]*templates
	cross   http.CrossOriginProtection
	cache   *cache.Cache
	// content are the collections that public pages are made from. A write to any
	// of them makes every kept page old: editors are few and pages quickly made.
	content func() []string

	warnings []string // about the theme

	bound sync.Once
	paths map[string]bool // that somebody serves; read when the first page is shown
}

// templates are the parsed templates of one language.
type templates struct {
	base       *template.Template // never executed, so that it can be cloned
	components *template.Template
	mu         sync.Mutex
	pages      map[string]*template.Template
}

// The languages of the site; the first is the one without a prefix.
var Languages = []string{"id", "en"}

// New makes a site from our own templates and the theme's.
func New(app core.App, config Config) (*Site, error) {
	if config.Public == nil {
		return nil, errors.New("view: Config.Public is required")
	}
	if config.Theme != "" {
		config.Public = layered{os.DirFS(filepath.Join(config.Theme, "public")), config.Public}
	}
	assets, err := NewAssets(config.Public)
	if err != nil {
		return nil, err
	}
	s := &Site{app: app, config: config, assets: assets, texts: Catalog{}, sources: map[string]string{}, cache: cache.For(app)}
	s.content = sync.OnceValue(func() []string { return collections.Tagged(app, collections.PublicPages) }) // asked when all are described
	if err := s.readTheme(); err != nil {
		return nil, err
	}
	for _, catalog := range []Catalog{texts, styleTexts} {
		if err := s.addTexts(catalog); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"layout.html", "components.html", "forms.html"} {
		text, err := s.source(ownTemplates, name)
		if err != nil {
			return nil, err
		}
		s.shared = append(s.shared, text)
	}
	return s, s.Pages(ownPages, Catalog{})
}

// Assets returns the files of the site with their hashed addresses.
func (s *Site) Assets() *Assets { return s.assets }

// Pages adds page templates (templates/*.html of fsys) and their texts. A file
// whose name ends in parts.html holds templates for several pages. A page,
// text or key that exists already, or a text that a template asks for and nobody
// has, is an error: it would show only to the visitor who meets it.
func (s *Site) Pages(fsys fs.FS, texts Catalog) error {
	if err := s.addTexts(texts); err != nil {
		return err
	}
	names, err := fs.Glob(fsys, "templates/*.html")
	if err != nil {
		return fmt.Errorf("view: %w", err)
	}
	for _, path := range names {
		file := filepath.Base(path)
		name := strings.TrimSuffix(file, ".html")
		if slices.Contains([]string{"layout", "components", "forms"}, name) {
			continue
		}
		if _, taken := s.sources[name]; taken {
			return fmt.Errorf("view: two pages are called %s", name)
		}
		text, err := s.source(fsys, file)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "parts") {
			s.shared = append(s.shared, text)
			continue
		}
		s.sources[name] = text
	}
	s.sets = nil
	return nil
}

// source reads a template, the theme's before ours.
func (s *Site) source(fsys fs.FS, file string) (string, error) {
	if s.config.Theme != "" {
		raw, err := os.ReadFile(filepath.Join(s.config.Theme, "templates", file))
		if err == nil {
			return string(raw), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("view: theme: %w", err)
		}
	}
	raw, err := fs.ReadFile(fsys, "templates/"+file)
	if err != nil {
		return "", fmt.Errorf("view: %w", err)
	}
	return string(raw), nil
}

const storeKey = "jasaweb.view"

// Open makes the site that the plugins add their pages to. It belongs before
// them; what they added is parsed when the program serves.
func Open(app core.App, config Config) error {
	s, err := New(app, config)
	if err != nil {
		return err
	}
	app.Store().Set(storeKey, s)
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: storeKey, Func: func(e *core.ServeEvent) error {
		compile := s.Compile
		if _, err := os.Stat(config.Theme); err == nil {
			compile = s.CompileAll // somebody else's templates are checked before they are needed
		}
		if err := compile(); err != nil {
			return err
		}
		return e.Next()
	}})
	return nil
}

// For returns the site of app. It panics when nobody has opened it: the program
// must not start with pages that nobody can see.
func For(app core.App) *Site {
	s, ok := app.Store().Get(storeKey).(*Site)
	if !ok {
		panic("view: a plugin has pages, and nobody has called view.Open before it")
	}
	return s
}

// Files are what lies beside the pages, those of the theme before ours.
func (s *Site) Files() fs.FS { return s.config.Public }

// Compile parses what all pages share in every language. It belongs after the
// last call of Pages; pages themselves are parsed when they are first shown.
func (s *Site) Compile() error {
	sets := map[string]*templates{}
	for _, lang := range Languages {
		set := &templates{pages: map[string]*template.Template{}}
		set.base = template.New("").Option("missingkey=error").Funcs(s.functions(lang, set))
		for _, text := range s.shared {
			if _, err := set.base.Parse(text); err != nil {
				return fmt.Errorf("view: %w", err)
			}
		}
		var err error
		if set.components, err = set.base.Clone(); err != nil {
			return fmt.Errorf("view: %w", err)
		}
		sets[lang] = set
	}
	s.sets = sets
	return nil
}

// CompileAll also parses every page and looks up every text that they name: the
// tests call it, and the start does when there is a theme.
func (s *Site) CompileAll() error {
	if err := s.Compile(); err != nil {
		return err
	}
	for _, lang := range Languages {
		for _, name := range slices.Sorted(maps.Keys(s.sources)) {
			if _, err := s.sets[lang].page(s, name); err != nil {
				return err
			}
		}
	}
	return s.checkTexts()
}

// page returns the parsed page in the language of the set.
func (set *templates) page(s *Site, name string) (*template.Template, error) {
	set.mu.Lock()
	defer set.mu.Unlock()
	if t, ok := set.pages[name]; ok {
		return t, nil
	}
	text, ok := s.sources[name]
	if !ok {
		return nil, fmt.Errorf("view: there is no page template %q", name)
	}
	t, err := set.base.Clone()
	if err != nil {
		return nil, fmt.Errorf("view: %s: %w", name, err)
	}
	if _, err := t.New("main").Parse(text); err != nil {
		return nil, fmt.Errorf("view: %s: %w", name, err)
	}
	set.pages[name] = t
	return t, nil
}

// HTML renders a page as a document in the request's language.
func (s *Site) HTML(r *Request, p *Page) ([]byte, error) {
	t, err := s.sets[r.Lang].page(s, p.Template)
	if err != nil {
		return nil, err
	}
	d, err := s.document(r, p)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout", d); err != nil {
		return nil, fmt.Errorf("view: %s: %w", p.Template, err)
	}
	return b.Bytes(), nil
}
