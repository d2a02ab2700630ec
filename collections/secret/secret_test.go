package secret

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func boxOf(key string) *Box { return NewBox(Key(key, nil)) }

func TestSealOpensOnlyUnderItsKeyAndPurpose(t *testing.T) {
	t.Parallel()
	box := boxOf("one")
	sealed, err := box.Seal("projects/a/credentials", []byte(`{"password":"rahasia"}`))
	if err != nil {
		t.Fatal(err)
	}
	if !Sealed(sealed) || Sealed(`{"password":"rahasia"}`) {
		t.Fatalf("Sealed does not tell %q from plain text", sealed)
	}
	plain, err := box.Open("projects/a/credentials", sealed)
	if err != nil || string(plain) != `{"password":"rahasia"}` {
		t.Fatalf("Open = %q, %v", plain, err)
	}
	again, _ := box.Seal("projects/a/credentials", plain)
	if again == sealed {
		t.Error("two seals of one value are equal: the nonce repeats")
	}
	flipped := []byte(sealed)
	flipped[len(flipped)-3] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"other purpose": func() ([]byte, error) { return box.Open("projects/b/credentials", sealed) },
		"other key":     func() ([]byte, error) { return boxOf("two").Open("projects/a/credentials", sealed) },
		"changed":       func() ([]byte, error) { return box.Open("projects/a/credentials", string(flipped)) },
		"not sealed":    func() ([]byte, error) { return box.Open("projects/a/credentials", "hello") },
		"too short":     func() ([]byte, error) { return box.Open("projects/a/credentials", "v1.AA") },
		"empty":         func() ([]byte, error) { return box.Open("projects/a/credentials", "") },
	} {
		if _, err := open(); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: err = %v, want ErrOpen", name, err)
		}
	}
}

func TestKeyFileIsMadeOnceAndPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "credentials.key")
	source := Key("", func() string { return path })
	keys := make([]string, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() { keys[i], _ = source() })
	}
	wg.Wait()
	for _, k := range keys {
		if k == "" || k != keys[0] {
			t.Fatalf("racing starts read different keys: %q", keys)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file mode = %v, %v; want 0600", info.Mode(), err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := source(); err == nil {
		t.Error("an empty key file must stop the start, not encrypt with an empty key")
	}
}

// While a key changes, what the previous one sealed still opens, and what is
// sealed anew is under the current one alone.
func TestPreviousKeysOpenWhatTheySealed(t *testing.T) {
	t.Parallel()
	old, changing, done := boxOf("old"), boxOf(" new , old"), boxOf("new")
	before, err := old.Seal("p", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := changing.Seal("p", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	// What a key with commas sealed before there were lists.
	whole := NewBox(nil)
	whole.once.Do(func() {})
	whole.aeads, err = ciphersOf("one, two, three")
	if err != nil {
		t.Fatal(err)
	}
	commas, err := whole.Seal("p", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		box     *Box
		sealed  string
		current bool
		err     error
	}{
		{"old under old", old, before, true, nil}, {"old while changing", changing, before, false, nil},
		{"new while changing", changing, after, true, nil}, {"new when done", done, after, true, nil},
		{"one with commas", boxOf("one, two, three"), commas, false, nil}, {"behind another", boxOf("new,one, two, three"), commas, false, nil},
		{"old when done", done, before, false, ErrOpen}, {"new under old", old, after, false, ErrOpen},
	} {
		current, err := c.box.Current("p", c.sealed)
		if current != c.current || !errors.Is(err, c.err) {
			t.Errorf("%s: current %t, %v", c.name, current, err)
		}
		if plain, err := c.box.Open("p", c.sealed); !errors.Is(err, c.err) || c.err == nil && string(plain) != "x" {
			t.Errorf("%s: opens to %q, %v", c.name, plain, err)
		}
	}
}
