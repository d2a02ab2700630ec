package midtrans

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

const (
	goldenKey   = "SB-Mid-server-JASAWEBTESTKEY000001"
	goldenOrder = "JW1-00000042-01K"
	goldenGross = "1500000.00"
	golden200   = "be35aaf5968fbd4417068de78e7463e79eb7e64195f41dd3cc464128fa2858876f74d0b59c25b9d7131b99023e51027e3ed94154c560c99540e6333f03deb1a6"
)

// The vectors were computed apart from this code; the first is Midtrans' own
// example.
func TestSignatureMatchesGoldenVectors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, order, code, gross, key, want string }{
		{"documented example", "1111", "200", "100000.00", "askvnoibnosifnboseofinbofinfgbiufglnbfg",
			"edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231"},
		{"pending", goldenOrder, "201", goldenGross, goldenKey,
			"61076a681c46e4b887ab483c9a0ed86e3d8a89d91ee5f7459fd97f94a24fd631cdd65a3cbb3fbb031ece0025fb74ab9024a3803a7a8dcbfa93433ae358eef497"},
		{"settled", goldenOrder, "200", goldenGross, goldenKey, golden200},
		{"closed", goldenOrder, "202", goldenGross, goldenKey,
			"0f879feeb44c71674e5574ff306c4ba7997c1916037a6118626de696e3705c377932283be6fecc9b57e8fc47aaa284e5c5ecc6ebd1994de8833aa639e144018a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if id, ok := (Keys{c.key}).Verify(c.order, c.code, c.gross, c.want); !ok || id != "current" {
				t.Errorf("Verify = %q, %v", id, ok)
			}
			if got := Sign(c.order, c.code, c.gross, c.key); got != c.want {
				t.Errorf("Sign = %s", got)
			}
		})
	}
}

func TestUpperCaseSignatureIsAccepted(t *testing.T) {
	t.Parallel()
	if _, ok := (Keys{goldenKey}).Verify(goldenOrder, "200", goldenGross, strings.ToUpper(golden200)); !ok {
		t.Error("rejected")
	}
}

// Many programs compute an HMAC and so refuse every genuine notification. A
// sender that does the same is none of Midtrans'.
func TestHMACIsRejected(t *testing.T) {
	t.Parallel()
	for _, text := range []string{goldenOrder + "200" + goldenGross, goldenOrder + "200" + goldenGross + goldenKey} {
		mac := hmac.New(sha512.New, []byte(goldenKey))
		mac.Write([]byte(text))
		signature := hex.EncodeToString(mac.Sum(nil))
		if text == goldenOrder+"200"+goldenGross+goldenKey && !strings.HasPrefix(signature, "1058c95087f4188f") {
			t.Fatalf("this is not the HMAC that is meant: %.16s", signature)
		}
		if id, ok := (Keys{goldenKey}).Verify(goldenOrder, "200", goldenGross, signature); ok || id != "" {
			t.Errorf("HMAC of %s accepted by %q", text, id)
		}
	}
}

func TestOneChangedByteIsRejected(t *testing.T) {
	t.Parallel()
	fields := []string{goldenOrder, "200", goldenGross, golden200}
	for f := range fields {
		for i := range fields[f] {
			changed := slices.Clone(fields)
			b := []byte(changed[f])
			if b[i] == '0' {
				b[i] = '1'
			} else {
				b[i] = '0'
			}
			changed[f] = string(b)
			if id, ok := (Keys{goldenKey}).Verify(changed[0], changed[1], changed[2], changed[3]); ok || id != "" {
				t.Errorf("byte %d of field %d changed: accepted", i, f)
			}
		}
	}
}

func TestForeignSignaturesAreRejected(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "0", "zz", golden200[:126], golden200 + "00", " " + golden200, golden200[:127] + "g", strings.Repeat("0", 128)} {
		if id, ok := (Keys{goldenKey}).Verify(goldenOrder, "200", goldenGross, s); ok || id != "" {
			t.Errorf("%q accepted", s)
		}
	}
	for _, keys := range []Keys{nil, {}, {""}, {goldenKey, ""}} {
		if id, ok := keys.Verify(goldenOrder, "200", goldenGross, Sign(goldenOrder, "200", goldenGross, "")); ok || id != "" {
			t.Errorf("%d keys: accepted without a key", len(keys))
		}
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ list, id string }{
		{goldenKey, "current"},
		{"new," + goldenKey, "previous"},
		{" new , " + goldenKey + " ,", "previous"},
		{"newer,new," + goldenKey, "key3"},
		{goldenKey + "," + goldenKey, "current"},
		{"new", ""},
		{"new,older", ""},
		{"", ""},
		{" , ,", ""},
	} {
		id, ok := ParseKeys(c.list).Verify(goldenOrder, "200", goldenGross, golden200)
		if id != c.id || ok != (c.id != "") {
			t.Errorf("keys %q: %q, %v; want %q", c.list, id, ok, c.id)
		}
	}
	if got := ParseKeys("a,b").Current(); got != "a" {
		t.Errorf("current key of a,b is %q", got)
	}
	if got := ParseKeys(" ,").Current(); got != "" {
		t.Errorf("current key of none is %q", got)
	}
}

// The signature covers a bare concatenation, so these two say the same. Only the
// form of our order ids keeps such a pair from existing.
func TestConcatenationIsAmbiguousForForeignOrderIDs(t *testing.T) {
	t.Parallel()
	if Sign("JW1200", "201", "50000.00", goldenKey) != Sign("JW1", "200", "20150000.00", goldenKey) {
		t.Error("the pair does not collide: is this still the plain concatenation?")
	}
}
