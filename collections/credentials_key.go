package collections

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"

	"jasaweb/collections/secret"
)

// The key's mark is a small sealed value in PocketBase's _params: by it a program
// knows at its start, and before a restore, that its key is the one under which the
// logins of websites are sealed.
const (
	markKey     = "jasaweb_credentials_key"
	markPurpose = "jasaweb/credentials_key"
)

// KeyFit says how the key of a program fits to what a database holds.
type KeyFit int

// How a key may fit.
const (
	KeyUnused   KeyFit = iota // nothing is sealed
	KeyCurrent                // everything is sealed under the current key
	KeyPrevious               // something is sealed under a previous key
)

// ErrOtherKey says that the logins in the database were sealed under a key that
// this program does not have.
var ErrOtherKey = errors.New("the logins of websites in this database were sealed with another key: " +
	"put its file credentials.key into the data directory, or give it as CREDENTIALS_KEY; " +
	"if it is lost, \"jasaweb credentials forget\" drops what nobody can read any more")

// CheckCredentialsKey compares the key of box with what db holds; ErrOtherKey when
// what is sealed there cannot be opened.
func CheckCredentialsKey(db dbx.Builder, box *secret.Box) (KeyFit, error) {
	mark, err := readMark(db)
	if err != nil {
		return KeyUnused, err
	}
	purpose, sealed := markPurpose, mark
	if mark == "" {
		row := sealedLogin{}
		if row, err = firstSealed(db); err != nil || row.ID == "" {
			return KeyUnused, err
		}
		purpose, sealed = credentialsPurpose(row.ID), row.envelope()
	}
	current, err := box.Current(purpose, sealed)
	switch {
	case err == nil && current:
		return KeyCurrent, nil
	case err == nil:
		return KeyPrevious, nil
	case !errors.Is(err, secret.ErrOpen):
		return KeyUnused, fmt.Errorf("collections: read the key of the logins: %w", err)
	}
	// The mark of a key under which nothing is sealed binds nobody.
	if row, err := firstSealed(db); err != nil || row.ID == "" {
		return KeyUnused, err
	}
	return KeyUnused, ErrOtherKey
}

// MarkCredentialsKey writes down that everything is sealed under the current key of
// box.
func MarkCredentialsKey(db dbx.Builder, box *secret.Box) error {
	sealed, err := box.Seal(markPurpose, []byte("the key of the logins"))
	if err != nil {
		return err
	}
	value, err := json.Marshal(sealed)
	if err != nil {
		return fmt.Errorf("collections: mark the key of the logins: %w", err)
	}
	result, err := db.Update("_params", dbx.Params{"value": string(value)}, dbx.HashExp{"id": markKey}).Execute()
	if err == nil {
		if n, affected := result.RowsAffected(); affected == nil && n > 0 {
			return nil
		}
		_, err = db.Insert("_params", dbx.Params{"id": markKey, "value": string(value)}).Execute()
	}
	if err != nil {
		return fmt.Errorf("collections: mark the key of the logins: %w", err)
	}
	return nil
}

// CredentialsKeyMark names the mark that stands in the database, "" for none: a
// change of the key starts from one mark once.
func CredentialsKeyMark(db dbx.Builder) (string, error) {
	mark, err := readMark(db)
	if err != nil || mark == "" {
		return "", err
	}
	sum := sha256.Sum256([]byte(mark))
	return hex.EncodeToString(sum[:8]), nil
}

func readMark(db dbx.Builder) (string, error) {
	var raw, mark string
	err := db.Select("value").From("_params").Where(dbx.HashExp{"id": markKey}).Row(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(raw), &mark)
	}
	if err != nil {
		return "", fmt.Errorf("collections: read the mark of the key of the logins: %w", err)
	}
	return mark, nil
}

// sealedLogin is the login of a project as it lies in the database.
type sealedLogin struct {
	ID          string `db:"id"`
	Credentials string `db:"credentials"` // JSON
}

// envelope is the sealed text, "" where there is none.
func (l sealedLogin) envelope() string {
	var sealed string
	if json.Unmarshal([]byte(l.Credentials), &sealed) != nil || !secret.Sealed(sealed) {
		return ""
	}
	return sealed
}

func credentialsPurpose(project string) string { return Projects + "/" + project + "/credentials" }

// firstSealed returns a login that is sealed, without an id if there is none.
func firstSealed(db dbx.Builder) (sealedLogin, error) {
	rows, err := sealedAfter(db, "", 1)
	if err != nil || len(rows) == 0 {
		return sealedLogin{}, err
	}
	return rows[0], nil
}

// sealedAfter returns the next logins that are sealed, by the id of their project.
func sealedAfter(db dbx.Builder, id string, limit int64) ([]sealedLogin, error) {
	rows := []sealedLogin{}
	err := db.Select("id", "credentials").From(Projects).
		Where(dbx.NewExp("[[id]] > {:after}", dbx.Params{"after": id})).AndWhere(dbx.Like("credentials", `"v1.`).Match(false, true)).
		OrderBy("id").Limit(limit).All(&rows)
	if err != nil {
		return nil, fmt.Errorf("collections: find sealed logins: %w", err)
	}
	return rows, nil
}

// resealPage is how many logins are read at once.
const resealPage = 200

// ResealCredentials seals every login under the current key of box that a previous
// one has sealed, and then marks the current one. What changes meanwhile was sealed
// under the current key by whoever changed it. It reports how many.
func ResealCredentials(db dbx.Builder, box *secret.Box) (int, error) {
	n, last := 0, ""
	for {
		rows, err := sealedAfter(db, last, resealPage)
		if err != nil {
			return n, err
		}
		for _, row := range rows {
			changed, err := row.reseal(db, box)
			if err != nil {
				return n, err
			}
			if changed {
				n++
			}
			last = row.ID
		}
		if len(rows) < resealPage {
			return n, MarkCredentialsKey(db, box)
		}
	}
}

func (l sealedLogin) reseal(db dbx.Builder, box *secret.Box) (bool, error) {
	purpose := credentialsPurpose(l.ID)
	current, err := box.Current(purpose, l.envelope())
	if err != nil || current {
		return false, resealError(l.ID, err)
	}
	plain, err := box.Open(purpose, l.envelope())
	if err != nil {
		return false, resealError(l.ID, err)
	}
	sealed, err := box.Seal(purpose, plain)
	if err != nil {
		return false, resealError(l.ID, err)
	}
	value, err := json.Marshal(sealed)
	if err != nil {
		return false, resealError(l.ID, err)
	}
	result, err := db.Update(Projects, dbx.Params{"credentials": string(value)}, dbx.HashExp{"id": l.ID, "credentials": l.Credentials}).Execute()
	if err != nil {
		return false, resealError(l.ID, err)
	}
	changed, err := result.RowsAffected()
	return changed > 0, resealError(l.ID, err)
}

func resealError(project string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("collections: project %s: seal the login anew: %w", project, err)
}

// ForgetCredentials drops every login that no key of box opens, and marks the
// current key. It reports how many.
func ForgetCredentials(db dbx.Builder, box *secret.Box) (int, error) {
	n, last := 0, ""
	for {
		rows, err := sealedAfter(db, last, resealPage)
		if err != nil {
			return n, err
		}
		for _, row := range rows {
			last = row.ID
			_, err := box.Current(credentialsPurpose(row.ID), row.envelope())
			if err == nil {
				continue
			}
			if !errors.Is(err, secret.ErrOpen) {
				return n, err
			}
			if _, err := db.Update(Projects, dbx.Params{"credentials": "null"}, dbx.HashExp{"id": row.ID}).Execute(); err != nil {
				return n, fmt.Errorf("collections: project %s: forget the login: %w", row.ID, err)
			}
			n++
		}
		if len(rows) < resealPage {
			return n, MarkCredentialsKey(db, box)
		}
	}
}
