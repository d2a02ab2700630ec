package plugintest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// Password is the password of every fixture user.
const Password = "rahasia-sekali-1"

// User is a fixture user with a valid token.
type User struct {
	*collections.User
	Token string
}

// NewUser creates a user with the role and a unique e-mail.
func (a *App) NewUser(t testing.TB, role string) *User {
	t.Helper()
	record := a.New(t, collections.Users, map[string]any{
		"name": "Pengguna Uji", "email": fmt.Sprintf("%s-%s@contoh.test", role, core.GenerateDefaultRandomId()),
		"password": Password, "role": role, "verified": true,
	})
	return &User{User: collections.AsUser(record), Token: a.Token(t, record)}
}

// Superuser creates a superuser that mirrors nobody and returns its token.
func (a *App) Superuser(t testing.TB) string {
	t.Helper()
	record := a.New(t, core.CollectionNameSuperusers, map[string]any{
		"email": core.GenerateDefaultRandomId() + "@contoh.test", "password": Password,
	})
	return a.Token(t, record)
}

// Token returns a fresh auth token of record.
func (a *App) Token(t testing.TB, record *core.Record) string {
	t.Helper()
	token, err := record.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// New saves a record of the collection with the values.
func (a *App) New(t testing.TB, collection string, values map[string]any) *core.Record {
	t.Helper()
	c, err := a.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	record := core.NewRecord(c)
	record.Load(values)
	if err := a.Save(record); err != nil {
		t.Fatalf("save %s %v: %v", collection, values, err)
	}
	return record
}

// NewTier saves an active pricing tier of type company.
func (a *App) NewTier(t testing.TB, identifier string, price, depositPercent int) *collections.PricingTier {
	t.Helper()
	return collections.AsPricingTier(a.New(t, collections.PricingTiers, map[string]any{
		"identifier": identifier, "name": "Paket " + identifier, "type": "company", "price": price,
		"deposit_percent": depositPercent, "is_active": true,
	}))
}

// NewProject orders a project of tier for owner, each with words of its own: the
// same words twice in a minute are one order.
func (a *App) NewProject(t testing.TB, owner *User, tier *collections.PricingTier) *collections.Project {
	t.Helper()
	return collections.AsProject(a.New(t, collections.Projects, map[string]any{
		"user": owner.Id, "name": "Web Uji", "type": tier.Type(), "tier": tier.Id,
		"brief": "Pesanan " + core.GenerateDefaultRandomId(),
	}))
}

// Reload reads the record again.
func (a *App) Reload(t testing.TB, record *core.Record) *core.Record {
	t.Helper()
	fresh, err := a.FindRecordById(record.Collection().Name, record.Id)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// Hash digests every table of the database: equal before and after a request
// means that the request changed nothing at all.
func (a *App) Hash(t testing.TB) string {
	t.Helper()
	all, err := a.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, c := range all {
		names = append(names, c.Name)
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, name := range names {
		rows := []dbx.NullStringMap{}
		if err := a.DB().NewQuery("SELECT * FROM {{" + name + "}} ORDER BY [[id]]").All(&rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			columns := []string{}
			for column, value := range row {
				columns = append(columns, fmt.Sprintf("%s=%q/%t", column, value.String, value.Valid))
			}
			sort.Strings(columns)
			fmt.Fprintf(sum, "%s: %s\n", name, strings.Join(columns, ","))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}
