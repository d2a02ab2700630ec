package desk

import (
	"maps"
	"slices"
	"strconv"

	"jasaweb/collections"
	"jasaweb/collections/idr"
	"jasaweb/plugins/internal/call"
	"jasaweb/plugins/internal/view"
)

// amount reads the rupiah that were typed, as people write them.
func amount(r *view.Request) (int64, *call.Error) {
	n, err := idr.Parse(r.Request.PostFormValue("amount"))
	if err != nil {
		return 0, call.Refused(collections.InvalidAmount("amount", err), r.Lang)
	}
	return n, nil
}

// asking shows an amount in digits and words before money moves. What was typed
// waits in hidden fields and is sent again with the button.
type asking struct {
	Question string
	Details  view.Component
	Action   string
	Sent     []view.Entry // name and value of what was typed
	Amount   int64
	Button   view.Button
	Back     view.Link
}

// sure reports that the visitor has seen this very amount in words and pressed
// the button below it.
func sure(r *view.Request, amount int64) bool {
	return r.Request.PostFormValue("sure") == strconv.FormatInt(amount, 10)
}

// ask shows the amount before the form is sent to its address once more.
func ask(r *view.Request, title, question string, amount int64, button view.Button, back string, more ...view.Entry) *view.Page {
	data := asking{
		Question: question, Action: r.Request.URL.Path, Amount: amount, Button: button,
		Details: view.NewDetails(append([]view.Entry{
			{Term: r.T("invoice.amount"), Text: r.Money(amount), Strong: true}, {Term: r.T("desk.words"), Text: idr.Terbilang(amount)},
		}, more...)...),
		Back: view.NewLink(r.T("desk.ask.back"), back).Secondary(),
	}
	for _, name := range slices.Sorted(maps.Keys(r.Request.PostForm)) {
		if name != "sure" {
			data.Sent = append(data.Sent, view.Entry{Term: name, Text: r.Request.PostForm.Get(name)})
		}
	}
	return page("desk-ask", title, data)
}
