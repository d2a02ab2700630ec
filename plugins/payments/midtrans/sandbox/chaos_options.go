package sandbox

import "slices"

// Option is one way in which the sandbox can misbehave.
type Option struct {
	Name, About string
}

// option is an entry of the table below.
type option struct {
	name       string
	parameters []string
	leastCode  int    // the smallest value of the parameter code, and the first of a hundred
	about      string // for the command's help
	label      string // for the page

	// spoil changes an outgoing notification. The options without it change an
	// answer of the API or a transaction, where strike asks for them by name.
	spoil func(s *Server, r *Rule, o *outgoing)
}

// options are all there are. Notifications are spoiled from the top to the
// bottom: what signs comes before what breaks a signature.
var options = []option{
	{
		name: "paid_no_notify", about: "a payment is not notified at all",
		label: "Pembayaran masuk tanpa notifikasi",
		spoil: func(_ *Server, _ *Rule, o *outgoing) { o.unsent = o.unsent || o.t.status == StatusSettlement },
	},
	{
		name: "drop", about: "a notification gets lost, and all its repetitions",
		label: "Notifikasi hilang, termasuk semua pengulangannya",
		spoil: func(_ *Server, _ *Rule, o *outgoing) { o.vanished = true },
	},
	{
		name: "drop_first", parameters: []string{"k"}, about: "the first k (1) attempts of a notification get lost",
		label: "Percobaan pertama notifikasi hilang, pengulangannya sampai",
		spoil: func(_ *Server, r *Rule, o *outgoing) { o.lost = max(r.K, 1) },
	},
	{
		name: "duplicate", parameters: []string{"n", "gap"}, about: "a notification is sent n (1) times more, each gap (0) seconds after the other",
		label: "Notifikasi terkirim dua kali",
		spoil: duplicate,
	},
	{
		name: "reorder", parameters: []string{"window"}, about: "a notification is sent at any time in a window (5) of seconds, not in order",
		label: "Urutan notifikasi tertukar",
		spoil: func(s *Server, r *Rule, o *outgoing) {
			o.postpone(float64(seconds(r.Window, defaultWindow)) * s.dice.Float64())
		},
	},
	{
		name: "delay", parameters: []string{"delay"}, about: "a notification is sent delay (5) seconds late; later ones overtake it",
		label: "Notifikasi terlambat dan didahului yang lain",
		spoil: func(_ *Server, r *Rule, o *outgoing) { o.postpone(float64(seconds(r.Delay, defaultDelay))) },
	},
	{
		name: "code_mismatch", parameters: []string{"code"}, leastCode: 200, about: "the status code, 201 or this one, does not fit the status; signed",
		label: "Kode status tidak cocok dengan status transaksi",
		spoil: mismatch,
	},
	{
		name: "missing_fraud", about: "fraud_status is missing",
		label: "fraud_status tidak ada",
		spoil: func(_ *Server, _ *Rule, o *outgoing) { delete(o.body, "fraud_status") },
	},
	{
		name: "numeric_gross", about: "gross_amount is a number, not a string; signed",
		label: "gross_amount berupa angka, bukan teks",
		spoil: numericGross,
	},
	{
		name: "tamper_amount", parameters: []string{"amount"}, about: "the amount is another, this or one rupiah, under the old signature",
		label: "Nominal diubah, tanda tangan tetap yang lama",
		spoil: tamperAmount,
	},
	{
		name: "wrong_signature", about: "the signature is made with another key",
		label: "Tanda tangan dibuat dengan kunci lain",
		spoil: wrongSignature,
	},
	{
		name: "hmac_signature", about: "the signature is an HMAC, which Midtrans never sends",
		label: "Tanda tangan berupa HMAC",
		spoil: hmacSignature,
	},

	{
		name: "fee_amount", parameters: []string{"amount"}, about: "a payment includes a fee, this or 0.7 %, on top of the amount; signed, original_amount in the metadata",
		label: "Nominal pembayaran ditambah biaya",
	},
	{
		name: "pay_twice_two_orders", about: "a payment pays another unpaid order with the same custom_field1 too",
		label: "Pembayaran terjadi pada dua transaksi dari tagihan yang sama",
	},
	{
		name: "late_settlement", parameters: []string{"delay"}, about: "an expired transaction is paid delay (30) seconds later",
		label: "Pembayaran masuk setelah kedaluwarsa",
	},
	{
		name: "expire_never", about: "a transaction stays pending beyond its time",
		label: "Transaksi tidak pernah kedaluwarsa",
	},

	{
		name: "before_charge_response", about: "a charge is paid and notified before it is answered",
		label: "Dibayar dan dinotifikasi sebelum permintaan kode dibalas",
	},
	{
		name: "charge_timeout_but_created", parameters: []string{"delay"}, about: "a charge is made, but its answer never comes; the connection ends after delay (60) seconds",
		label: "Kode dibuat, tetapi balasannya tidak pernah sampai",
	},
	{
		name: "charge_slow", parameters: []string{"delay"}, about: "a charge is answered after delay (15) seconds",
		label: "Permintaan kode dibalas lambat",
	},
	{
		name: "charge_5xx", parameters: []string{"code"}, leastCode: 500, about: "a charge fails with the code 500 or this one; nothing is made",
		label: "Permintaan kode gagal di server penyedia",
	},
	{
		name: "charge_429", about: "a charge is refused with 429: too many requests",
		label: "Permintaan kode ditolak karena terlalu sering",
	},
	{
		name: "status_down", parameters: []string{"code"}, leastCode: 500, about: "GET status answers an HTML page with HTTP 503 or this code",
		label: "Cek status sedang mati",
	},
	{
		name: "status_stale", about: "GET status answers pending for a transaction that was paid",
		label: "Cek status masih menjawab menunggu padahal sudah dibayar",
	},
}

// Options lists the ways in which the sandbox can misbehave.
func Options() []Option {
	list := make([]Option, 0, len(options))
	for _, o := range options {
		list = append(list, Option{Name: o.name, About: o.about})
	}
	return list
}

// findOption looks an option up; nil if there is none.
func findOption(name string) *option {
	i := slices.IndexFunc(options, func(o option) bool { return o.name == name })
	if i < 0 {
		return nil
	}
	return &options[i]
}
