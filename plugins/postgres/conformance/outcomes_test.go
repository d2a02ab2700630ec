package main

import (
	"strings"
	"testing"
)

const sqliteRun = `{"Action":"output","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA","Output":"a\n"}
{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA"}
{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestB/sub"}
{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestGone"}
{"Action":"fail","Package":"github.com/pocketbase/pocketbase/core","Test":"TestNetwork"}
{"Action":"fail","Package":"github.com/pocketbase/pocketbase/core","Elapsed":1.5}
`

func read(t *testing.T, events string) outcomes {
	t.Helper()
	o, err := collect(strings.NewReader(events))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestReportFindsNoDifferenceWhereThereIsNone(t *testing.T) {
	same := read(t, sqliteRun)
	out := &strings.Builder{}
	if report(out, same, same, false) {
		t.Errorf("equal runs differ:\n%s", out)
	}
	if same.count("core", "pass") != 3 || same.count("core", "fail") != 1 {
		t.Errorf("counts are %s", same.line("core"))
	}
	if !strings.Contains(out.String(), "fails on both: core TestNetwork") {
		t.Errorf("what fails on both is not named:\n%s", out)
	}
}

func TestReportNamesEveryTestThatFailsOrVanishes(t *testing.T) {
	postgres := strings.Replace(sqliteRun, `{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA"}`,
		`{"Action":"fail","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA"}`, 1)
	postgres = strings.Replace(postgres, `{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestGone"}`+"\n", "", 1)
	out := &strings.Builder{}
	if !report(out, read(t, sqliteRun), read(t, postgres), false) {
		t.Error("different runs do not differ")
	}
	for _, want := range []string{"DIFFERS core TestA: fail\n    a\n", "DIFFERS core TestGone: did not run", "2 tests pass on SQLite and not on Postgres"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestWhatPassesInASecondRunIsNamed(t *testing.T) {
	failed := strings.Replace(sqliteRun, `"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestB/sub"`,
		`"fail","Package":"github.com/pocketbase/pocketbase/core","Test":"TestB/sub"`, 1)
	sqlite, postgres := read(t, sqliteRun), read(t, failed)
	packages, run := selection(differences(sqlite, postgres))
	if len(packages) != 1 || packages[0] != "core" || run != "^(TestB)$" {
		t.Errorf("runs %v %s again", packages, run)
	}
	second := read(t, `{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestB/sub"}
{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core"}
`)
	postgres.repeat(second)
	out := &strings.Builder{}
	if report(out, sqlite, postgres, false) {
		t.Errorf("still differs:\n%s", out)
	}
	if want := "failed, and passed when run again: core TestB/sub"; !strings.Contains(out.String(), want) {
		t.Errorf("%q is missing in\n%s", want, out)
	}
}

func TestNamesAreOfNoRun(t *testing.T) {
	one := `{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestA/4_time.Date(2026,_time.November,_28,_1,_32,_11,_820554204,_time.Local)"}
{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core","Test":"TestB/5_&filesystem.File{Reader:(*filesystem.BytesReader)(0x3056b6545560),_Name:\"test_g6l22luxzt.txt\"}_false"}
{"Action":"pass","Package":"github.com/pocketbase/pocketbase/core"}
`
	other := strings.NewReplacer("_28,_1,_32", "_29,_0,_1", "6545560", "7aa0120", "g6l22luxzt", "fyqbldcuxg").Replace(one)
	out := &strings.Builder{}
	if report(out, read(t, one), read(t, other), false) || other == one {
		t.Errorf("two runs of the same tests differ:\n%s", out)
	}
}
