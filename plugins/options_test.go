package plugins

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"jasaweb/collections/secret"
)

// readOptions reads options as the program does, from these arguments and this
// environment.
func readOptions(t *testing.T, args []string, env map[string]string) (*Options, error) {
	t.Helper()
	o := &Options{}
	flags := pflag.NewFlagSet("jasaweb", pflag.ContinueOnError)
	o.bind(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return o, o.load(func(name string) string { return env[name] })
}

func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOptionsComeFromFlagThenEnvironmentThenDefault(t *testing.T) {
	t.Parallel()
	o, err := readOptions(t, nil, nil)
	if err != nil || o.MidtransProduction || o.AppURL != "" || o.MidtransServerKey != "" {
		t.Errorf("nothing set: %+v, %v", o, err)
	}
	env := map[string]string{"APP_URL": "https://env.id", "MIDTRANS_MERCHANT_ID": "G1"}
	o, err = readOptions(t, []string{"--app-url", "https://flag.id"}, env)
	if err != nil || o.AppURL != "https://flag.id" || o.MidtransMerchantID != "G1" {
		t.Errorf("flag over environment: %+v, %v", o, err)
	}
	long := strings.Repeat("k", 32)
	env = map[string]string{
		"MIDTRANS_SERVER_KEY_FILE": secretFile(t, "  SB-Mid-server-x\n"), "CREDENTIALS_KEY": long + ",kunci",
		"APP_URL_FILE": secretFile(t, "https://file.id\n"),
	}
	o, err = readOptions(t, nil, env)
	if err != nil || o.MidtransServerKey != "SB-Mid-server-x" || o.CredentialsKey != long+",kunci" || o.AppURL != "https://file.id" {
		t.Errorf("files: %+v, %v", o, err)
	}
	o, err = readOptions(t, []string{"--midtrans-env=production"}, map[string]string{
		"MIDTRANS_SERVER_KEY": "Mid-server-a,Mid-server-b", "MIDTRANS_BASE_URL": "https://api.id",
	})
	if err != nil || !o.midtrans().Production {
		t.Errorf("production: %+v, %v", o, err)
	}
}

// Midtrans follows no redirect, and a doubled slash would be one.
func TestAddressesEndWithoutSlash(t *testing.T) {
	t.Parallel()
	o, err := readOptions(t, []string{"--midtrans-base-url", "http://127.0.0.1:9099/"}, map[string]string{"APP_URL": "https://jasaweb.id/"})
	if err != nil {
		t.Fatal(err)
	}
	if c := o.midtrans(); c.NotifyURL != "https://jasaweb.id/api/webhooks/midtrans" || c.BaseURL != "http://127.0.0.1:9099" {
		t.Errorf("notify %q, base %q", c.NotifyURL, c.BaseURL)
	}
}

func TestWrongOptionStopsTheStartWithOneLine(t *testing.T) {
	t.Parallel()
	const secret = "Mid-server-SANGATRAHASIA"
	production := func(pairs ...string) map[string]string {
		env := map[string]string{"MIDTRANS_ENV": "production"}
		for n := 0; n < len(pairs); n += 2 {
			env[pairs[n]] = pairs[n+1]
		}
		return env
	}
	for name, c := range map[string]struct {
		env   map[string]string
		names string // the option that the line is about
	}{
		"unknown environment":          {map[string]string{"MIDTRANS_ENV": "produksi"}, "MIDTRANS_ENV"},
		"line break in a value":        {map[string]string{"MIDTRANS_ENV": "sandbox\nlain"}, "MIDTRANS_ENV"},
		"address without scheme":       {map[string]string{"APP_URL": "jasaweb.id"}, "APP_URL"},
		"script as address":            {map[string]string{"APP_URL": "javascript:alert(1)"}, "APP_URL"},
		"no host":                      {map[string]string{"MIDTRANS_BASE_URL": "https://"}, "MIDTRANS_BASE_URL"},
		"address with a query":         {map[string]string{"APP_URL": "https://jasaweb.id/?a=1"}, "APP_URL"},
		"value and file":               {map[string]string{"CREDENTIALS_KEY": secret, "CREDENTIALS_KEY_FILE": "x"}, "CREDENTIALS_KEY"},
		"no such file":                 {map[string]string{"APP_URL_FILE": "/tidak/ada"}, "APP_URL_FILE"},
		"value where a file belongs":   {map[string]string{"MIDTRANS_SERVER_KEY_FILE": secret}, "MIDTRANS_SERVER_KEY_FILE"},
		"a folder as file":             {map[string]string{"CREDENTIALS_KEY_FILE": t.TempDir()}, "CREDENTIALS_KEY_FILE"},
		"empty file":                   {map[string]string{"CREDENTIALS_KEY_FILE": secretFile(t, " \n")}, "CREDENTIALS_KEY_FILE"},
		"sandbox key in production":    {production("MIDTRANS_SERVER_KEY", "SB-"+secret), "MIDTRANS_SERVER_KEY"},
		"previous key of the sandbox":  {production("MIDTRANS_SERVER_KEY", secret+", SB-"+secret), "MIDTRANS_SERVER_KEY"},
		"sandbox key with a space":     {production("MIDTRANS_SERVER_KEY", " SB-"+secret), "MIDTRANS_SERVER_KEY"},
		"plain http in production":     {production("MIDTRANS_BASE_URL", "http://api.id"), "MIDTRANS_BASE_URL"},
		"plain http in capitals there": {production("MIDTRANS_BASE_URL", "HTTP://api.id"), "MIDTRANS_BASE_URL"},
		"guessable sealing key":        {map[string]string{"CREDENTIALS_KEY": "RAHASIA" + strings.Repeat("k", 24)}, "CREDENTIALS_KEY"},
		"short key before a long one":  {map[string]string{"CREDENTIALS_KEY": "RAHASIA," + strings.Repeat("k", 99)}, "CREDENTIALS_KEY"},
		"the sandbox in production":    {production("MIDTRANS_BASE_URL", "https://API.sandbox.midtrans.com/"), "MIDTRANS_BASE_URL"},
		"guessable signing key":        {map[string]string{"JWT_SECRET": "RAHASIA-pendek"}, "JWT_SECRET"},
	} {
		_, err := readOptions(t, nil, c.env)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		line := err.Error()
		if !strings.HasPrefix(line, c.names) || strings.ContainsAny(line, "\r\n") || strings.Contains(line, "RAHASIA") {
			t.Errorf("%s: %q", name, line)
		}
	}
}

func TestSecretsHaveNoFlag(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("jasaweb", pflag.ContinueOnError)
	o := &Options{}
	o.bind(flags)
	got := map[string]bool{}
	flags.VisitAll(func(f *pflag.Flag) { got[f.Name] = true })
	want := []string{"app-url", "database-prepared", "database-trace", "database-writers", "midtrans-base-url", "midtrans-env", "midtrans-merchant-id", "trusted-proxy"}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, want) {
		t.Errorf("flags = %v, want %v", names, want)
	}
	if strings.Contains(flags.FlagUsages(), "KEY") {
		t.Errorf("the help speaks of a secret:\n%s", flags.FlagUsages())
	}
}

// Whoever moves to Postgres gives the content of links.key as JWT_SECRET.
func TestKeyFilesCanBecomeOptions(t *testing.T) {
	t.Parallel()
	key, err := secret.Key("", func() string { return filepath.Join(t.TempDir(), "links.key") })()
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"DATABASE_URL": "postgres://u@db/jasaweb", "JWT_SECRET": key, "CREDENTIALS_KEY": key}
	if _, err := readOptions(t, nil, env); err != nil {
		t.Error(err)
	}
}

func TestOptionsOfPostgres(t *testing.T) {
	t.Parallel()
	const url, key = "postgres://u:geheim@db/jasaweb", "0123456789012345678901234567890123456789"
	o, err := readOptions(t, nil, map[string]string{"DATABASE_URL": url, "JWT_SECRET": key, "CREDENTIALS_KEY": key, "DATABASE_TRACE": "200ms"})
	if err != nil || o.DatabaseURL != url || o.DatabasePrepared != "auto" || o.DatabaseWriters != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	for _, hosts := range []string{"a:5432,b:5433", "a,b"} { // one lets write, the others follow it
		if o, err := readOptions(t, nil, map[string]string{"DATABASE_URL": "postgres://u@" + hosts + "/x", "JWT_SECRET": key, "CREDENTIALS_KEY": key}); err != nil {
			t.Errorf("%s: %v", hosts, err)
		} else if _, err := o.store(); err != nil {
			t.Errorf("%s: %v", hosts, err)
		}
	}
	for want, env := range map[string]map[string]string{
		"JWT_SECRET: must be set":      {"DATABASE_URL": url, "CREDENTIALS_KEY": key},
		"CREDENTIALS_KEY: must be set": {"DATABASE_URL": url, "JWT_SECRET": key},
		"openssl rand -base64 32":      {"DATABASE_URL": url},
		"DATABASE_URL: must be postgres://user:password@host/database, with / @ : of the password as %2F %40 %3A": {"DATABASE_URL": "mysql://u:geheim@db/x", "JWT_SECRET": key, "CREDENTIALS_KEY": key},
		"DATABASE_DIRECT_URL: is only for use":       {"DATABASE_DIRECT_URL": url},
		"DATABASE_PREPARED: \"maybe\" is not one of": {"DATABASE_URL": url, "JWT_SECRET": key, "CREDENTIALS_KEY": key, "DATABASE_PREPARED": "maybe"},
		"DATABASE_TRACE: \"soon\" is not a duration": {"DATABASE_TRACE": "soon"},
		"DATABASE_WRITERS: \"0\" is not a number":    {"DATABASE_WRITERS": "0"},
	} {
		_, err := readOptions(t, nil, env)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", slices.Sorted(maps.Keys(env)), err, want)
		} else if strings.Contains(err.Error(), "geheim") {
			t.Errorf("shows a password: %v", err)
		}
	}
}
