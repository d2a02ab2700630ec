package content

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// FAQ is a question with its answer.
type FAQ struct {
	ID         string `json:"id"`
	Question   string `json:"question"`
	QuestionEN string `json:"question_en" doc:"Empty: not translated"`
	Answer     string `json:"answer" doc:"Plain text; an empty line separates paragraphs"`
	AnswerEN   string `json:"answer_en"`
	SortOrder  int    `json:"sort_order"`
}

// faqView is a question as admins see it.
type faqView struct {
	FAQ
	IsActive bool   `json:"is_active"`
	Created  string `json:"created"`
	Updated  string `json:"updated"`
}

func viewPublicFAQ(r *core.Record) FAQ {
	return FAQ{
		ID: r.Id, Question: r.GetString("question"), QuestionEN: r.GetString("question_en"),
		Answer: r.GetString("answer"), AnswerEN: r.GetString("answer_en"), SortOrder: r.GetInt("sort_order"),
	}
}

func viewFAQ(r *core.Record) faqView {
	return faqView{FAQ: viewPublicFAQ(r), IsActive: r.GetBool("is_active"), Created: r.GetDateTime("created").String(), Updated: r.GetDateTime("updated").String()}
}

var shown = dbx.HashExp{"is_active": true}

func listFAQs(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[FAQ], error) {
	if in.Sort == "" {
		in.Sort = "sort_order"
	}
	return rest.List(e, collections.FAQs, in, shown, viewPublicFAQ)
}

// faqBody is what an admin writes of a question.
type faqBody struct {
	Question   *string `json:"question,omitempty" minLength:"1" maxLength:"255"`
	QuestionEN *string `json:"question_en,omitempty" maxLength:"255"`
	Answer     *string `json:"answer,omitempty" minLength:"1" maxLength:"5000" doc:"Plain text; an empty line separates paragraphs"`
	AnswerEN   *string `json:"answer_en,omitempty" maxLength:"5000"`
	SortOrder  *int    `json:"sort_order,omitempty" minimum:"-1000000" maximum:"1000000"`
	IsActive   *bool   `json:"is_active,omitempty" doc:"Only then visitors see it; a new one is shown"`
}

func (b faqBody) columns() (map[string]any, error) {
	g := given{}
	put(g, "question", b.Question)
	put(g, "question_en", b.QuestionEN)
	put(g, "answer", b.Answer)
	put(g, "answer_en", b.AnswerEN)
	put(g, "sort_order", b.SortOrder)
	put(g, "is_active", b.IsActive)
	return g, nil
}

// Testimonial is what a client says.
type Testimonial struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	RoleEN    string `json:"role_en" doc:"Empty: not translated"`
	Quote     string `json:"quote"`
	QuoteEN   string `json:"quote_en"`
	SortOrder int    `json:"sort_order"`
	Demo      bool   `json:"demo" doc:"An example that nobody said"`
}

// testimonialView is a testimonial as admins see it.
type testimonialView struct {
	Testimonial
	IsActive bool   `json:"is_active"`
	Created  string `json:"created"`
	Updated  string `json:"updated"`
}

func viewPublicTestimonial(r *core.Record) Testimonial {
	return Testimonial{
		ID: r.Id, Name: r.GetString("name"), Role: r.GetString("role"), RoleEN: r.GetString("role_en"),
		Quote: r.GetString("quote"), QuoteEN: r.GetString("quote_en"), SortOrder: r.GetInt("sort_order"), Demo: r.GetBool(collections.ColumnDemo),
	}
}

func viewTestimonial(r *core.Record) testimonialView {
	return testimonialView{
		Testimonial: viewPublicTestimonial(r), IsActive: r.GetBool("is_active"),
		Created: r.GetDateTime("created").String(), Updated: r.GetDateTime("updated").String(),
	}
}

func listTestimonials(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[Testimonial], error) {
	if in.Sort == "" {
		in.Sort = "sort_order"
	}
	return rest.List(e, collections.Testimonials, in, shown, viewPublicTestimonial)
}

// testimonialBody is what an admin writes of a testimonial.
type testimonialBody struct {
	Name      *string `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Role      *string `json:"role,omitempty" maxLength:"255"`
	RoleEN    *string `json:"role_en,omitempty" maxLength:"255"`
	Quote     *string `json:"quote,omitempty" minLength:"1" maxLength:"2000"`
	QuoteEN   *string `json:"quote_en,omitempty" maxLength:"2000"`
	SortOrder *int    `json:"sort_order,omitempty" minimum:"-1000000" maximum:"1000000"`
	IsActive  *bool   `json:"is_active,omitempty" doc:"Only then visitors see it; a new one is shown"`
}

func (b testimonialBody) columns() (map[string]any, error) {
	g := given{}
	put(g, "name", b.Name)
	put(g, "role", b.Role)
	put(g, "role_en", b.RoleEN)
	put(g, "quote", b.Quote)
	put(g, "quote_en", b.QuoteEN)
	put(g, "sort_order", b.SortOrder)
	put(g, "is_active", b.IsActive)
	return g, nil
}
