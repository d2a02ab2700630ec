// Package text writes amounts, dates and telephone numbers as people read them,
// in Indonesian or English. A language is "id" or "en"; anything but "en" is
// Indonesian. Days and hours are those of WIB (collections/wib), amounts are
// whole rupiah (collections/idr).
package text

const english = "en"

// in returns the sentence of the language.
func in(lang, id, en string) string {
	if lang == english {
		return en
	}
	return id
}
