package differential

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"slices"
)

// create is a request that creates a record with random values.
func (g *generator) create(collection string) (Request, []kind) {
	id := newId(g.r)
	switch {
	case chance(g.r, 0.02):
		id = pick(g.r, []string{"x", "UPPERCASE000000", "with space 0000"})
	case chance(g.r, 0.02) && len(g.ids[collection]) > 0:
		id = pick(g.r, g.ids[collection]) // taken
	}
	body, used := g.body(collection, 0.8)
	body["id"] = quote(id)
	if collection == people {
		body["email"], body["password"], body["passwordConfirm"] = quote(id+"@contoh.test"), quote(password), quote(password)
		used = append(used, kindPassword, kindEmail)
	}
	r := Request{Method: "POST", Path: "/api/collections/" + collection + "/records", Body: encode(body)}
	if collection == kinds && chance(g.r, 0.25) {
		r = g.upload(r, body)
		used = append(used, kindFile)
	}
	if collection == kinds {
		used = append(used, kindAutodate)
	}
	return r, used
}

// update changes a few fields of a record, some by "name+" and "name-".
func (g *generator) update(collection string) (Request, []kind) {
	body, used := g.body(collection, 0.25)
	for _, f := range g.writable[collection] {
		if (f.multiple || f.kind == kindNumber) && chance(g.r, 0.15) {
			delete(body, f.name)
			value := g.value(f)
			if f.kind == kindNumber { // 2^63 taken from 1 is a number whose ABS SQLite refuses
				value = json.RawMessage(pick(g.r, modest))
			}
			body[f.name+pick(g.r, []string{"+", "-"})] = value
			used = append(used, f.kind)
		}
	}
	if collection == kinds {
		if chance(g.r, 0.1) {
			body[pick(g.r, []string{"files", "file"})] = json.RawMessage(pick(g.r, []string{"null", "[]", `""`, `["step_1_0.txt"]`}))
			used = append(used, kindFile)
		}
		used = append(used, kindAutodate)
	}
	r := Request{Method: "PATCH", Path: "/api/collections/" + collection + "/records/" + g.id(collection), Body: encode(body)}
	if collection == kinds && chance(g.r, 0.1) {
		r = g.upload(r, body)
		used = append(used, kindFile)
	}
	return r, used
}

func (g *generator) remove(collection string) Request {
	return Request{Method: "DELETE", Path: "/api/collections/" + collection + "/records/" + g.id(collection)}
}

// batch is a transaction of several writes, of which one may fail.
func (g *generator) batch() (Request, []kind) {
	type one struct {
		Method string                     `json:"method"`
		URL    string                     `json:"url"`
		Body   map[string]json.RawMessage `json:"body,omitempty"`
	}
	requests, used := []one{}, []kind{}
	for range 2 + g.r.IntN(3) {
		collection := pick(g.r, []string{targets, notes})
		body, kinds := g.body(collection, 0.7)
		used = append(used, kinds...)
		switch g.r.IntN(4) {
		case 0:
			requests = append(requests, one{"PATCH", "/api/collections/" + collection + "/records/" + g.id(collection), body})
		case 1:
			body["id"] = quote(newId(g.r))
			requests = append(requests, one{"PUT", "/api/collections/" + collection + "/records", body})
		default:
			body["id"] = quote(newId(g.r))
			requests = append(requests, one{"POST", "/api/collections/" + collection + "/records", body})
		}
	}
	raw, _ := json.Marshal(map[string]any{"requests": requests})
	return Request{Method: "POST", Path: "/api/batch", Body: raw}, used
}

// id is one that exists, mostly.
func (g *generator) id(collection string) string {
	if len(g.ids[collection]) == 0 || chance(g.r, 0.03) {
		return newId(g.r)
	}
	return pick(g.r, g.ids[collection])
}

// body sets each field with that probability.
func (g *generator) body(collection string, share float64) (map[string]json.RawMessage, []kind) {
	body, used := map[string]json.RawMessage{}, []kind{}
	for _, f := range g.writable[collection] {
		if chance(g.r, share) {
			body[f.name] = g.value(f)
			used = append(used, f.kind)
		}
	}
	if value, ok := body["Unik"]; ok && chance(g.r, 0.8) { // mostly unique, so that most creates succeed
		var text string
		if json.Unmarshal(value, &text) == nil && text != "" && len(text) < 1000 {
			body["Unik"] = quote(text + newId(g.r))
		}
	}
	return body, used
}

// upload turns a request into a form with the same values and small files.
func (g *generator) upload(r Request, body map[string]json.RawMessage) Request {
	buffer := &bytes.Buffer{}
	form := multipart.NewWriter(buffer)
	_ = form.WriteField("@jsonPayload", string(encode(body)))
	for _, name := range append([]string{"file"}, slices.Repeat([]string{"files"}, g.r.IntN(3))...) {
		part, err := form.CreateFormFile(name, pick(g.r, []string{"a.txt", "b.md", "ü ß.txt"}))
		if err == nil {
			fmt.Fprint(part, "isi")
		}
	}
	form.Close()
	r.Body, r.ContentType = buffer.Bytes(), form.FormDataContentType()
	return r
}

// encode writes the keys in order, so that a seed repeats its run.
func encode(body map[string]json.RawMessage) []byte {
	buffer := &bytes.Buffer{}
	buffer.WriteByte('{')
	for n, name := range slices.Sorted(maps.Keys(body)) {
		if n > 0 {
			buffer.WriteByte(',')
		}
		fmt.Fprintf(buffer, "%s:%s", quote(name), body[name])
	}
	buffer.WriteByte('}')
	return buffer.Bytes()
}
