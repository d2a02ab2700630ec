package collections

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"jasaweb/collections/secret"
)

// ProjectTypes are the kinds of website that the agency builds.
var ProjectTypes = []string{"sekolah", "berita", "company"}

// Project is one website for one client, from its order to its delivery.
type Project struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*Project)(nil)

// AsProject reads record, which must be of the projects collection.
func AsProject(record *core.Record) *Project {
	p := &Project{}
	p.SetProxyRecord(record)
	return p
}

// Owner returns the id of the client's users record.
func (p *Project) Owner() string { return p.GetString("user") }

// Name returns what the client calls the website.
func (p *Project) Name() string { return p.GetString("name") }

// Type returns one of ProjectTypes.
func (p *Project) Type() string { return p.GetString("type") }

// Status returns where the project stands.
func (p *Project) Status() Status { return Status(p.GetString(ColumnStatus)) }

// SetStatus asks for a change of status; the hooks decide at save time.
func (p *Project) SetStatus(s Status) { p.Set(ColumnStatus, string(s)) }

// StatusNote returns the words that came with the last change of status.
func (p *Project) StatusNote() string { return p.GetString("status_note") }

// SetStatusNote gives the words for the next change of status; the same words
// as last time count as said again.
func (p *Project) SetStatusNote(note string) {
	p.Set("status_note", note)
	p.SetRaw(noteKey, note)
}

const noteKey = "@status_note"

// NewStatusNote returns the words that come with the change of status that is
// about to be saved. A form of the dashboard sends the column along untouched:
// the note of the last change is not one for this change.
func (p *Project) NewStatusNote() string {
	if note, ok := p.GetRaw(noteKey).(string); ok {
		return note
	}
	if note := p.StatusNote(); note != p.Original().GetString("status_note") {
		return note
	}
	return ""
}

// URL returns the address of the finished website; empty until it has one.
func (p *Project) URL() string { return p.GetString("url") }

// DueAt returns when the agency promised to deliver (UTC); may be zero.
func (p *Project) DueAt() types.DateTime { return p.GetDateTime("due_at") }

// HasCredentials reports whether a login for the website is on file.
func (p *Project) HasCredentials() bool { return p.sealedCredentials() != "" }

// Credentials are the login of the delivered website.
type Credentials struct {
	AdminURL string `json:"admin_url" doc:"Address of the website's own login page" maxLength:"500"`
	Username string `json:"username" maxLength:"500"`
	Password string `json:"password" maxLength:"500"`
}

// Validate refuses a login that nobody could use.
func (c Credentials) Validate() error {
	for _, part := range []string{c.AdminURL, c.Username, c.Password} {
		if strings.TrimSpace(part) == "" || utf8.RuneCountInString(part) > 500 {
			return Invalid("validation_invalid_credentials", "credentials", Text{
				ID: "Isi admin_url, username, dan password, masing-masing paling banyak 500 karakter.",
				EN: "Fill in admin_url, username and password, at most 500 characters each.",
			})
		}
	}
	if !WebURL(c.AdminURL) {
		return Invalid("validation_invalid_url", "credentials", Text{
			ID: "admin_url harus berupa alamat http atau https.",
			EN: "admin_url must be an http or https address.",
		})
	}
	return nil
}

// WebURL reports whether s is an absolute http or https address: what may be
// put behind a link without running as a script.
func WebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

func (p *Project) credentialsPurpose() string { return credentialsPurpose(p.Id) }

// sealedCredentials returns the stored envelope, or "" when there is none or
// when the field holds plain text that is about to be sealed.
func (p *Project) sealedCredentials() string {
	var sealed string
	if p.UnmarshalJSONField("credentials", &sealed) == nil && secret.Sealed(sealed) {
		return sealed
	}
	return ""
}

// emptyCredentials reports whether the field holds nothing, in any of the forms
// that a form or a client sends for it.
func (p *Project) emptyCredentials() bool {
	raw := strings.TrimSpace(p.GetString("credentials"))
	return raw == "" || raw == "null" || raw == `""` || raw == "{}"
}

// RevealCredentials decrypts the login; nil when none is on file. What is there
// but is no envelope of this project is an error, never taken for "none".
func (p *Project) RevealCredentials(box *secret.Box) (*Credentials, error) {
	if p.emptyCredentials() {
		return nil, nil
	}
	plain, err := box.Open(p.credentialsPurpose(), p.sealedCredentials())
	if err != nil {
		return nil, fmt.Errorf("collections: project %s: open credentials: %w", p.Id, err)
	}
	c := &Credentials{}
	if err := json.Unmarshal(plain, c); err != nil {
		return nil, fmt.Errorf("collections: project %s: read credentials: %w", p.Id, err)
	}
	return c, nil
}

// readWithin is how long one row of the audit log stands for every further answer
// with the credentials to the same person, address and browser: pages read their
// project again and again.
const readWithin = time.Hour

// AnswerCredentials reveals the credentials for an answer to by, and writes down
// that they were. A login that no key opens is left out and logged: it must not keep
// the whole project from its readers.
func (p *Project) AnswerCredentials(app core.App, box *secret.Box, by Actor) (*Credentials, error) {
	c, err := p.RevealCredentials(box)
	if errors.Is(err, secret.ErrOpen) {
		app.Logger().Error("the login of a website cannot be opened", "project", p.Id, "error", err)
		return nil, nil
	}
	if err != nil || c == nil {
		return nil, err
	}
	known, err := CountAudit(app, AuditCredentialsRead, Projects, p.Id, readWithin, dbx.HashExp{"actor": by.ID, "ip": by.IP, "user_agent": by.UserAgent})
	if err != nil {
		return nil, err
	}
	if known > 0 {
		return c, nil
	}
	return c, Audit(app, AuditEntry{By: by, Action: AuditCredentialsRead, Collection: Projects, Record: p.Id, Demo: p.GetBool(ColumnDemo)})
}

// SetCredentials puts c on the record in plain; the hook that seals them runs
// on every save.
func (p *Project) SetCredentials(c *Credentials) { p.Set("credentials", c) }

// SealCredentials replaces plain credentials on the record by their encrypted
// form. An envelope is accepted only if it opens for this very project, so
// nobody can move one project's login to another.
func (p *Project) SealCredentials(box *secret.Box) error {
	if p.emptyCredentials() {
		p.Set("credentials", nil)
		return nil
	}
	if p.sealedCredentials() != "" {
		_, err := p.RevealCredentials(box)
		if err != nil {
			return Invalid("validation_invalid_credentials", "credentials", Text{
				ID: "Nilai terenkripsi ini bukan milik proyek ini.",
				EN: "This encrypted value does not belong to this project.",
			})
		}
		return nil
	}
	c, err := parseCredentials(p.GetString("credentials"))
	if err != nil {
		return err
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("collections: project %s: write credentials: %w", p.Id, err)
	}
	sealed, err := box.Seal(p.credentialsPurpose(), plain)
	if err != nil {
		return err
	}
	p.Set("credentials", sealed)
	return nil
}

func parseCredentials(raw string) (Credentials, error) {
	var c Credentials
	dec := json.NewDecoder(strings.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, Invalid("validation_invalid_credentials", "credentials", Text{
			ID: `Tulis sebagai {"admin_url":"…","username":"…","password":"…"}.`,
			EN: `Write it as {"admin_url":"…","username":"…","password":"…"}.`,
		})
	}
	return c, c.Validate()
}
