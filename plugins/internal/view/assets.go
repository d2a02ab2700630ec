package view

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// Assets are the files of the site under addresses that change with their
// content, so that browsers may keep them for ever. They are compressed once.
type Assets struct {
	hrefs map[string]string // name → address
	files map[string]*asset // address → file
	theme string            // address of the theme's style sheet, or ""
}

type asset struct {
	kind      string
	raw, gzip []byte // gzip is nil when it would not be smaller
}

// AssetPath is where the hashed files are.
const AssetPath = "/assets/"

// NewAssets reads, links, hashes and compresses all files.
func NewAssets(fsys fs.FS) (*Assets, error) {
	a := &Assets{hrefs: map[string]string{}, files: map[string]*asset{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return a.add(fsys, name, nil)
	})
	if err != nil {
		return nil, fmt.Errorf("view: assets: %w", err)
	}
	return a, nil
}

// linked are the files that a style sheet or module loads: url(x) and import "./x".
var linked = regexp.MustCompile(`(url\(|import\s*\(?\s*|from\s*)(["']?)(\.{0,2}/?[\w./-]+\.(?:woff2|js|css|svg|png))(["']?)`)

// add hashes one file after those that it loads, whose addresses go into it.
func (a *Assets) add(fsys fs.FS, name string, parents []string) error {
	if _, done := a.hrefs[name]; done {
		return nil
	}
	for _, p := range parents {
		if p == name {
			return fmt.Errorf("%s loads itself", name)
		}
	}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if ext := path.Ext(name); ext == ".css" || ext == ".js" && !strings.HasPrefix(name, "vendor/") {
		raw, err = a.link(fsys, name, raw, append(parents, name))
		if err != nil {
			return err
		}
	}
	a.hrefs[name] = a.put(name, raw)
	return nil
}

func (a *Assets) link(fsys fs.FS, name string, raw []byte, parents []string) ([]byte, error) {
	var failed error
	out := linked.ReplaceAllFunc(raw, func(match []byte) []byte {
		m := linked.FindSubmatch(match)
		target := path.Join(path.Dir(name), string(m[3]))
		if strings.HasPrefix(string(m[3]), "/") {
			target = strings.TrimPrefix(string(m[3]), "/")
		}
		if err := a.add(fsys, target, parents); err != nil {
			failed = fmt.Errorf("%s loads %s: %w", name, m[3], err)
			return match
		}
		return []byte(string(m[1]) + string(m[2]) + a.hrefs[target] + string(m[4]))
	})
	return out, failed
}

// put keeps content under its hashed address.
func (a *Assets) put(name string, raw []byte) string {
	sum := sha256.Sum256(raw)
	ext := path.Ext(name)
	href := AssetPath + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
	kind := mime.TypeByExtension(ext)
	switch ext {
	case ".woff2":
		kind = "font/woff2"
	case ".js":
		kind = "text/javascript; charset=utf-8"
	}
	f := &asset{kind: kind, raw: raw}
	if packed, err := compress(raw); err == nil && len(packed) < len(raw)*9/10 {
		f.gzip = packed
	}
	a.files[href] = f
	return href
}

// Href returns the hashed address of a file.
func (a *Assets) Href(name string) (string, error) {
	href, ok := a.hrefs[name]
	if !ok {
		return "", fmt.Errorf("view: there is no file %s", name)
	}
	return href, nil
}

// Theme returns the address of the theme's style sheet, or "".
func (a *Assets) Theme() string { return a.theme }

// Size returns the bytes of the file at a hashed address as they are sent.
func (a *Assets) Size(href string) int {
	f, ok := a.files[href]
	if !ok {
		return 0
	}
	if f.gzip != nil {
		return len(f.gzip)
	}
	return len(f.raw)
}

// Serve answers a request for a hashed address.
func (a *Assets) Serve(e *core.RequestEvent) error {
	f, ok := a.files[e.Request.URL.Path]
	if !ok {
		return e.NotFoundError("", nil)
	}
	h := e.Response.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Content-Type", f.kind)
	body := f.raw
	if f.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if AcceptsGzip(e.Request) {
			h.Set("Content-Encoding", "gzip")
			body = f.gzip
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	e.Response.WriteHeader(http.StatusOK)
	_, err := e.Response.Write(body)
	return err
}

// AcceptsGzip reports whether the client reads gzip.
func AcceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" || name == "*" {
			return strings.ReplaceAll(params, " ", "") != "q=0"
		}
	}
	return false
}
