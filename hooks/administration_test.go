package hooks

import "testing"

// Which requests of the dashboard leave a row of their own in the audit log, and
// under which name; those that only look at lists leave none.
func TestAdministrativeRequestsHaveNames(t *testing.T) {
	t.Parallel()
	for request, want := range map[[2]string]string{
		{"POST", "/api/sql"}:                             "sql",
		{"GET", "/api/backups"}:                          "",
		{"POST", "/api/backups"}:                         "backup",
		{"GET", "/api/backups/a.zip"}:                    "export",
		{"DELETE", "/api/backups/a.zip"}:                 "backup",
		{"POST", "/api/backups/a.zip/restore"}:           "backup",
		{"POST", "/api/backups/upload"}:                  "backup",
		{"GET", "/api/backupsx"}:                         "",
		{"POST", "/api/crons/x"}:                         "run_cron",
		{"GET", "/api/crons/x"}:                          "",
		{"PUT", "/api/collections/import"}:               "import",
		{"DELETE", "/api/collections/posts/truncate"}:    "truncate",
		{"GET", "/api/collections/posts/records"}:        "",
		{"DELETE", "/api/other/posts/truncate"}:          "",
		{"GET", "/api/collections/posts/truncate/other"}: "",
	} {
		if got := administrative(request[0], request[1]); got != want {
			t.Errorf("%s %s: %q, want %q", request[0], request[1], got, want)
		}
	}
}
