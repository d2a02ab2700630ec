package content

import (
	"slices"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

func routes() []rest.Route {
	return slices.Concat(
		[]rest.Route{
			rest.Get("/api/posts", rest.Public, "Published articles, the newest first", listPosts),
			rest.Get("/api/posts/{slug}", rest.Public, "A published article", getPost),
			rest.Get("/api/pages/{slug}", rest.Public, "A published page", getPage),
			rest.Get("/api/faqs", rest.Public, "Questions and answers", listFAQs),
			rest.Get("/api/testimonials", rest.Public, "What clients say", listTestimonials),
			rest.Post("/api/contact", rest.Public, "Write to the agency", receive, rest.Status(201)),
		},
		editorial[postBody, postView]{path: "posts", one: "an article", all: "articles", collection: collections.Posts, view: viewPost}.routes(),
		editorial[pageBody, pageView]{path: "pages", one: "a page", all: "pages", collection: collections.Pages, view: viewPage}.routes(),
		editorial[templateBody, templateView]{path: "templates", one: "a design", all: "designs", collection: collections.Templates, sort: "sort_order", view: viewTemplate}.routes(),
		editorial[tierBody, tierView]{path: "pricing", one: "a package", all: "packages", collection: collections.PricingTiers, sort: "sort_order", view: viewTier}.routes(),
		editorial[faqBody, faqView]{path: "faqs", one: "a question", all: "questions", collection: collections.FAQs, sort: "sort_order", view: viewFAQ}.routes(),
		editorial[testimonialBody, testimonialView]{path: "testimonials", one: "a testimonial", all: "testimonials", collection: collections.Testimonials, sort: "sort_order", view: viewTestimonial}.routes(),
	)
}
