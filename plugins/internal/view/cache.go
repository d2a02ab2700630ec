package view

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"jasaweb/plugins/internal/cache"
)

// keptPage is a rendered page, ready to be sent.
type keptPage struct {
	html, gzip []byte
	etag       string
	page       *Page
}

// errNotKept says that the handler answered in another way than with a page.
var errNotKept = errors.New("view: no page to keep")

// campaign reports whether a parameter only tells where a visitor comes from.
func campaign(name string) bool {
	return strings.HasPrefix(name, "utm_") || slices.Contains([]string{"fbclid", "gclid", "wbraid", "gbraid", "msclkid"}, name)
}

// cacheable reports whether the page is the same for every visitor with the same
// key. It drops what advertising adds to addresses.
func cacheable(r *Request, route Route) bool {
	query := r.Request.URL.Query()
	for name := range query {
		if campaign(name) {
			query.Del(name)
		} else if !slices.Contains(route.parameters, name) {
			return false
		}
	}
	r.Request.URL.RawQuery = query.Encode()
	return len(r.Request.URL.RawQuery) < 100 && r.cookie(flashCookie) == ""
}

// writeCached answers with the kept page, or makes and keeps it.
func (s *Site) writeCached(r *Request, route Route) error {
	if !cacheable(r, route) {
		return s.answer(r, route.handler)
	}
	key := strings.Join([]string{"page", s.Origin(r), r.Request.URL.RequestURI(), r.Theme}, " ")
	if r.SignedIn() {
		key += " in"
	}
	var failed error // of this visitor's own request
	mine := false
	kept, err := cache.Get(r.Request.Context(), s.cache, key, s.content(), func(context.Context) (*keptPage, int, error) {
		mine = true
		k, err := s.keep(r, route.handler)
		if err != nil {
			failed = err
			return nil, 0, err
		}
		return k, len(k.html) + len(k.gzip), nil
	})
	switch {
	case mine && errors.Is(failed, errNotKept):
		return nil // the handler has answered
	case mine && failed != nil:
		return failed
	case err != nil: // what went wrong was another visitor's; this one gets an answer of its own
		return s.answer(r, route.handler)
	}
	return s.send(r, kept)
}

func (s *Site) keep(r *Request, handler Handler) (*keptPage, error) {
	page, err := handler(r)
	if err != nil {
		return nil, err
	}
	if page == nil {
		return nil, errNotKept
	}
	html, err := s.HTML(r, page)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(html)
	k := &keptPage{html: html, page: page, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	k.gzip, err = compress(html)
	return k, err
}

// send writes a kept page, or nothing when the browser has it.
func (s *Site) send(r *Request, k *keptPage) error {
	s.headers(r, k.page)
	h := r.Response.Header()
	h.Set("ETag", k.etag)
	if match := r.Request.Header.Get("If-None-Match"); match != "" && strings.Contains(match, k.etag) {
		r.Response.WriteHeader(http.StatusNotModified)
		return nil
	}
	return sendHTML(r, http.StatusOK, k.html, k.gzip)
}

// sendHTML writes a page, packed if the browser unpacks it.
func sendHTML(r *Request, status int, html, packed []byte) error {
	if packed != nil {
		r.Response.Header().Add("Vary", "Accept-Encoding")
		if AcceptsGzip(r.Request) {
			r.Response.Header().Set("Content-Encoding", "gzip")
			html = packed
		}
	}
	return r.Blob(status, "text/html; charset=utf-8", html)
}

// packers are kept: a new one takes more than a megabyte of memory.
var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestCompression)
	if err != nil {
		panic(err) // there is no such level
	}
	return w
}}

func compress(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&b)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
