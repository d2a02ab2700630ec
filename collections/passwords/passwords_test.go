package passwords

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	own := []string{"SD Nusantara Jaya", "budi.santoso@nusantara.sch.id", "JasaWeb"}
	for password, want := range map[string]Verdict{
		"12345678":                    Common,
		"password":                    Common,
		" PassWord ":                  Common,
		"qwertyuiop":                  Common,
		"iloveyou":                    Common,
		"bismillah":                   Common,
		"password123":                 Common,
		"princess!!":                  Common, // one of the first with signs
		"princess!!!!":                Fine,   // twelve signs
		"sayangku":                    Common, // of the whole list
		"sayangku12":                  Fine,   // … but not of its first
		"zzzzzzzzzzzzzzzz":            Common,
		"zzzzzzzzzzzzzzzy":            Fine,
		"nusantara2024":               Own,
		"jasaweb-jasaweb":             Own,
		"budi santoso":                Own,
		"santoso.abc":                 Own,  // three letters beside it
		"santoso.abcd":                Fine, // four
		"sd-sd-20202020":              Fine, // two letters are no word
		"budi suka mendaki gunung":    Fine,
		"rahasia-sekali-1":            Fine,
		"tiga kucing di atas genting": Fine,
	} {
		if got := Check(password, own...); got != want {
			t.Errorf("%q: %d, want %d", password, got, want)
		}
	}
	if Check("nusantara2024") != Fine {
		t.Error("the words of somebody else are refused")
	}
}

// The list is the one that README.md speaks of, and none of it passes.
func TestTheListIsWhole(t *testing.T) {
	t.Parallel()
	list := common()
	if len(list.all) != 49_233 || len(list.first) != first {
		t.Fatalf("%d passwords, %d of them first", len(list.all), len(list.first))
	}
	for _, p := range list.all {
		if Check(p) != Common || Check(strings.ToUpper(p)) != Common {
			t.Errorf("%s is not refused", p)
		}
	}
}
