package collections

import (
	"slices"
	"strings"
)

// Status is where a project stands.
type Status string

// The statuses of a project. Completed and cancelled are final.
const (
	PendingPayment Status = "pending_payment"
	InProgress     Status = "in_progress"
	Review         Status = "review"
	Completed      Status = "completed"
	Cancelled      Status = "cancelled"
)

// Statuses lists every status in the order of a project's life.
var Statuses = []Status{PendingPayment, InProgress, Review, Completed, Cancelled}

// transition is one permitted change: who may make it, and whether it needs
// words for the other side.
type transition struct {
	from, to Status
	by       []ActorKind
	note     bool
}

var transitions = []transition{
	// By an admin when every invoice that work waits for was taken back.
	{from: PendingPayment, to: InProgress, by: []ActorKind{ByPayment, ByAdmin}},
	{from: InProgress, to: Review, by: []ActorKind{ByAdmin}},
	{from: Review, to: Completed, by: []ActorKind{ByClient, ByAdmin}},
	{from: Review, to: InProgress, by: []ActorKind{ByClient}, note: true},
	{from: PendingPayment, to: Cancelled, by: []ActorKind{ByClient, ByAdmin}},
	{from: InProgress, to: Cancelled, by: []ActorKind{ByAdmin}, note: true},
	{from: Review, to: Cancelled, by: []ActorKind{ByAdmin}, note: true},
}

// CheckTransition decides whether by may move a project from one status to
// another with the given words. It returns nil or an *Error about the field
// "status" ("invalid_transition") or "status_note" ("note_required").
func CheckTransition(from, to Status, by ActorKind, note string) error {
	i := slices.IndexFunc(transitions, func(t transition) bool { return t.from == from && t.to == to })
	if i < 0 {
		return invalidTransition(from, to)
	}
	t := transitions[i]
	if !slices.Contains(t.by, by) {
		return forbiddenTransition(t)
	}
	if t.note && strings.TrimSpace(note) == "" {
		return Invalid("note_required", "status_note", Text{
			ID: "Tulis catatan: pihak lain perlu tahu alasannya.",
			EN: "Write a note: the other side needs to know why.",
		})
	}
	return nil
}

func invalidTransition(from, to Status) *Error {
	return Refuse("invalid_transition", "status", Text{
		ID: "Status tidak bisa berubah dari “" + from.Label("id") + "” ke “" + to.Label("id") + "”.",
		EN: "The status cannot change from “" + from.Label("en") + "” to “" + to.Label("en") + "”.",
	})
}

func forbiddenTransition(t transition) *Error {
	if t.to == InProgress && t.from == PendingPayment {
		return Refuse("invalid_transition", "status", Text{
			ID: "Proyek mulai dikerjakan dengan sendirinya begitu tagihan awalnya lunas.",
			EN: "A project starts by itself as soon as its first invoices are paid.",
		})
	}
	if t.to == InProgress {
		return Refuse("invalid_transition", "status", Text{
			ID: "Hanya klien yang bisa meminta perbaikan.", EN: "Only the client can ask for changes.",
		})
	}
	return Refuse("invalid_transition", "status", Text{
		ID: "Hanya tim kami yang bisa mengubah status ini. Hubungi kami.",
		EN: "Only our team can make this change. Please contact us.",
	})
}

// Label names the status for people, in lang ("id" or "en"). Clients and admins
// read the same words, so they say "you" to neither.
func (s Status) Label(lang string) string {
	labels := map[Status]Text{
		PendingPayment: {ID: "Menunggu pembayaran", EN: "Awaiting payment"},
		InProgress:     {ID: "Sedang dikerjakan", EN: "In progress"},
		Review:         {ID: "Siap diperiksa", EN: "Ready for review"},
		Completed:      {ID: "Selesai", EN: "Completed"},
		Cancelled:      {ID: "Dibatalkan", EN: "Cancelled"},
	}
	if t, ok := labels[s]; ok {
		return t.In(lang)
	}
	return string(s)
}
