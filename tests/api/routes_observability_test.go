package api

func observabilityRoutes() []routeCase {
	return []routeCase{
		{route: "GET /api/ready", want: everyone},
		{route: "GET /metrics", want: onlyAdmin},
		{route: "GET /api/admin/jobs", want: onlyAdmin},
		{
			route: "POST /api/admin/jobs/retry", want: onlyAdmin, body: func(*agency) any { return body("kind", "notification.mail") },
			bad: []badInput{
				{name: "no kind", body: body(), status: 400, fields: []string{"kind"}},
				{name: "an empty kind", body: body("kind", ""), status: 400, fields: []string{"kind"}},
				{name: "no text", body: body("kind", 7), status: 400, fields: []string{"kind"}},
			},
		},
		{
			route: "POST /api/admin/jobs/retry/dry-run", want: onlyAdmin, body: func(*agency) any { return body("kind", "notification.mail") },
			bad: []badInput{
				{name: "no kind", body: body(), status: 400, fields: []string{"kind"}},
				{name: "an empty kind", body: body("kind", ""), status: 400, fields: []string{"kind"}},
				{name: "no text", body: body("kind", 7), status: 400, fields: []string{"kind"}},
			},
		},
		{
			route: "GET /debug/pprof/{profile...}", path: func(*agency) string { return "/debug/pprof/goroutine" },
			want: [5]int{401, 403, 403, 403, 200},
			bad:  []badInput{{name: "the command line", path: "/debug/pprof/cmdline", status: 404}},
		},
	}
}
