package qris

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// sealed appends a right checksum to the objects.
func sealed(objects string) string {
	s := objects + "6304"
	return s + fmt.Sprintf("%04X", CRC16(s))
}

const (
	head     = "000201010212"
	account  = "26590019COM.JASAWEB-SIM.WWW" + "01199360000000000000000" + "020210" + "0303UKE"
	national = "51440014ID.CO.QRIS.WWW0215ID00000000000000303UKE"
	merchant = "52043414" + "5802ID" + "5907JASAWEB" + "6007BANDUNG" + "610540115"
)

func TestCRC16KnowsTheCheckVector(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]uint16{"123456789": 0x29B1, "": 0xFFFF} {
		if got := CRC16(s); got != want {
			t.Errorf("CRC16(%q) = %04X, want %04X", s, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	good := sealed(head + merchant + "5303360" + "5409789000.00")
	for name, c := range map[string]struct {
		qr   string
		want error // nil: the code may be shown
	}{
		"amount after the postal code, with decimals": {good, nil},
		"amount before the country, whole":            {sealed(head + "5303360" + "5406789000" + merchant), nil},
		"currency last":                               {sealed(head + "5406789000" + merchant + "5303360"), nil},
		"one byte of the amount flipped":              {strings.Replace(good, "789000.00", "799000.00", 1), ErrChecksum},
		"other amount":                                {sealed(head + merchant + "5303360" + "5409789001.00"), ErrAmount},
		"no amount":                                   {sealed(head + merchant + "5303360"), ErrAmount},
		"cents":                                       {sealed(head + merchant + "5303360" + "5409789000.50"), ErrAmount},
		"leading zero":                                {sealed(head + merchant + "5303360" + "54070789000"), ErrAmount},
		"three decimals":                              {sealed(head + merchant + "5303360" + "5410789000.000"), ErrAmount},
		"sign":                                        {sealed(head + merchant + "5303360" + "5407-789000"), ErrAmount},
		"not a number":                                {sealed(head + merchant + "5303360" + "5403NaN"), ErrAmount},
		"dollars":                                     {sealed(head + merchant + "5303840" + "5409789000.00"), ErrCurrency},
		"no currency":                                 {sealed(head + merchant + "5409789000.00"), ErrCurrency},
		"tip wanted":                                  {sealed(head + merchant + "5303360" + "5409789000.00" + "550201"), ErrAmount},
		"fixed fee":                                   {sealed(head + merchant + "5303360" + "5409789000.00" + "550202" + "56045000"), ErrAmount},
		"two amounts":                                 {sealed(head + merchant + "5303360" + "5406789000" + "5406789000"), ErrMalformed},
		"empty":                                       {"", ErrMalformed},
		"space before":                                {" " + good, ErrMalformed},
		"line end after":                              {good + "\n", ErrMalformed},
		"object after the checksum":                   {good + "5802ID", ErrMalformed},
		"format not first":                            {sealed("010212" + "000201" + "5303360" + "5406789000"), ErrMalformed},
		"format 02":                                   {sealed("000202" + "5303360" + "5406789000"), ErrMalformed},
		"no checksum":                                 {head + merchant + "5303360" + "5406789000", ErrMalformed},
		"length runs over the end":                    {sealed(head + "5999JASAWEB"), ErrMalformed},
		"length not a number":                         {sealed(head + "59-7JASAWEB"), ErrMalformed},
		"digits of another script":                    {sealed(head + "59٧JASAWEB"), ErrMalformed},
	} {
		if err := Check(c.qr, 789_000); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestChecksumIsUpperCase(t *testing.T) {
	t.Parallel()
	for amount := int64(1); ; amount++ { // until a checksum has a letter in it
		s := sale
		s.Amount = amount
		qr, err := Build(s)
		if err != nil {
			t.Fatal(err)
		}
		if lower := qr[:len(qr)-4] + strings.ToLower(qr[len(qr)-4:]); lower != qr {
			if err := Check(lower, amount); !errors.Is(err, ErrChecksum) {
				t.Errorf("%s: %v", lower, err)
			}
			return
		}
	}
}

func TestParseReadsEveryObject(t *testing.T) {
	t.Parallel()
	p, err := Parse(sealed(head + account + national + merchant + "5303360" + "5409789000.00" + "62070703A01"))
	if err != nil {
		t.Fatal(err)
	}
	if p.MerchantName() != "JASAWEB" || p.MerchantCity() != "BANDUNG" || p.NMID() != SimulatedNMID || p.Acquirer() != SimulatedAcquirer || p.Reference() != "" {
		t.Errorf("decoded %q %q %q %q %q", p.MerchantName(), p.MerchantCity(), p.NMID(), p.Acquirer(), p.Reference())
	}
	if amount, err := p.Amount(); err != nil || amount != 789_000 {
		t.Errorf("amount %d, %v", amount, err)
	}
}

// sale is a full simulated sale; its texts have the greatest allowed lengths.
var sale = Sale{
	MerchantName: strings.Repeat("N", 25), MerchantCity: strings.Repeat("C", 15), PostalCode: "40115-0001",
	MerchantID: strings.Repeat("G", 15), Amount: 10_000_000, Reference: "5d3c1f7e-8a55-4a5e-9f55-0c2f3a3b1e11",
}

func TestBuiltCodesPassTheAuditAndNameNoRealMerchant(t *testing.T) {
	t.Parallel()
	for _, amount := range []int64{1, 500_000, 1_500_000, 10_000_000} {
		s := sale
		s.Amount = amount
		qr, err := Build(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(qr, amount); err != nil {
			t.Errorf("%s: %v", qr, err)
		}
		p, err := Parse(qr)
		if err != nil {
			t.Fatal(err)
		}
		if p.Acquirer() != "COM.JASAWEB-SIM.WWW" || p.NMID() != "ID0000000000000" || p.Reference() != s.Reference || p.MerchantName() != s.MerchantName {
			t.Errorf("decoded %q %q %q", p.Acquirer(), p.NMID(), p.Reference())
		}
		if got, want := p.Value(TagAmount), fmt.Sprintf("%d.00", amount); got != want {
			t.Errorf("tag 54 is %q, want %q", got, want)
		}
	}
}

func TestBuildRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Sale){
		"long name":      func(s *Sale) { s.MerchantName += "N" },
		"no name":        func(s *Sale) { s.MerchantName = "" },
		"accent":         func(s *Sale) { s.MerchantName = "Café" },
		"control":        func(s *Sale) { s.MerchantCity = "A\nB" },
		"long city":      func(s *Sale) { s.MerchantCity += "C" },
		"long postcode":  func(s *Sale) { s.PostalCode += "0" },
		"long merchant":  func(s *Sale) { s.MerchantID += "G" },
		"long reference": func(s *Sale) { s.Reference += "0" },
		"no amount":      func(s *Sale) { s.Amount = 0 },
		"debt":           func(s *Sale) { s.Amount = -1 },
		"too much":       func(s *Sale) { s.Amount = 10_000_000_000 },
	} {
		s := sale
		change(&s)
		if qr, err := Build(s); err == nil {
			t.Errorf("%s: built %s", name, qr)
		}
	}
}

func TestEveryCutAndEveryFlippedByteIsNoticed(t *testing.T) {
	t.Parallel()
	qr, err := Build(sale)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(qr) {
		if Check(qr[:cut], sale.Amount) == nil {
			t.Errorf("the first %d bytes passed", cut)
		}
	}
	for at := range len(qr) {
		for _, flip := range []byte{0x01, 0x10, 0x80} {
			damaged := []byte(qr)
			damaged[at] ^= flip
			if Check(string(damaged), sale.Amount) == nil {
				t.Errorf("byte %d changed to %q passed", at, damaged[at])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	qr, err := Build(sale)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{qr, "", "0002", "00020163040000", qr[:40], "000201" + "26020099" + "6304"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, candidate := range []string{s, sealed("000201" + s)} { // the second gets past the checksum
			p, err := Parse(candidate)
			if err != nil {
				if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrChecksum) {
					t.Fatalf("untyped error %v", err)
				}
				continue
			}
			if encode(p) != candidate {
				t.Fatalf("%q decoded to %v", candidate, p)
			}
			p.NMID()
			p.Reference()
			p.Acquirer()
			if amount, err := p.Amount(); err == nil && amount < 1 {
				t.Fatalf("amount %d", amount)
			}
		}
	})
}
