package portal

import (
	"jasaweb/collections"
)

// Kinds are the collections of this plugin: the projects that clients order, and
// their timelines.
func Kinds() []collections.Kind {
	ofOwnProject := collections.Access("@request.auth.id != '' && project.user = @request.auth.id").OrAdmins()
	return []collections.Kind{
		{
			Name: collections.Projects,
			API: collections.API{
				List: collections.OwnOrAdmins, View: collections.OwnOrAdmins,
				Create: collections.Superusers, Update: collections.Admins, Delete: collections.Superusers,
			},
			ReadOnly: []string{"user", "tier", "order_key"},
			Personal: &collections.Personal{Key: "projects", Rows: collections.RowsOf("user")},
			Demo:     collections.Demo{Removal: collections.RemoveAll, Needs: []string{"tier", "template", "user"}},
		},
		{
			Name: collections.ProjectEvents, API: collections.API{List: ofOwnProject, View: ofOwnProject},
			Personal:   &collections.Personal{Key: "timeline", Rows: collections.RowsThrough("project", collections.Projects)},
			Demo:       collections.Demo{Removal: collections.RemoveAll},
			AppendOnly: true,
		},
	}
}
