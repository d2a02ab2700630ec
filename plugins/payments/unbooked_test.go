package payments

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	validation "github.com/pocketbase/ozzo-validation/v4"

	"jasaweb/collections"
)

func TestStatementsArePackedIntoTheirColumn(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 200<<10)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	worst := base64.StdEncoding.EncodeToString(noise)
	for name, c := range map[string]struct {
		statement string
		whole     bool
	}{
		"empty": {"", true}, "short": {`{"a":"é"}`, true}, "regular": {strings.Repeat(`{"a":1}`, 100_000), true},
		"the longest body": {worst[:64<<10], true}, "more than fits": {worst, false},
	} {
		packed := pack(c.statement)
		got, err := unpack(packed)
		if err != nil || len(packed) > maxKept || !strings.HasPrefix(c.statement, got) || (got == c.statement) != c.whole {
			t.Errorf("%s: %d bytes packed to %d, unpacked to %d, %v", name, len(c.statement), len(packed), len(got), err)
		}
	}
	if _, err := unpack("no"); err == nil {
		t.Error("junk was unpacked")
	}
}

func TestOnlyRefusalsAreForGood(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		errors.New("database is locked"):                                     false,
		fmt.Errorf("x: %w", errUnknownOrder):                                 false,
		fmt.Errorf("x: %w", collections.ErrStale):                            false,
		fmt.Errorf("x: %w", collections.ErrNotFound):                         true,
		fmt.Errorf("x: %w", validation.Errors{"issuer": errors.New("long")}): true,
		collections.Refuse("a", "b", collections.Text{}):                     true,
	} {
		if got := forGood(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
	if forGood(nil) {
		t.Error("nothing is for good")
	}
}
