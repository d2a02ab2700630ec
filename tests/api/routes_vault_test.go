package api

import (
	"testing"

	"jasaweb/plugins/plugintest"
)

// vaultRoutes show the login of a delivered website, and who delivered it.
func vaultRoutes() []routeCase {
	return []routeCase{
		{
			route: "POST /api/projects/{id}/credentials", path: at("/api/projects/{project}/credentials"), want: onlyOwner,
			body: fixed(body("password", plugintest.Password)),
			ready: func(t *testing.T, a *agency) {
				a.ToReview(t)
				a.Do(t, "POST", "/api/projects/"+a.Project.Id+"/approve", a.Owner.Token, nil).Want(200)
			},
			bad: join(broken(), noSuch("/api/projects/%s/credentials", body("password", "x")), []badInput{
				{name: "no password", body: body(), status: 400, fields: []string{"password"}},
				{name: "number as password", body: body("password", 1), status: 400, fields: []string{"password"}},
			}),
		},
		{route: "GET /api/agency", want: everyone},
	}
}
