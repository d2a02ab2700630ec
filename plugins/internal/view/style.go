package view

import (
	"html/template"
	"maps"
	"slices"
	"time"
)

// styleTexts are the words of the style page.
var styleTexts = Catalog{
	"style.title": {ID: "Gaya Pandan", EN: "The Pandan style"},
	"style.lead":  {ID: "Setiap komponen situs dalam setiap keadaannya.", EN: "Every component of the site in every state."},
	"style.word":  {ID: "Contoh", EN: "Example"},
	"style.text":  {ID: "Kalimat pendek yang menjelaskan apa yang terjadi dan apa langkah berikutnya.", EN: "A short sentence that says what happens and what comes next."},
	"style.wrong": {ID: "Isi kolom ini. Contoh: nama@sekolah.sch.id", EN: "Fill in this field, such as name@school.sch.id"},
	"style.hint":  {ID: "Kami hanya memakainya untuk mengirim tagihan.", EN: "We only use it to send invoices."},
	"style.save":  {ID: "Simpan", EN: "Save"},
	"style.flash": {ID: "Perubahan tersimpan.", EN: "The change is saved."},
}

// specimen is one component in all its states.
type specimen struct {
	Name     string
	Examples []Component
}

// StylePage shows every component in every state.
func StylePage(r *Request) (*Page, error) {
	return &Page{Template: "style", Title: r.T("style.title"), Area: AreaAdmin, Data: specimens(r), Scripts: []string{"site.js"}}, nil
}

func specimens(r *Request) []specimen {
	word, text, save := r.T("style.word"), r.T("style.text"), r.T("style.save")
	here := NewLink(word, "/admin/gaya")
	here.Current = true
	now := time.Date(2026, 11, 22, 7, 5, 0, 0, time.UTC)
	return append([]specimen{
		{"Button", []Component{
			NewRow(NewButton(save), NewButton(save).Secondary(), NewButton(save).Quiet(), NewButton(save).Danger(), NewButton(save).Off()),
			NewRow(NewButton(save).Icon("check"), NewButton(save).Secondary().Icon("download"), NewButton(save).Secondary().Script("print", "")), NewButton(save).Full(),
		}},
		{"Link", []Component{
			NewRow(NewLink(word, "/"), NewLink(word, "https://jakarta.go.id").Outside(), NewLink(word, "/").Primary(), NewLink(word, "/").Secondary().Icon("arrow-right"), NewLink(word, "/").Quiet()),
			NewRow(here, NewLink(word, "/rss.xml").Secondary().Icon("download"), NewPhone("0812-3456-7890")), NewLink(word, "/").Primary().Full(),
		}},
		{"Icon", []Component{NewRow(shapes()...)}},
		{"Copy", []Component{NewCopy("INV/2026/XI/0001", word)}},
		{"Status", []Component{NewRow(NewStatus("unpaid", word), NewStatus("paid", word), NewStatus("overdue", word), NewStatus("review", word), NewStatus("cancelled", word))}},
		{"Badge", []Component{NewRow(NewBadge(word, Neutral), NewBadge(word, Info), NewBadge(word, OK), NewBadge(word, Warn), NewBadge(word, Bad))}},
		{"Alert", []Component{
			NewAlert(Neutral, word, text), NewAlert(Info, word, text), NewAlert(OK, word, text), NewAlert(Warn, word, text).With(NewButton(save).Secondary()), NewAlert(Bad, word, "").Announced(),
		}},
		{"Flash", []Component{NewFlash(OK, r.T("style.flash")), NewFlash(Info, r.T("style.flash")), NewFlash(Warn, r.T("style.flash")), NewFlash(Bad, r.T("style.flash"))}},
		{"Card", []Component{
			NewCard(word, text).Marked(NewBadge(word, OK)).Under().Doing(NewLink(word, "/").Secondary()), NewCard(word, text).To("/").Under(),
		}},
		{"Steps", []Component{NewSteps(0, word+" A", word+" B", word+" C"), NewSteps(1, word+" A", word+" B", word+" C"), NewSteps(3, word+" A", word+" B", word+" C")}},
		{"Timeline", []Component{NewTimeline(
			Event{Title: word, Text: text, Who: "Sari", At: now, Tone: OK}, Event{Title: word, At: now.Add(-time.Hour), Tone: Warn}, Event{Title: word, At: now.Add(-30 * time.Hour)},
		)}},
		{"Table", []Component{
			NewTable(word, Column{Label: word + " A"}, Column{Label: word + " B"}, Column{Label: "Rp", Number: true}).
				Row(Words("INV-1"), Part(NewBadge(word, OK)), Number("Rp1.500.000")).Row(Words("INV-2"), Part(NewBadge(word, Warn)), Number("Rp250.000")),
		}},
		{"Details", []Component{NewDetails(Entry{Term: word, Text: "Rp1.500.000"}, Entry{Term: word, Part: NewCopy("INV/2026/XI/0001", word)}, Entry{Term: "Total", Text: "Rp1.665.000", Strong: true})}},
		{"Stat", []Component{NewRow(NewStat(word, "Rp12.500.000", text), Stat{Label: word, Value: "3", Tone: Bad})}},
		{"Pagination", []Component{NewPagination(1, 9, r.Request.URL), NewPagination(2, 9, r.Request.URL), NewPagination(9, 9, r.Request.URL)}},
		{"Crumbs", []Component{NewCrumbs(Crumb{word, "/"}, Crumb{Label: word})}},
		{"Empty", []Component{NewEmpty(word, text).With(NewLink(word, "/").Primary()), NewEmpty(word, "")}},
		{"Confirm", []Component{NewConfirm(word, text, "/admin/gaya", save), NewConfirm(word, text, "/admin/gaya", save).With(NewTextarea("reason", word).Required()).Opened(true)}},
		{"QR", []Component{NewQR(sampleCode, word, text), QR{SVG: sampleCode, Label: word, Dimmed: true}}},
		{"Countdown", []Component{NewCountdown(word, now, now.Add(14*time.Minute+5*time.Second)), NewCountdown(word, now, now)}},
		{"Stack", []Component{NewStack(NewBadge(word, Info), NewBadge(word, OK)), NewRow(NewBadge(word, Info), NewBadge(word, OK))}},
		{"Prose", []Component{NewProse("<h3>" + word + "</h3><p>" + text + "</p><ul><li>" + word + "</li></ul><blockquote><p>" + text + "</p></blockquote>")}},
	}, formSpecimens(r)...)
}

// shapes is every icon.
func shapes() []Component {
	list := []Component{}
	for _, name := range slices.Sorted(maps.Keys(icons)) {
		list = append(list, NewIcon(name))
	}
	return list
}

func formSpecimens(r *Request) []specimen {
	word, wrong, hint := r.T("style.word"), r.T("style.wrong"), r.T("style.hint")
	choices := []Choice{{"a", word + " A", ""}, {"b", word + " B", hint}}
	email := NewField("email-wrong", "E-mail").Type("email").Required().Wrong(wrong)
	off := NewField("off", word).With(word)
	off.Input.Off = true
	problems, general := NewProblems("", email), NewProblems(wrong)
	problems.Still, general.Still = true, true
	kind, way, note, agree := NewSelect("kind-off", word, choices...).With("a"), NewRadios("way-off", word, choices...).With("a"), NewTextarea("note-off", word).With(hint), NewCheckbox("agree-off", word)
	kind.Off, way.Off, note.Off, agree.Off = true, true, true, true
	return []specimen{
		{"Problems", []Component{problems, general}},
		{"Field", []Component{
			NewField("name", word), NewField("email", "E-mail").Type("email").Required().Help(hint).Complete("email"), email,
			NewField("amount", word).Rupiah(r.Lang).With(r.Digits(1_500_000)), off, NewField("file", word).Type("file").Taking("image/*"), NewField("day", word).Type("date"),
			NewField("secret", word).Type("password").Complete("current-password").Required(), NewField("find", word).Type("search"),
		}},
		{"Select", []Component{NewSelect("kind", word, choices...).With("b"), NewSelect("kind-wrong", word, choices...).Required().Wrong(wrong), kind}},
		{"Radios", []Component{NewRadios("way", word, choices...).With("a"), NewRadios("way-wrong", word, choices...).Required().Wrong(wrong), way}},
		{"Textarea", []Component{NewTextarea("note", word).Help(hint), NewTextarea("note-wrong", word).Required().Wrong(wrong), note}},
		{"Checkbox", []Component{NewCheckbox("agree", word).On(true), NewCheckbox("agree-help", word).Help(hint), NewCheckbox("agree-wrong", word).Required().Wrong(wrong), agree}},
	}
}

// sampleCode has the look of a code and holds nothing, so that nobody pays it.
const sampleCode = template.HTML(`<svg viewBox="0 0 11 11"><path fill="#000" d="M1 1h3v3H1zM7 1h3v3H7zM1 7h3v3H1zM5 1h1v2H5zM5 5h1v1H5zM7 5h2v1H7zM6 7h1v3H6zM8 8h2v1H8z"/></svg>`)
