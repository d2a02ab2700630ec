package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/collections/wib"
)

// checkVersion refuses a change that was decided on an older copy of the
// project, and says who changed what meanwhile. Without a version there is
// nothing to compare.
func checkVersion(txApp core.App, project *collections.Project, version string) error {
	if version == "" || version == project.GetDateTime("updated").String() {
		return nil
	}
	last := []*core.Record{}
	err := txApp.RecordQuery(collections.AuditLogs).
		AndWhere(dbx.HashExp{"collection": collections.Projects, "record": project.Id, "action": "update"}).
		OrderBy("created DESC").Limit(1).All(&last)
	if err != nil {
		return fmt.Errorf("admin: last change of project %s: %w", project.Id, err)
	}
	if len(last) == 0 {
		return errChanged(collections.Text{ID: "Seseorang", EN: "Somebody"}, nil, "")
	}
	who, err := nameOf(txApp, last[0])
	if err != nil {
		return err
	}
	changed := map[string]any{}
	if err := json.Unmarshal([]byte(last[0].GetString("after")), &changed); err != nil {
		return fmt.Errorf("admin: last change of project %s: %w", project.Id, err)
	}
	at := last[0].GetDateTime("created").Time().In(wib.Zone).Format("15.04")
	return errChanged(who, slices.Sorted(maps.Keys(changed)), at)
}

// nameOf returns who is behind a row of the audit log.
func nameOf(app core.App, row *core.Record) (collections.Text, error) {
	user, err := collections.FindUser(app, row.GetString("actor"))
	if err == nil {
		return collections.Text{ID: user.Name(), EN: user.Name()}, nil
	}
	if !errors.Is(err, collections.ErrNotFound) {
		return collections.Text{}, err
	}
	switch collections.ActorKind(row.GetString("actor_kind")) {
	case collections.ByPayment:
		return collections.Text{ID: "Pembayaran klien", EN: "The client's payment"}, nil
	case collections.ByAdmin:
		return collections.Text{ID: "Admin lain", EN: "Another admin"}, nil
	}
	return collections.Text{ID: "Sistem", EN: "The system"}, nil
}

// fieldNames are the columns of a project in words for admins.
var fieldNames = map[string]collections.Text{
	"status": {ID: "status", EN: "the status"}, "status_note": {ID: "catatan", EN: "the note"}, "name": {ID: "nama", EN: "the name"},
	"url": {ID: "alamat website", EN: "the address"}, "credentials": {ID: "data login", EN: "the login"},
	"due_at": {ID: "janji selesai", EN: "the promised date"}, "support_until": {ID: "akhir dukungan", EN: "the end of support"},
	"brief": {ID: "keinginan klien", EN: "the brief"},
}

func errChanged(who collections.Text, columns []string, at string) *collections.Error {
	words := collections.Text{}
	named := [2][]string{}
	for _, column := range columns {
		name, ok := fieldNames[column]
		if !ok {
			name = collections.Text{ID: column, EN: column}
		}
		named[0], named[1] = append(named[0], name.ID), append(named[1], name.EN)
	}
	words.ID, words.EN = who.ID+" baru saja mengubah proyek ini", who.EN+" has just changed this project"
	if len(columns) > 0 {
		words.ID = who.ID + " mengubah " + strings.Join(named[0], ", ") + " pukul " + at + " WIB"
		words.EN = who.EN + " changed " + strings.Join(named[1], ", ") + " at " + at + " WIB"
	}
	words.ID += ". Perubahan Anda belum disimpan: periksa, lalu simpan lagi."
	words.EN += ". Your change is not saved yet: look again, then save."
	return collections.Refuse("stale", "version", words)
}
