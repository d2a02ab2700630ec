// Package passwords refuses what a guesser tries first: passwords that many people
// have, and what is known of the person and the agency. It asks for no signs or
// capitals: length is what makes a password strong.
//
//	if passwords.Check(password, user.Name(), user.Email()) != passwords.Fine { … }
package passwords

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Verdict is what is wrong with a password.
type Verdict int

// The verdicts.
const (
	Fine   Verdict = iota
	Common         // many people have it
	Own            // hardly more than what is known of its owner
)

const (
	// first is how many of the most common ones are refused with signs around them, too.
	first = 10_000
	// longEnough is from how many characters on signs around a common one make a difference.
	longEnough = 12
	// leastOwn is the shortest word of the owner that counts.
	leastOwn = 3
	// leastElse is how many letters a password needs beside the owner's words.
	leastElse = 4
)

//go:embed common.txt.gz
var packed []byte

// common has the list by rank and by name; 49,233 lines, unpacked when first asked for.
var common = sync.OnceValue(func() (list struct{ all, first []string }) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("passwords: the embedded list: " + err.Error()) // only a broken build
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		panic("passwords: the embedded list: " + err.Error())
	}
	list.all = strings.Split(string(text), "\n")
	list.first = slices.Clone(list.all[:first])
	slices.Sort(list.all)
	slices.Sort(list.first)
	return list
})

// Check says what is wrong with password, whose owner is known by own: names,
// e-mail addresses, the name of the agency.
func Check(password string, own ...string) Verdict {
	typed := strings.ToLower(strings.TrimSpace(password))
	list := common()
	if _, found := slices.BinarySearch(list.all, typed); found || isOneSign(typed) {
		return Common
	}
	if len(typed) < longEnough {
		core := strings.TrimFunc(typed, func(r rune) bool { return !unicode.IsLetter(r) })
		if _, found := slices.BinarySearch(list.first, core); found {
			return Common
		}
	}
	if isOwn(typed, own) {
		return Own
	}
	return Fine
}

// isOneSign reports whether it is one sign again and again.
func isOneSign(s string) bool {
	return s != "" && strings.Trim(s, s[:1]) == ""
}

// isOwn reports whether hardly a letter is left without the words of its owner.
func isOwn(typed string, own []string) bool {
	words := []string{}
	for _, text := range own {
		words = append(words, strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // "nusantara" before "nusa"
	rest, found := typed, false
	for _, word := range words {
		if len(word) >= leastOwn && strings.Contains(rest, word) {
			rest, found = strings.ReplaceAll(rest, word, " "), true
		}
	}
	letters := 0
	for _, r := range rest {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return found && letters < leastElse
}
