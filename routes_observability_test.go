package main

func observabilityRoutes() []routeCase {
	return []routeCase{
		{route: "GET /api/ready", want: everyone},
		{route: "GET /metrics", want: onlyAdmin},
		{
			route: "GET /debug/pprof/{profile...}", path: func(*agency) string { return "/debug/pprof/goroutine" },
			want: [5]int{401, 403, 403, 403, 200},
			bad:  []badInput{{name: "the command line", path: "/debug/pprof/cmdline", status: 404}},
		},
	}
}
