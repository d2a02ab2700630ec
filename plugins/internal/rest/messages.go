package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

const (
	indonesian = "id"
	english    = "en"
)

// Lang returns the language for people that the request asks for: "en" where
// Accept-Language prefers English to Indonesian, "id" for everything else.
func Lang(e *core.RequestEvent) string {
	best, bestQ := indonesian, 0.0
	for part := range strings.SplitSeq(e.Request.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(part, ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if primary == "in" { // Indonesian's code of old Java and Android
			primary = indonesian
		}
		if primary != indonesian && primary != english {
			continue
		}
		if q := quality(params); q > bestQ {
			best, bestQ = primary, q
		}
	}
	return best
}

// quality reads the weight of one Accept-Language entry; a broken one counts 0.
func quality(params string) float64 {
	value, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !found {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}

// text is a sentence in both languages; {} stands for a limit.
type text struct{ id, en string }

func (t text) in(lang string) string {
	if lang == english {
		return t.en
	}
	return t.id
}

// statusTexts are the sentences of errors that nobody worded.
var statusTexts = map[int]text{
	http.StatusBadRequest: {
		"Sebagian isian tidak valid. Periksa kembali.",
		"Some of the submitted data is invalid."},
	http.StatusUnauthorized: {
		"Silakan masuk terlebih dahulu.",
		"Please sign in first."},
	http.StatusForbidden: {
		"Anda tidak berhak melakukan tindakan ini.",
		"You are not allowed to perform this request."},
	http.StatusNotFound: {
		"Data yang diminta tidak ditemukan.",
		"The requested resource wasn't found."},
	http.StatusRequestTimeout: {
		"Data tidak sampai tepat waktu. Coba lagi.",
		"The request took too long to arrive. Please try again."},
	http.StatusRequestEntityTooLarge: {
		"Data yang dikirim terlalu besar.",
		"Request entity too large."},
	http.StatusUnsupportedMediaType: {
		"Jenis konten tidak didukung. Kirim JSON.",
		"Unsupported content type. Please send JSON."},
	http.StatusInternalServerError: {
		"Terjadi kesalahan saat memproses permintaan Anda.",
		"Something went wrong while processing your request."},
}

var brokenJSON = text{
	"Isi permintaan bukan JSON yang valid.",
	"The request body isn't valid JSON.",
}

// The codes that this package gives. Where ozzo-validation or PocketBase have
// one for the same fault, it is theirs: clients know one vocabulary.
const (
	codeInvalid      = "validation_invalid_value"
	codeRequired     = "validation_required"
	codeType         = "validation_invalid_type"
	codeUnknownField = "validation_unknown_field"
	codeTooShort     = "validation_length_too_short"
	codeTooLong      = "validation_length_too_long"
	codeTooFewItems  = "validation_not_enough_values"
	codeTooManyItems = "validation_too_many_values"
	codeNotUnique    = "validation_values_not_unique"
	codeMinimum      = "validation_min_greater_equal_than_required"
	codeMaximum      = "validation_max_less_equal_than_required"
	codeAbove        = "validation_min_greater_than_required"
	codeBelow        = "validation_max_less_than_required"
	codeMultiple     = "validation_multiple_of_invalid"
	codeOneOf        = "validation_in_invalid"
	codePattern      = "validation_match_invalid"
	codeEmail        = "validation_is_email"
	codeURL          = "validation_is_url"
	codeDate         = "validation_date_invalid"
)

// fieldTexts holds the sentences of this package's codes, and Indonesian for
// the codes of ozzo-validation and PocketBase that forms of ours can meet.
var fieldTexts = map[string]text{
	codeInvalid:      {"Nilai tidak valid.", "Invalid value."},
	codeRequired:     {"Wajib diisi.", "Cannot be blank."},
	codeType:         {"Jenis nilai salah, seharusnya {}.", "Wrong type, expected {}."},
	codeUnknownField: {"Isian tidak dikenal.", "Unknown field."},
	codeTooShort:     {"Minimal {} karakter.", "Must be at least {} character(s)."},
	codeTooLong:      {"Maksimal {} karakter.", "Must be no more than {} character(s)."},
	codeTooFewItems:  {"Pilih minimal {}.", "Select at least {}."},
	codeTooManyItems: {"Pilih maksimal {}.", "Select no more than {}."},
	codeNotUnique:    {"Tidak boleh ada nilai yang sama.", "Values must not repeat."},
	codeMinimum:      {"Tidak boleh kurang dari {}.", "Must be no less than {}."},
	codeMaximum:      {"Tidak boleh lebih dari {}.", "Must be no greater than {}."},
	codeAbove:        {"Harus lebih dari {}.", "Must be greater than {}."},
	codeBelow:        {"Harus kurang dari {}.", "Must be less than {}."},
	codeMultiple:     {"Harus kelipatan {}.", "Must be a multiple of {}."},
	codeOneOf:        {"Harus salah satu dari pilihan yang ada.", "Must be one of the possible values."},
	codePattern:      {"Format tidak valid.", "Must be in a valid format."},
	codeEmail:        {"Alamat e-mail tidak valid.", "Must be a valid email address."},
	codeURL:          {"URL tidak valid.", "Must be a valid URL."},
	codeDate:         {"Tanggal tidak valid.", "Must be a valid date."},

	"validation_not_unique":            {id: "Nilai ini sudah dipakai."},
	"validation_min_text_constraint":   {id: "Minimal {} karakter."},
	"validation_max_text_constraint":   {id: "Maksimal {} karakter."},
	"validation_min_number_constraint": {id: "Tidak boleh kurang dari {}."},
	"validation_max_number_constraint": {id: "Tidak boleh lebih dari {}."},
	"validation_only_int_constraint":   {id: "Harus bilangan bulat."},
	"validation_not_a_number":          {id: "Harus berupa angka."},
	"validation_invalid_email":         {id: "Alamat e-mail tidak valid."},
	"validation_invalid_url":           {id: "URL tidak valid."},
	"validation_invalid_format":        {id: "Format tidak valid."},
	"validation_invalid_json":          {id: "Bukan JSON yang valid."},
	"validation_missing_rel_records":   {id: "Data terkait tidak ditemukan."},
	"validation_file_size_limit":       {id: "Berkas terlalu besar."},
	"validation_invalid_mime_type":     {id: "Jenis berkas tidak didukung."},
	"validation_too_many_files":        {id: "Berkas terlalu banyak."},
}

// fieldText returns the sentence of a code, or false if there is none, or none
// that is complete without its limit.
func fieldText(code, lang, limit string) (string, bool) {
	if code == codeTooShort && limit == "1" {
		code = codeRequired // "at least 1 character" is how a program says it
	}
	sentence := fieldTexts[code].in(lang)
	if sentence == "" || limit == "" && strings.Contains(sentence, "{}") {
		return "", false
	}
	return strings.ReplaceAll(sentence, "{}", limit), true
}
