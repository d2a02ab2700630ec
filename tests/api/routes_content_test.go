package api

import (
	"strings"
	"testing"

	"jasaweb/collections"
)

// written is a row of a collection of content, made before the roles call.
func written(collection string, values map[string]any) func(*testing.T, *agency) {
	return func(t *testing.T, a *agency) {
		values["id"] = contentID
		a.New(t, collection, values)
	}
}

const contentID = "isitulisan00001"

func contentRoutes() []routeCase {
	post := map[string]any{"title": "Judul", "content": "<p>Isi</p>", "status": "published"}
	all := []routeCase{
		{route: "GET /api/posts", want: everyone, ready: written(collections.Posts, post), bad: lists("/api/posts")},
		{
			route: "GET /api/posts/{slug}", path: at("/api/posts/judul"), want: everyone, ready: written(collections.Posts, post),
			bad: noSlug("/api/posts/"),
		},
		{
			route: "GET /api/pages/{slug}", path: at("/api/pages/judul"), want: everyone,
			ready: written(collections.Pages, map[string]any{"title": "Judul"}), bad: noSlug("/api/pages/"),
		},
		{route: "GET /api/faqs", want: everyone, bad: lists("/api/faqs")},
		{route: "GET /api/testimonials", want: everyone, bad: lists("/api/testimonials")},
		contactRoute(),
		{route: "GET /api/admin/demo", want: onlyAdmin},
		{route: "DELETE /api/admin/demo", want: onlyAdmin},
		{route: "POST /api/admin/demo/dry-run", want: onlyAdmin},
	}
	for _, x := range []struct {
		path, collection string
		add, change      map[string]any
		bad              []badInput
	}{
		{
			"posts", collections.Posts, body("title", "Judul", "content", "<p>Isi</p>", "status", "published"), body("title", "Lain"),
			[]badInput{
				{name: "unknown status", body: body("title", "x", "status", "live"), status: 400, fields: []string{"status"}},
				{name: "no date", body: body("title", "x", "published_at", "besok"), status: 400, fields: []string{"published_at"}},
				{name: "upper-case slug", body: body("title", "x", "slug", "Judul Saya"), status: 400, fields: []string{"slug"}},
				{name: "long title", body: body("title", strings.Repeat("a", 256)), status: 400, fields: []string{"title"}},
			},
		},
		{
			"pages", collections.Pages, body("title", "Judul", "content", "<p>Isi</p>"), body("title", "Lain"),
			[]badInput{{name: "path as slug", body: body("title", "x", "slug", "../admin"), status: 400, fields: []string{"slug"}}},
		},
		{
			"templates", collections.Templates, body("name", "Mawar", "category", "sekolah"), body("name", "Melati"),
			[]badInput{
				{name: "unknown kind", body: body("name", "x", "category", "toko"), status: 400, fields: []string{"category"}},
				{name: "script as address", body: body("name", "x", "category", "sekolah", "demo_url", "javascript:alert(1)"), status: 400, fields: []string{"demo_url"}},
			},
		},
		{
			"pricing", collections.PricingTiers, body("identifier", "hemat", "name", "Hemat", "type", "company", "price", 1_000_000), body("price", 1_500_000),
			[]badInput{
				{name: "free", body: body("identifier", "x", "name", "x", "type", "company", "price", 0), status: 400, fields: []string{"price"}},
				{name: "fraction", body: body("identifier", "x", "name", "x", "type", "company", "price", 1.5), status: 400, fields: []string{"price"}},
				{name: "text as features", body: body("identifier", "x", "name", "x", "type", "company", "price", 1, "features", "a"), status: 400, fields: []string{"features"}},
			},
		},
		{
			"faqs", collections.FAQs, body("question", "Berapa lama?", "answer", "Dua minggu."), body("answer", "Tiga minggu."),
			[]badInput{{name: "empty question", body: body("question", "", "answer", "x"), status: 400, fields: []string{"question"}}},
		},
		{
			"testimonials", collections.Testimonials, body("name", "Contoh", "quote", "Bagus."), body("quote", "Bagus sekali."),
			[]badInput{{name: "number as quote", body: body("name", "x", "quote", 5), status: 400, fields: []string{"quote"}}},
		},
	} {
		base := "/api/admin/" + x.path
		values := map[string]any{}
		for k, v := range x.add {
			values[k] = v
		}
		ready := written(x.collection, values)
		one := fixedPath(base + "/" + contentID)
		nothing := []badInput{{name: "nothing", body: body(), status: 400}}
		if x.path == "pricing" { // what the hooks' transaction sees
			nothing[0].fields = []string{"name"}
		}
		all = append(all,
			routeCase{route: "GET " + base, want: onlyAdmin, ready: ready, bad: lists(base)},
			routeCase{route: "POST " + base, want: created(onlyAdmin), body: fixed(x.add), bad: join(brokenText(), nothing, x.bad)},
			routeCase{route: "GET " + base + "/{id}", path: one, want: onlyAdmin, ready: ready, bad: noSuch(base+"/%s", nil)},
			routeCase{route: "PUT " + base + "/{id}", path: one, want: onlyAdmin, ready: ready, body: fixed(x.change), bad: join(brokenText(), noSuch(base+"/%s", x.change), x.bad)},
			routeCase{route: "DELETE " + base + "/{id}", path: one, want: empty(onlyAdmin), ready: ready, bad: noSuch(base+"/%s", nil)},
		)
	}
	return all
}

func fixedPath(path string) func(*agency) string { return func(*agency) string { return path } }

// brokenText is broken() for routes that take long texts.
func brokenText() []badInput {
	list := broken()
	for n := range list {
		if list[n].status == 413 {
			list[n].name, list[n].body = "7 MB", `{"name":"`+strings.Repeat("a", 7<<20)+`"}`
		}
	}
	return list
}

func noSlug(base string) []badInput {
	return []badInput{
		{name: "unknown slug", path: base + "tidak-ada", status: 404},
		{name: "SQL as slug", path: base + sqlID, status: 404},
		{name: "long slug", path: base + strings.Repeat("a", 201), status: 400},
	}
}

func contactRoute() routeCase {
	message := func(pairs ...any) map[string]any {
		m := body("name", "Ibu Rina", "email", "rina@contoh.test", "phone", "0812 3456 7890", "type", "sekolah", "message", "Berapa lama?")
		for k, v := range body(pairs...) {
			m[k] = v
		}
		return m
	}
	return routeCase{
		route: "POST /api/contact", want: created(everyone), body: fixed(message()),
		bad: join(broken(), []badInput{
			{name: "no e-mail", body: message("email", "bukan"), status: 400, fields: []string{"email"}},
			{name: "no number", body: message("phone", "nol delapan"), status: 400, fields: []string{"phone"}},
			{name: "only spaces", body: message("message", "   "), status: 400, fields: []string{"message"}},
			{name: "long message", body: message("message", strings.Repeat("a", 5001)), status: 400, fields: []string{"message"}},
			{name: "unknown kind", body: message("type", "toko"), status: 400, fields: []string{"type"}},
		}),
	}
}
