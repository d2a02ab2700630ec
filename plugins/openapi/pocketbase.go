package openapi

import (
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/pocketbase/pocketbase/core"
)

// What PocketBase serves by itself is described here by hand. Each entry enters
// the document only if the router has its pattern, so that a route which is
// taken away or renamed upstream disappears from the document as well.

const authPath = "/api/collections/{collection}/"

// auth describes how one signs in to a collection and keeps the account.
func (b *builder) auth(c *core.Collection) {
	name := schemaName(c)
	b.schemas.all[name+"Auth"] = object(map[string]*huma.Schema{"token": text(), "record": ref(name)}, "token", "record")
	session := map[string]*huma.Response{"200": {Description: "Signed in", Content: jsonContent(ref(name + "Auth"))}}
	sent := map[string]*huma.Response{"204": {Description: "Done; whether the address is known is not told"}}

	post := func(verb, summary string, in *huma.Schema, responses map[string]*huma.Response, security []map[string][]string) {
		op := &huma.Operation{
			OperationID: "records-" + c.Name + "-" + verb, Summary: summary, Tags: []string{recordsTag + c.Name},
			Security: security, Responses: maps.Clone(responses),
		}
		if in != nil {
			op.RequestBody = &huma.RequestBody{Required: true, Content: jsonContent(in)}
		}
		b.add(http.MethodPost, authPath+verb, c.Name, op, 400, 401, 403, 404, 413, 429, 500)
	}
	public := []map[string][]string{}
	if c.PasswordAuth.Enabled {
		post("auth-with-password", "Sign in with a password", texts("identity", "password"), session, public)
	}
	post("auth-refresh", "Replace one's token by a fresh one", nil, session, signedIn())
	if c.OAuth2.Enabled {
		post("auth-with-oauth2", "Sign in with another provider's account", object(map[string]*huma.Schema{
			"provider": text(), "code": text(), "codeVerifier": text(), "redirectURL": text(),
		}, "provider", "code", "redirectURL"), session, public)
	}
	if c.OTP.Enabled {
		post("request-otp", "Get a one-time password by mail", texts("email"), map[string]*huma.Response{
			"200": {Description: "Sent, if the address is known", Content: jsonContent(texts("otpId"))},
		}, public)
		post("auth-with-otp", "Sign in with a one-time password", texts("otpId", "password"), session, public)
	}
	post("request-password-reset", "Get a mail to set a new password", texts("email"), sent, public)
	post("confirm-password-reset", "Set a new password", texts("token", "password", "passwordConfirm"), sent, public)
	post("request-verification", "Get a mail to verify one's address", texts("email"), sent, public)
	post("confirm-verification", "Verify one's address", texts("token"), sent, public)
	post("request-email-change", "Get a mail to change one's address", texts("newEmail"), sent, signedIn())
	post("confirm-email-change", "Change one's address", texts("token", "password"), sent, public)

	b.add(http.MethodGet, authPath+"auth-methods", c.Name, &huma.Operation{
		OperationID: "records-" + c.Name + "-auth-methods", Summary: "How one can sign in", Tags: []string{recordsTag + c.Name},
		Security: public, Responses: map[string]*huma.Response{
			"200": {Description: "The methods", Content: jsonContent(&huma.Schema{Type: huma.TypeObject, AdditionalProperties: true})},
		},
	}, 400, 404, 429, 500)
}

// fixed describes what belongs to no collection.
func (b *builder) fixed(app core.App) {
	op := func(id, summary string, security []map[string][]string, responses map[string]*huma.Response) *huma.Operation {
		return &huma.Operation{OperationID: id, Summary: summary, Tags: []string{"records"}, Security: security, Responses: responses}
	}
	ok := func(doc string, content map[string]*huma.MediaType) map[string]*huma.Response {
		return map[string]*huma.Response{"200": {Description: doc, Content: content}}
	}
	anybody := []map[string][]string{}
	guestToo := []map[string][]string{{}, {"token": {}}}

	health := op("get-api-health", "Whether the process answers", anybody, ok("It does", jsonContent(&huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{"code": {Type: huma.TypeInteger}, "message": text()},
	})))
	health.Tags = []string{"health"}
	b.add(http.MethodGet, "/api/health", "", health, 429, 500)

	file := op("get-api-files", "A file of a record", guestToo, ok("The file", map[string]*huma.MediaType{"*/*": {Schema: binary()}}))
	file.Parameters = []*huma.Param{
		pathParameter("collection"), pathParameter("recordId"), pathParameter("filename"),
		{Name: "thumb", In: "query", Description: "A size that the field offers, like 100x100", Schema: text()},
		{Name: "token", In: "query", Description: "For protected files: a token of POST /api/files/token", Schema: text()},
		{Name: "download", In: "query", Description: "Any value: offer to save it", Schema: text()},
	}
	b.add(http.MethodGet, "/api/files/{collection}/{recordId}/{filename}", "", file, 400, 403, 404, 429, 500)
	b.add(http.MethodPost, "/api/files/token", "", op("post-api-files-token", "A short-lived token for protected files", signedIn(),
		ok("The token", jsonContent(texts("token")))), 400, 401, 403, 429, 500)

	events := op("get-api-realtime", "Changes of records, as they happen", guestToo,
		ok("Server-sent events; the first, PB_CONNECT, has the clientId", map[string]*huma.MediaType{"text/event-stream": {Schema: text()}}))
	b.add(http.MethodGet, "/api/realtime", "", events, 400, 403, 429, 500)
	subscribe := op("post-api-realtime", "Choose the changes to hear about", guestToo,
		map[string]*huma.Response{"204": {Description: "Chosen"}})
	subscribe.RequestBody = &huma.RequestBody{Required: true, Content: jsonContent(object(map[string]*huma.Schema{
		"clientId": text(), "subscriptions": {Type: huma.TypeArray, Items: text()},
	}, "clientId", "subscriptions"))}
	b.add(http.MethodPost, "/api/realtime", "", subscribe, 400, 403, 404, 413, 429, 500)

	if app.Settings().Batch.Enabled {
		b.add(http.MethodPost, "/api/batch", "", b.batch(op("post-api-batch", "Several record requests in one transaction, for admins", []map[string][]string{{"token": {}}}, nil)),
			400, 403, 413, 429, 500)
	}
}

func (b *builder) batch(op *huma.Operation) *huma.Operation {
	request := object(map[string]*huma.Schema{
		"method": {Type: huma.TypeString, Enum: []any{"POST", "PATCH", "PUT", "DELETE"}}, "url": text(),
		"headers": {Type: huma.TypeObject, AdditionalProperties: text()}, "body": {Type: huma.TypeObject, AdditionalProperties: true},
	}, "method", "url")
	answer := object(map[string]*huma.Schema{"status": {Type: huma.TypeInteger}, "body": anySchema()}, "status", "body")
	op.RequestBody = &huma.RequestBody{Required: true, Content: jsonContent(object(map[string]*huma.Schema{
		"requests": {Type: huma.TypeArray, Items: request},
	}, "requests"))}
	op.Responses = map[string]*huma.Response{
		"200": {Description: "What each answered", Content: jsonContent(&huma.Schema{Type: huma.TypeArray, Items: answer})},
		"400": {Description: "What the first refused request answered, by its number under data.requests", Content: jsonContent(
			object(map[string]*huma.Schema{"status": {Type: huma.TypeInteger}, "message": text(), "data": anySchema()}, "status", "message", "data"))},
	}
	return op
}

func text() *huma.Schema   { return &huma.Schema{Type: huma.TypeString} }
func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

func object(properties map[string]*huma.Schema, required ...string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Properties: properties, Required: required}
}

// texts is an object of required texts.
func texts(names ...string) *huma.Schema {
	properties := map[string]*huma.Schema{}
	for _, name := range names {
		properties[name] = text()
	}
	return object(properties, names...)
}

func pathParameter(name string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Schema: text()}
}
