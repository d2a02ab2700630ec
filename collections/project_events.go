package collections

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Kinds of a project event.
const (
	EventOrdered = "ordered"
	EventStatus  = "status"
	// EventDisputed marks a project whose payment the payer's bank took back.
	EventDisputed = "payment_disputed"
)

// ProjectEvent is one line of a project's timeline; lines are never changed.
type ProjectEvent struct{ core.BaseRecordProxy }

var _ core.RecordProxy = (*ProjectEvent)(nil)

// Kind returns what happened: one of the Event constants.
func (e *ProjectEvent) Kind() string { return e.GetString("kind") }

// From returns the status before; empty for the first line.
func (e *ProjectEvent) From() Status { return Status(e.GetString("from")) }

// To returns the status after.
func (e *ProjectEvent) To() Status { return Status(e.GetString("to")) }

// ActorKind returns in which capacity somebody acted.
func (e *ProjectEvent) ActorKind() ActorKind { return ActorKind(e.GetString("actor_kind")) }

// Note returns the words that came with it.
func (e *ProjectEvent) Note() string { return e.GetString("note") }

// Created returns when it happened (UTC).
func (e *ProjectEvent) Created() types.DateTime { return e.GetDateTime("created") }

// AddProjectEvent appends a line to the project's timeline; call it in the
// transaction that makes the change.
func AddProjectEvent(txApp core.App, p *Project, kind string, from, to Status, by Actor, note string) error {
	record, err := newRecord(txApp, ProjectEvents)
	if err != nil {
		return err
	}
	record.Load(map[string]any{
		"project": p.Id, "kind": kind, "from": string(from), "to": string(to),
		"actor": by.ID, "actor_kind": string(by.Kind), "note": note, ColumnDemo: p.GetBool(ColumnDemo),
	})
	if err := txApp.Save(record); err != nil {
		return fmt.Errorf("collections: add event to project %s: %w", p.Id, err)
	}
	return nil
}

// newRecord returns an empty record of the named collection.
func newRecord(app core.App, collection string) (*core.Record, error) {
	c, err := app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, fmt.Errorf("collections: find collection %s: %w", collection, err)
	}
	return core.NewRecord(c), nil
}
