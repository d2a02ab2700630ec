package admin

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

func (p *plugin) listUsers(e *core.RequestEvent, in *rest.ListInput) (*rest.Page[collections.UserView], error) {
	return rest.List(e, collections.Users, in, nil,
		func(r *core.Record) collections.UserView { return collections.AsUser(r).View() })
}

type createUserInput struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"255"`
		Email    string `json:"email" minLength:"3" maxLength:"255"`
		Password string `json:"password" minLength:"8" maxLength:"71"`
		Role     string `json:"role,omitempty" enum:"admin,client" doc:"client by default"`
		Phone    string `json:"phone,omitempty" maxLength:"20"`
		Locale   string `json:"locale,omitempty" enum:"id,en"`
	}
}

func (p *plugin) createUser(e *core.RequestEvent, in *createUserInput) (*collections.UserView, error) {
	c, err := e.App.FindCachedCollectionByNameOrId(collections.Users)
	if err != nil {
		return nil, fmt.Errorf("admin: create user: %w", err)
	}
	record := core.NewRecord(c)
	record.Load(map[string]any{
		"name": in.Body.Name, "email": in.Body.Email, "password": in.Body.Password, "role": in.Body.Role,
		"phone": in.Body.Phone, "locale": in.Body.Locale,
	})
	return saveUser(e, record)
}

type updateUserInput struct {
	ID   string `path:"id" maxLength:"50"`
	Body struct {
		Name     *string `json:"name,omitempty" minLength:"1" maxLength:"255"`
		Email    *string `json:"email,omitempty" minLength:"3" maxLength:"255"`
		Password *string `json:"password,omitempty" minLength:"8" maxLength:"71" doc:"Also ends every session of the user"`
		Role     *string `json:"role,omitempty" enum:"admin,client"`
		Phone    *string `json:"phone,omitempty" maxLength:"20"`
		Locale   *string `json:"locale,omitempty" enum:"id,en"`
	}
}

// updateUser changes the fields that are given and leaves the others.
func (p *plugin) updateUser(e *core.RequestEvent, in *updateUserInput) (*collections.UserView, error) {
	u, err := collections.FindUser(e.App, in.ID)
	if err != nil {
		return nil, err
	}
	given := map[string]*string{
		"name": in.Body.Name, "email": in.Body.Email, "password": in.Body.Password, "role": in.Body.Role,
		"phone": in.Body.Phone, "locale": in.Body.Locale,
	}
	for field, value := range given {
		if value != nil {
			u.Set(field, *value)
		}
	}
	return saveUser(e, u.Record)
}

func saveUser(e *core.RequestEvent, record *core.Record) (*collections.UserView, error) {
	collections.SetActor(record, collections.RequestActor(e))
	if err := e.App.Save(record); err != nil {
		return nil, fmt.Errorf("admin: save user: %w", err)
	}
	view := collections.AsUser(record).View()
	return &view, nil
}

// deleteUser deletes an account that nothing depends on; the hooks refuse one
// with projects and the last admin.
func (p *plugin) deleteUser(e *core.RequestEvent, in *byID) (*rest.None, error) {
	u, err := collections.FindUser(e.App, in.ID)
	if err != nil {
		return nil, err
	}
	collections.SetActor(u.Record, collections.RequestActor(e))
	if err := e.App.Delete(u.Record); err != nil {
		return nil, fmt.Errorf("admin: delete user %s: %w", in.ID, err)
	}
	return nil, nil
}

// signOutUser ends every session of an account, the admin's in the dashboard too.
func (p *plugin) signOutUser(e *core.RequestEvent, in *byID) (*rest.None, error) {
	err := e.App.RunInTransaction(func(txApp core.App) error {
		u, err := collections.FindUser(txApp, in.ID)
		if err != nil {
			return err
		}
		by := collections.RequestActor(e)
		u.RefreshTokenKey()
		collections.SetActor(u.Record, by)
		if err := txApp.Save(u); err != nil {
			return err
		}
		return collections.Audit(txApp, collections.AuditEntry{
			By: by, Action: collections.AuditSessionEnded, Collection: collections.Users, Record: u.Id,
			After: map[string]any{"everywhere": true}, Demo: u.GetBool(collections.ColumnDemo),
		})
	})
	if err != nil {
		return nil, fmt.Errorf("admin: sign out user %s: %w", in.ID, err)
	}
	return nil, nil
}
