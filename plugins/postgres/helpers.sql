-- Helpers that give Postgres SQLite's values and functions. The driver installs
-- them in the schema "sqlite" under an advisory lock; every call in translated
-- statements is qualified, so no search_path matters. What is written in SQL
-- and not STRICT is inlined by the planner, which keeps indexes usable; plpgsql
-- is used where a body would otherwise evaluate its argument several times.

CREATE SCHEMA IF NOT EXISTS sqlite;

-- A value whose type is known per row: k is 1 for numbers, 2 for text, 3 for
-- blobs (as hex in t). No field is ever NULL; the built-in record comparison
-- then sorts as SQLite does: numbers, text, blobs.
DO $do$ BEGIN
  CREATE TYPE sqlite.dyn AS (k int2, n float8, t text COLLATE "C");
EXCEPTION WHEN duplicate_object THEN NULL; END $do$;

CREATE OR REPLACE FUNCTION sqlite.dn(x float8) RETURNS sqlite.dyn LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN x IS NOT NULL THEN ROW(1::int2, x, ''::text)::sqlite.dyn END $$;
CREATE OR REPLACE FUNCTION sqlite.dt(x text) RETURNS sqlite.dyn LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN x IS NOT NULL THEN ROW(2::int2, 0::float8, x)::sqlite.dyn END $$;
CREATE OR REPLACE FUNCTION sqlite.db(x bytea) RETURNS sqlite.dyn LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN x IS NOT NULL THEN ROW(3::int2, 0::float8, encode(x, 'hex'))::sqlite.dyn END $$;

-- Numbers as text: an integral NUMERIC is an integer, a REAL keeps ".0". SQLite
-- writes 17 digits, unless they end in a run of 0 or 9 that a shorter text shows
-- to be noise.
CREATE OR REPLACE FUNCTION sqlite.real_text(x float8) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE s text; digits text; short text; e int; sign text := CASE WHEN x < 0 THEN '-' ELSE '' END;
BEGIN
  IF x = 'Infinity' THEN RETURN 'Inf'; ELSIF x = '-Infinity' THEN RETURN '-Inf'; END IF;
  IF abs(x) < 1e15 AND x = trunc(x) THEN RETURN x::int8::text || '.0'; END IF;
  s := btrim(to_char(abs(x), '9.9999999999999999EEEE'));
  digits := replace(split_part(s, 'e', 1), '.', '');
  e := split_part(s, 'e', 2)::int;
  IF substr(digits, 15, 2) IN ('00', '99') THEN
    s := btrim(to_char(abs(x), '9.99999999999999EEEE'));
    IF s::float8 = abs(x) THEN
      digits := replace(split_part(s, 'e', 1), '.', '');
      e := split_part(s, 'e', 2)::int;
    END IF;
  END IF;
  digits := rtrim(digits, '0');
  IF e < -4 OR e > 16 THEN
    short := substr(digits, 2);
    RETURN sign || left(digits, 1) || '.' || CASE short WHEN '' THEN '0' ELSE short END || 'e' || CASE WHEN e < 0 THEN '-' ELSE '+' END || lpad(abs(e)::text, greatest(2, length(abs(e)::text)), '0');
  ELSIF e < 0 THEN
    RETURN sign || '0.' || repeat('0', -e - 1) || digits;
  END IF;
  digits := rpad(digits, greatest(length(digits), e + 2), '0');
  RETURN sign || left(digits, e + 1) || '.' || substr(digits, e + 2);
END $$;
CREATE OR REPLACE FUNCTION sqlite.num_text(x float8) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN x = trunc(x) AND abs(x) < 9223372036854775807 THEN x::int8::text ELSE sqlite.real_text(x) END $$;

CREATE OR REPLACE FUNCTION sqlite.dyn_text(d sqlite.dyn) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE (d).k WHEN 2 THEN (d).t WHEN 1 THEN sqlite.num_text((d).n) WHEN 3 THEN convert_from(decode((d).t, 'hex'), 'UTF8') END $$;

-- The numeric beginning of a text, as CAST and arithmetic read it.
CREATE OR REPLACE FUNCTION sqlite.text_number(x text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE m text;
BEGIN
  m := substring(x FROM '^[ \t\n\v\f\r]*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)');
  IF m IS NULL THEN RETURN 0; END IF;
  RETURN m::float8;
EXCEPTION WHEN numeric_value_out_of_range THEN RETURN 'Infinity'::float8;
END $$;
CREATE OR REPLACE FUNCTION sqlite.dyn_number(d sqlite.dyn) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE (d).k WHEN 1 THEN (d).n WHEN 2 THEN sqlite.text_number((d).t) WHEN 3 THEN 0::float8 END $$;

-- NUMERIC affinity: text that is a number as a whole becomes one.
CREATE OR REPLACE FUNCTION sqlite.is_number(x text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT left(x, 1) COLLATE "C" < ':' AND x ~ '^[ \t\n\v\f\r]*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?[ \t\n\v\f\r]*$' $$;
CREATE OR REPLACE FUNCTION sqlite.flex(x text) RETURNS sqlite.dyn LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF sqlite.is_number(x) THEN RETURN ROW(1::int2, sqlite.text_number(x), ''::text)::sqlite.dyn; END IF;
  RETURN ROW(2::int2, 0::float8, x)::sqlite.dyn;
END $$;
CREATE OR REPLACE FUNCTION sqlite.dyn_numeric(d sqlite.dyn) RETURNS sqlite.dyn LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN (d).k = 2 THEN sqlite.flex((d).t) ELSE d END $$;
-- Text that is no number sorts above all of them, and so does NaN.
CREATE OR REPLACE FUNCTION sqlite.text_num(x text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF sqlite.is_number(x) THEN RETURN sqlite.text_number(x); END IF;
  RETURN 'NaN'::float8;
END $$;
CREATE OR REPLACE FUNCTION sqlite.dyn_num(d sqlite.dyn) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE (d).k WHEN 1 THEN (d).n WHEN 2 THEN sqlite.text_num((d).t) WHEN 3 THEN 'NaN'::float8 END $$;

CREATE OR REPLACE FUNCTION sqlite.to_int(x float8) RETURNS int8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN x >= 9223372036854775807 THEN 9223372036854775807 WHEN x <= -9223372036854775808 THEN -9223372036854775808 WHEN x <> x THEN 0 ELSE trunc(x)::int8 END $$;

-- Storing: what the column's type cannot hold is an error.
CREATE OR REPLACE FUNCTION sqlite.store_number(x text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF sqlite.is_number(x) THEN RETURN sqlite.text_number(x); END IF;
  RAISE EXCEPTION 'cannot store TEXT value in a numeric column' USING ERRCODE = '22018';
END $$;
CREATE OR REPLACE FUNCTION sqlite.store_int(x float8) RETURNS int8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF x = trunc(x) AND abs(x) < 9223372036854775807 THEN RETURN x::int8; END IF;
  RAISE EXCEPTION 'cannot store REAL value in an integer column' USING ERRCODE = '22018';
END $$;
CREATE OR REPLACE FUNCTION sqlite.store_bool(x text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF sqlite.is_number(x) THEN RETURN sqlite.text_number(x) <> 0; END IF;
  RAISE EXCEPTION 'cannot store TEXT value in a boolean column' USING ERRCODE = '22018';
END $$;
CREATE OR REPLACE FUNCTION sqlite.row_limit(x int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN x >= 0 THEN x END $$;

-- Arithmetic.
-- SQLite's sum of floats compensates for rounding: it is the exact sum, rounded
-- once. The fraction of a float is two whole numbers: its first 53 binary places
-- and the next 53. What is below 2^-53 is added as it is.
CREATE OR REPLACE FUNCTION sqlite.sum(whole float8, first numeric, second numeric) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN first IS NULL THEN whole ELSE (whole::text::numeric
  + first * 0.00000000000000011102230246251565404236316680908203125
  + second * 0.0000000000000000000000000000000123259516440783094595582588325435348386438505485784844495356082916259765625)::float8 END $$;
CREATE OR REPLACE FUNCTION sqlite.exact(x float8) RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE f float8 := (x - trunc(x)) * 9007199254740992;
BEGIN
  IF abs(x) < 9007199254740992 AND x = trunc(x) THEN RETURN x::int8; ELSIF f = 0 OR abs(x) < 1.2e-16 OR abs(x) = 'Infinity' THEN RETURN x::text; END IF;
  RETURN trunc(x)::int8
    + trunc(f)::int8 * 0.00000000000000011102230246251565404236316680908203125
    + trunc((f - trunc(f)) * 9007199254740992)::int8 * 0.0000000000000000000000000000000123259516440783094595582588325435348386438505485784844495356082916259765625;
END $$;
CREATE OR REPLACE FUNCTION sqlite.num_div(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN a = trunc(a) AND b = trunc(b) THEN trunc(a / NULLIF(b, 0)) ELSE a / NULLIF(b, 0) END $$;
CREATE OR REPLACE FUNCTION sqlite.int_mod(a int8, b int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS
$$ SELECT a % NULLIF(abs(b), 0) $$;
CREATE OR REPLACE FUNCTION sqlite.shift(a int8, b int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN b <= -64 THEN CASE WHEN a < 0 THEN -1 ELSE 0 END WHEN b >= 64 THEN 0 WHEN b < 0 THEN a >> (-b)::int4 ELSE a << b::int4 END $$;
-- SQLite rounds the exact value (4.35 is a little less), and keeps the sign of
-- what becomes zero unless it rounds to an integer.
CREATE OR REPLACE FUNCTION sqlite.round(x float8, d int8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE r float8;
BEGIN
  IF abs(x) >= 4503599627370496 OR x <> x THEN RETURN x; END IF;
  IF d <= 0 THEN RETURN trunc(x + CASE WHEN x < 0 THEN -0.5 ELSE 0.5 END)::int8::float8; END IF;
  r := round(btrim(to_char(abs(x), '9.9999999999999999EEEE'))::numeric, least(d, 30)::int4)::float8;
  RETURN CASE WHEN x < 0 THEN -r ELSE r END;
END $$;
DO $do$
DECLARE f text;
BEGIN
  FOREACH f IN ARRAY ARRAY['acos', 'asin', 'atan', 'cos', 'sin', 'tan', 'cosh', 'sinh', 'tanh', 'acosh', 'asinh', 'atanh', 'sqrt', 'exp', 'ln', 'log10', 'radians', 'degrees'] LOOP
    EXECUTE format($f$CREATE OR REPLACE FUNCTION sqlite.%I(x float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS
      'BEGIN RETURN pg_catalog.%I(x); EXCEPTION WHEN numeric_value_out_of_range OR invalid_argument_for_logarithm OR invalid_argument_for_power_function THEN RETURN NULL; END'$f$, 'math_' || f, CASE f WHEN 'log10' THEN 'log' ELSE f END);
  END LOOP;
END $do$;
CREATE OR REPLACE FUNCTION sqlite.math_log(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT sqlite.math_log10(x) $$;
CREATE OR REPLACE FUNCTION sqlite.math_log2(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT sqlite.math_ln(x) / ln(2::float8) $$;
CREATE OR REPLACE FUNCTION sqlite.math_pow(x float8, y float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN power(x, y); EXCEPTION WHEN invalid_argument_for_power_function THEN RETURN NULL; WHEN numeric_value_out_of_range THEN RETURN 'Infinity'::float8; END $$;
CREATE OR REPLACE FUNCTION sqlite.math_mod(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT x - trunc(x / NULLIF(y, 0)) * y $$;
CREATE OR REPLACE FUNCTION sqlite.random() RETURNS int8 LANGUAGE sql VOLATILE AS
$$ SELECT ((('x' || substr(md5(pg_catalog.random()::text || clock_timestamp()::text), 1, 16))::bit(64))::int8) $$;
CREATE OR REPLACE FUNCTION sqlite.randomblob(n int8) RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
DECLARE out bytea := ''; want int4 := greatest(coalesce(n, 1), 1)::int4;
BEGIN
  WHILE octet_length(out) < want LOOP out := out || uuid_send(gen_random_uuid()); END LOOP;
  RETURN substring(out FROM 1 FOR want);
END $$;

-- Any value of the group: what SQLite gives for a column beside aggregates.
CREATE OR REPLACE FUNCTION sqlite.keep_first(a anyelement, b anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT a $$;
CREATE OR REPLACE FUNCTION sqlite.keep_state(s anyarray, x anyelement) RETURNS anyarray LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN s IS NULL THEN ARRAY[x] ELSE s END $$;
CREATE OR REPLACE FUNCTION sqlite.keep_final(s anyarray) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT s[1] $$;
DO $do$ BEGIN
  CREATE AGGREGATE sqlite.any_value(anyelement) (SFUNC = sqlite.keep_state, STYPE = anyarray, FINALFUNC = sqlite.keep_final);
EXCEPTION WHEN duplicate_function THEN NULL; END $do$;

-- Text.
CREATE OR REPLACE FUNCTION sqlite.substr(x text, p int8, n int8) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE len int8 := length(x); s int8 := p; c int8 := n;
BEGIN
  IF x IS NULL OR p IS NULL OR n IS NULL THEN RETURN NULL; END IF;
  IF s < 0 THEN
    s := s + len;
    IF s < 0 THEN
      IF c < 0 THEN c := 0; ELSE c := greatest(c + s, 0); END IF;
      s := 0;
    END IF;
  ELSIF s > 0 THEN s := s - 1;
  ELSIF c > 0 THEN c := c - 1;
  END IF;
  IF c < 0 THEN
    IF s < -c THEN c := s; s := 0; ELSE c := -c; s := s - c; END IF;
  END IF;
  RETURN substring(x FROM least(s, len)::int4 + 1 FOR least(c, len)::int4);
END $$;
CREATE OR REPLACE FUNCTION sqlite.substr(x text, p int8) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT sqlite.substr(x, p, 2147483647::int8) $$;
CREATE OR REPLACE FUNCTION sqlite.replace(x text, a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN a = '' THEN x ELSE pg_catalog.replace(x, a, b) END $$;
CREATE OR REPLACE FUNCTION sqlite.glob(p text, x text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE re text := '^'; i int := 1; c text; class text;
BEGIN
  WHILE i <= length(p) LOOP
    c := substr(p, i, 1);
    IF c = '*' THEN re := re || '.*';
    ELSIF c = '?' THEN re := re || '.';
    ELSIF c = '[' THEN
      class := '['; i := i + 1;
      IF substr(p, i, 1) = '^' THEN class := class || '^'; i := i + 1; END IF;
      IF substr(p, i, 1) = ']' THEN class := class || '\]'; i := i + 1; END IF;
      WHILE i <= length(p) AND substr(p, i, 1) <> ']' LOOP
        c := substr(p, i, 1);
        class := class || CASE WHEN c IN ('\', '[', '^') THEN '\' || c ELSE c END;
        i := i + 1;
      END LOOP;
      IF i > length(p) THEN RETURN FALSE; END IF;
      re := re || class || ']';
    ELSIF c ~ '[[:alnum:]_ ]' THEN re := re || c;
    ELSE re := re || '\' || c;
    END IF;
    i := i + 1;
  END LOOP;
  RETURN x ~ ('(?s)' || re || '$') COLLATE "C";
END $$;
CREATE OR REPLACE FUNCTION sqlite.type_of(d sqlite.dyn) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE (d).k WHEN 1 THEN CASE WHEN (d).n = trunc((d).n) THEN 'integer' ELSE 'real' END WHEN 2 THEN 'text' WHEN 3 THEN 'blob' ELSE 'null' END $$;
CREATE OR REPLACE FUNCTION sqlite.quote(d sqlite.dyn) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE (d).k WHEN 1 THEN sqlite.num_text((d).n) WHEN 2 THEN '''' || pg_catalog.replace((d).t, '''', '''''') || '''' WHEN 3 THEN 'X''' || upper((d).t) || '''' ELSE 'NULL' END $$;
CREATE OR REPLACE FUNCTION sqlite.printf(f text, VARIADIC a sqlite.dyn[] DEFAULT ARRAY[]::sqlite.dyn[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE out text := ''; rest text := f; m text[]; n int := 1; flags text; width int; prec int; conv text; s text; v sqlite.dyn;
BEGIN
  IF f IS NULL THEN RETURN NULL; END IF;
  LOOP
    m := regexp_match(rest, '^([^%]*)%([-+ 0,#!]*)(\d+|\*)?(?:\.(\d+|\*))?(?:l|ll)?([a-zA-Z%])(.*)$', 's');
    IF m IS NULL THEN RETURN out || rest; END IF;
    out := out || m[1]; flags := m[2]; conv := m[5]; rest := m[6];
    IF conv = '%' THEN out := out || '%'; CONTINUE; END IF;
    IF m[3] = '*' THEN width := sqlite.dyn_number(a[n]); n := n + 1; ELSE width := m[3]; END IF;
    IF m[4] = '*' THEN prec := sqlite.dyn_number(a[n]); n := n + 1; ELSE prec := m[4]; END IF;
    v := a[n]; n := n + 1;
    IF conv IN ('d', 'i', 'u') THEN
      s := coalesce(trunc(sqlite.dyn_number(v))::int8, 0)::text;
      IF strpos(flags, ',') > 0 THEN s := btrim(to_char(s::int8, 'FM999,999,999,999,999,999,990')); END IF;
    ELSIF conv = 'f' THEN
      s := to_char(0, 'FM0'); s := round(coalesce(sqlite.dyn_number(v), 0)::numeric, coalesce(prec, 6))::text;
      IF strpos(flags, ',') > 0 THEN s := btrim(to_char(split_part(s, '.', 1)::numeric, 'FM999,999,999,999,999,999,990')) || CASE WHEN strpos(s, '.') > 0 THEN '.' || split_part(s, '.', 2) ELSE '' END; END IF;
    ELSIF conv = 'g' THEN s := coalesce(sqlite.dyn_number(v), 0)::text;
    ELSIF conv = 'e' THEN
      s := btrim(to_char(coalesce(sqlite.dyn_number(v), 0), '9.' || repeat('9', coalesce(prec, 6)) || 'EEEE'));
    ELSIF conv = 'o' THEN
      s := ''; width := coalesce(width, 0); prec := trunc(coalesce(sqlite.dyn_number(v), 0));
      LOOP s := (prec % 8) || s; prec := prec / 8; EXIT WHEN prec = 0; END LOOP;
    ELSIF conv IN ('x', 'X') THEN
      s := to_hex(coalesce(trunc(sqlite.dyn_number(v))::int8, 0)); IF conv = 'X' THEN s := upper(s); END IF;
    ELSIF conv = 'c' THEN s := left(coalesce(sqlite.dyn_text(v), ''), 1);
    ELSIF conv = 'q' THEN s := pg_catalog.replace(coalesce(sqlite.dyn_text(v), '(NULL)'), '''', '''''');
    ELSIF conv = 'Q' THEN s := sqlite.quote(v);
    ELSIF conv = 'w' THEN s := pg_catalog.replace(coalesce(sqlite.dyn_text(v), '(NULL)'), '"', '""');
    ELSIF conv IN ('s', 'z') THEN
      s := coalesce(sqlite.dyn_text(v), ''); IF prec IS NOT NULL THEN s := left(s, prec); END IF;
    ELSE RETURN NULL;
    END IF;
    IF conv IN ('d', 'i', 'f', 'e', 'g') AND left(s, 1) <> '-' THEN
      IF strpos(flags, '+') > 0 THEN s := '+' || s; ELSIF strpos(flags, ' ') > 0 THEN s := ' ' || s; END IF;
    END IF;
    IF width IS NOT NULL AND length(s) < abs(width) THEN
      IF strpos(flags, '-') > 0 OR width < 0 THEN s := rpad(s, abs(width));
      ELSIF strpos(flags, '0') > 0 AND conv NOT IN ('s', 'c', 'q', 'Q') THEN
        IF left(s, 1) IN ('-', '+') THEN s := left(s, 1) || lpad(substr(s, 2), width - 1, '0'); ELSE s := lpad(s, width, '0'); END IF;
      ELSE s := lpad(s, width);
      END IF;
    END IF;
    out := out || s;
  END LOOP;
END $$;

-- JSON. The documents stay text; json (not jsonb) keeps order and spelling.
CREATE OR REPLACE FUNCTION sqlite.json_valid(x text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF x = '' THEN RETURN FALSE; END IF;
  IF x IN ('[]', '{}', 'null', 'true', 'false', '""') THEN RETURN TRUE; END IF;
  IF left(x, 1) !~ '[-\[{"0-9tfn \t\n\r]' THEN RETURN FALSE; END IF;
  PERFORM x::json;
  RETURN TRUE;
EXCEPTION WHEN invalid_text_representation OR untranslatable_character OR program_limit_exceeded OR statement_too_complex THEN RETURN FALSE;
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_parse(x text) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN x::json; EXCEPTION WHEN invalid_text_representation THEN RAISE EXCEPTION 'malformed JSON' USING ERRCODE = '22032'; END $$;
-- json without the blanks between its tokens, as SQLite prints it.
CREATE OR REPLACE FUNCTION sqlite.json_min(x text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  IF x !~ '\s' THEN RETURN x; END IF;
  RETURN regexp_replace(x, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g');
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_text(x text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT sqlite.json_min(sqlite.json_parse(x)::text) $$;
CREATE OR REPLACE FUNCTION sqlite.json_dyn(j json) RETURNS sqlite.dyn LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE s text := ltrim(j::text, E' \t\n\r');
BEGIN
  CASE left(s, 1)
    WHEN '"' THEN RETURN ROW(2::int2, 0::float8, j #>> '{}')::sqlite.dyn;
    WHEN '{', '[' THEN RETURN ROW(2::int2, 0::float8, sqlite.json_min(s))::sqlite.dyn;
    WHEN 't' THEN RETURN ROW(1::int2, 1::float8, ''::text)::sqlite.dyn;
    WHEN 'f' THEN RETURN ROW(1::int2, 0::float8, ''::text)::sqlite.dyn;
    WHEN 'n' THEN RETURN NULL;
    ELSE RETURN ROW(1::int2, s::float8, ''::text)::sqlite.dyn;
  END CASE;
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_quote(d sqlite.dyn) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE (d).k WHEN 1 THEN sqlite.num_text((d).n) WHEN 2 THEN to_json((d).t)::text WHEN 3 THEN '"' || (d).t || '"' ELSE 'null' END $$;
CREATE OR REPLACE FUNCTION sqlite.json_path(p text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE rest text; m text[]; out text[] := '{}';
BEGIN
  IF left(p, 1) <> '$' THEN RAISE EXCEPTION 'bad JSON path: ''%''', p USING ERRCODE = '22032'; END IF;
  rest := substr(p, 2);
  WHILE rest <> '' LOOP
    m := regexp_match(rest, '^(?:\."([^"]*)"|\.([^.\[]+)|\[#?(-?\d+)\]|\[#\](?!.))(.*)$', 's');
    IF m IS NULL THEN RAISE EXCEPTION 'bad JSON path: ''%''', p USING ERRCODE = '22032'; END IF;
    out := out || coalesce(m[1], m[2], m[3], '999999999'); rest := m[4];
  END LOOP;
  RETURN out;
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_extract(x text, p text[]) RETURNS sqlite.dyn LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN RETURN sqlite.json_dyn(x::json #> p); EXCEPTION WHEN invalid_text_representation THEN RAISE EXCEPTION 'malformed JSON' USING ERRCODE = '22032'; END $$;
CREATE OR REPLACE FUNCTION sqlite.json_extract_many(x text, VARIADIC p text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE j json; out text := ''; one text; q text;
BEGIN
  IF x IS NULL THEN RETURN NULL; END IF;
  j := sqlite.json_parse(x);
  FOREACH q IN ARRAY p LOOP
    one := coalesce((j #> sqlite.json_path(q))::text, 'null');
    out := out || CASE WHEN out = '' THEN '' ELSE ',' END || sqlite.json_min(one);
  END LOOP;
  RETURN '[' || out || ']';
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_arrow_path(d sqlite.dyn) RETURNS text[] LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN (d).k = 1 THEN ARRAY[sqlite.num_text((d).n)] WHEN left((d).t, 1) = '$' THEN sqlite.json_path((d).t) ELSE ARRAY[(d).t] END $$;
CREATE OR REPLACE FUNCTION sqlite.json_arrow(x text, d sqlite.dyn) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT sqlite.json_min((sqlite.json_parse(x) #> sqlite.json_arrow_path(d))::text) $$;
CREATE OR REPLACE FUNCTION sqlite.json_arrow2(x text, d sqlite.dyn) RETURNS sqlite.dyn LANGUAGE sql IMMUTABLE AS
$$ SELECT sqlite.json_dyn(sqlite.json_parse(x) #> sqlite.json_arrow_path(d)) $$;
CREATE OR REPLACE FUNCTION sqlite.json_type_name(j json) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE json_typeof(j) WHEN 'string' THEN 'text' WHEN 'boolean' THEN j::text WHEN 'number' THEN CASE WHEN j::text ~ '[.eE]' THEN 'real' ELSE 'integer' END ELSE json_typeof(j) END $$;
CREATE OR REPLACE FUNCTION sqlite.json_type(x text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT sqlite.json_type_name(sqlite.json_parse(x)) $$;
CREATE OR REPLACE FUNCTION sqlite.json_type(x text, p text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT sqlite.json_type_name(sqlite.json_parse(x) #> p) $$;
CREATE OR REPLACE FUNCTION sqlite.json_array_length(x text) RETURNS int8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE j json := sqlite.json_parse(x);
BEGIN RETURN CASE WHEN json_typeof(j) = 'array' THEN json_array_length(j) ELSE 0 END; END $$;
CREATE OR REPLACE FUNCTION sqlite.json_array_length(x text, p text[]) RETURNS int8 LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE j json := sqlite.json_parse(x) #> p;
BEGIN RETURN CASE WHEN j IS NULL THEN NULL WHEN json_typeof(j) = 'array' THEN json_array_length(j) ELSE 0 END; END $$;
CREATE OR REPLACE FUNCTION sqlite.json_put(mode text, j json, p text[], v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE out text := ''; k text; e json; part text; found_it boolean := FALSE; n int; i int := 0;
BEGIN
  IF p = '{}' THEN RETURN CASE WHEN mode = 'insert' THEN j::text WHEN mode = 'remove' THEN NULL ELSE v END; END IF;
  IF json_typeof(j) = 'object' THEN
    FOR k, e IN SELECT * FROM json_each(j) LOOP
      part := e::text;
      IF k = p[1] THEN found_it := TRUE; part := sqlite.json_put(mode, e, p[2:], v); END IF;
      IF part IS NOT NULL THEN out := out || CASE WHEN out = '' THEN '' ELSE ',' END || to_json(k)::text || ':' || part; END IF;
    END LOOP;
    IF NOT found_it AND mode IN ('set', 'insert') THEN
      part := CASE WHEN cardinality(p) = 1 THEN v WHEN p[2] ~ '^\d+$' THEN sqlite.json_put(mode, '[]', p[2:], v) ELSE sqlite.json_put(mode, '{}', p[2:], v) END;
      out := out || CASE WHEN out = '' THEN '' ELSE ',' END || to_json(p[1])::text || ':' || part;
    END IF;
    RETURN '{' || out || '}';
  ELSIF json_typeof(j) = 'array' AND p[1] ~ '^-?\d+$' THEN
    n := p[1]; IF n < 0 THEN n := n + json_array_length(j); END IF;
    FOR e IN SELECT * FROM json_array_elements(j) LOOP
      part := e::text;
      IF i = n THEN part := sqlite.json_put(mode, e, p[2:], v); END IF;
      IF part IS NOT NULL THEN out := out || CASE WHEN out = '' THEN '' ELSE ',' END || part; END IF;
      i := i + 1;
    END LOOP;
    IF mode IN ('set', 'insert') AND cardinality(p) = 1 AND (n = i OR n = 999999999) THEN out := out || CASE WHEN out = '' THEN '' ELSE ',' END || v; END IF;
    RETURN '[' || out || ']';
  END IF;
  RETURN j::text;
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_edit(mode text, x text, p text[], v text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT sqlite.json_min(sqlite.json_put(mode, sqlite.json_parse(x), p, v)) $$;
CREATE OR REPLACE FUNCTION sqlite.json_remove(x text, VARIADIC p text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE q text;
BEGIN
  FOREACH q IN ARRAY p LOOP x := sqlite.json_put('remove', sqlite.json_parse(x), sqlite.json_path(q), NULL); END LOOP;
  RETURN sqlite.json_min(sqlite.json_parse(x)::text);
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_merge(a jsonb, b jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE k text; v jsonb;
BEGIN
  IF jsonb_typeof(b) <> 'object' THEN RETURN b; END IF;
  IF jsonb_typeof(a) IS DISTINCT FROM 'object' THEN a := '{}'; END IF;
  FOR k, v IN SELECT * FROM jsonb_each(b) LOOP
    IF v = 'null'::jsonb THEN a := a - k; ELSE a := jsonb_set(a, ARRAY[k], sqlite.json_merge(a -> k, v)); END IF;
  END LOOP;
  RETURN a;
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_patch(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT sqlite.json_min(sqlite.json_merge(sqlite.json_parse(a)::jsonb, sqlite.json_parse(b)::jsonb)::text) $$;

CREATE OR REPLACE FUNCTION sqlite.json_each(x text, p text DEFAULT '$')
RETURNS TABLE (key sqlite.dyn, value sqlite.dyn, type text, atom sqlite.dyn, id int8, parent int8, fullkey text, path text)
LANGUAGE plpgsql IMMUTABLE ROWS 10 AS $$
DECLARE j json;
BEGIN
  IF x IS NULL OR p IS NULL THEN RETURN; END IF;
  j := sqlite.json_parse(x) #> sqlite.json_path(p);
  CASE json_typeof(j)
    WHEN 'array' THEN
      RETURN QUERY SELECT sqlite.dn((o - 1)::float8), sqlite.json_dyn(e), sqlite.json_type_name(e), CASE WHEN json_typeof(e) IN ('array', 'object') THEN NULL ELSE sqlite.json_dyn(e) END,
        o::int8, NULL::int8, p || '[' || (o - 1) || ']', p FROM json_array_elements(j) WITH ORDINALITY AS a(e, o);
    WHEN 'object' THEN
      RETURN QUERY SELECT sqlite.dt(k), sqlite.json_dyn(e), sqlite.json_type_name(e), CASE WHEN json_typeof(e) IN ('array', 'object') THEN NULL ELSE sqlite.json_dyn(e) END,
        o::int8, NULL::int8, p || '.' || CASE WHEN k ~ '^[A-Za-z][A-Za-z0-9_]*$' THEN k ELSE to_json(k)::text END, p FROM ROWS FROM (json_each(j)) WITH ORDINALITY AS a(k, e, o);
    ELSE
      IF j IS NOT NULL THEN
        RETURN QUERY SELECT NULL::sqlite.dyn, sqlite.json_dyn(j), sqlite.json_type_name(j), sqlite.json_dyn(j), 0::int8, NULL::int8, p, p;
      END IF;
  END CASE;
END $$;
CREATE OR REPLACE FUNCTION sqlite.json_tree(x text, p text DEFAULT '$')
RETURNS TABLE (key sqlite.dyn, value sqlite.dyn, type text, atom sqlite.dyn, id int8, parent int8, fullkey text, path text)
LANGUAGE sql IMMUTABLE AS $$
  WITH RECURSIVE tree(key, doc, fullkey, path, ord) AS (
    SELECT NULL::sqlite.dyn, sqlite.json_parse(x) #> sqlite.json_path(p), p, p, ARRAY[]::int8[]
    UNION ALL
    SELECT c.k, c.e, tree.fullkey || c.step, tree.fullkey, tree.ord || c.o FROM tree, LATERAL (
      SELECT sqlite.dn((o - 1)::float8) AS k, e, '[' || (o - 1) || ']' AS step, o FROM json_array_elements(CASE WHEN json_typeof(tree.doc) = 'array' THEN tree.doc ELSE '[]' END) WITH ORDINALITY AS a(e, o)
      UNION ALL
      SELECT sqlite.dt(n), e, '.' || CASE WHEN n ~ '^[A-Za-z][A-Za-z0-9_]*$' THEN n ELSE to_json(n)::text END, o FROM ROWS FROM (json_each(CASE WHEN json_typeof(tree.doc) = 'object' THEN tree.doc ELSE '{}' END)) WITH ORDINALITY AS b(n, e, o)
    ) c
  )
  SELECT key, sqlite.json_dyn(doc), sqlite.json_type_name(doc), CASE WHEN json_typeof(doc) IN ('array', 'object') THEN NULL ELSE sqlite.json_dyn(doc) END,
    row_number() OVER (ORDER BY ord) - 1, NULL::int8, fullkey, path FROM tree WHERE doc IS NOT NULL ORDER BY ord
$$;

-- PocketBase's templates around json functions, one helper each.
CREATE OR REPLACE FUNCTION sqlite.pb_each(x text, v sqlite.dyn)
RETURNS TABLE (key sqlite.dyn, value sqlite.dyn, type text, atom sqlite.dyn, id int8, parent int8, fullkey text, path text)
LANGUAGE plpgsql IMMUTABLE ROWS 5 AS $$
BEGIN
  IF left(ltrim(x, E' \t\n\r'), 1) = '[' AND sqlite.json_valid(x) THEN
    RETURN QUERY SELECT sqlite.dn((o - 1)::float8), sqlite.json_dyn(e), sqlite.json_type_name(e), CASE WHEN json_typeof(e) IN ('array', 'object') THEN NULL ELSE sqlite.json_dyn(e) END,
      o::int8, NULL::int8, '$[' || (o - 1) || ']', '$'::text FROM json_array_elements(x::json) WITH ORDINALITY AS a(e, o);
    RETURN;
  END IF;
  RETURN QUERY SELECT sqlite.dn(0), v, CASE (v).k WHEN 1 THEN 'integer' WHEN 2 THEN 'text' ELSE 'null' END, v, 1::int8, NULL::int8, '$[0]'::text, '$'::text;
END $$;
CREATE OR REPLACE FUNCTION sqlite.pb_length(x text) RETURNS int8 LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF x IS NULL OR x = '' OR x = '[]' THEN RETURN 0; END IF;
  IF left(ltrim(x, E' \t\n\r'), 1) = '[' AND sqlite.json_valid(x) THEN RETURN json_array_length(x::json); END IF;
  RETURN 1;
END $$;
-- (json_valid first would read the document twice.)
CREATE OR REPLACE FUNCTION sqlite.pb_extract(x text, p text[]) RETURNS sqlite.dyn LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF left(x, 1) IN ('{', '[', ' ', E'\n', E'\t', E'\r') THEN RETURN sqlite.json_dyn(x::json #> p); END IF;
  RETURN NULL;
EXCEPTION WHEN invalid_text_representation OR untranslatable_character OR program_limit_exceeded OR statement_too_complex THEN RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION sqlite.pb_value(v sqlite.dyn) RETURNS sqlite.dyn LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF (v).k = 2 AND sqlite.json_valid((v).t) THEN RETURN sqlite.json_dyn((v).t::json); END IF;
  RETURN v;
END $$;

-- Dates. SQLite's are text; the arithmetic is done on timestamps without zone.
CREATE OR REPLACE FUNCTION sqlite.time_parse(x text) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE m text[]; ts timestamp; off text;
BEGIN
  IF x IS NULL THEN RETURN NULL; END IF;
  m := regexp_match(x, '^\s*(?:(\d{4})-(\d\d)-(\d\d))?(?:(?:[ T]+|^)(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?\s*(Z|z|[-+]\d\d:\d\d)?\s*$');
  IF m IS NOT NULL AND (m[1] IS NOT NULL OR m[4] IS NOT NULL) THEN
    IF coalesce(m[2], '01')::int NOT BETWEEN 1 AND 12 OR coalesce(m[3], '01')::int NOT BETWEEN 1 AND 31 OR coalesce(m[4], '0')::int > 24 OR coalesce(m[5], '0')::int > 59 OR coalesce(m[6], '0')::int > 59 THEN RETURN NULL; END IF;
    ts := make_timestamp(coalesce(m[1], '2000')::int, coalesce(m[2], '01')::int, 1, 0, 0, 0) + make_interval(days => coalesce(m[3], '01')::int - 1, hours => coalesce(m[4], '0')::int, mins => coalesce(m[5], '0')::int,
      secs => coalesce(m[6], '0')::float8 + coalesce('0' || m[7], '0')::float8);
    off := m[8];
    IF off IS NOT NULL AND off NOT IN ('Z', 'z') THEN ts := ts - off::interval; END IF;
    RETURN ts;
  END IF;
  IF sqlite.is_number(x) AND sqlite.text_number(x) BETWEEN 0 AND 5373484.5 THEN
    RETURN timestamp '2000-01-01 12:00' + make_interval(secs => (sqlite.text_number(x) - 2451545) * 86400);
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION sqlite.time_modify(ts timestamp, raw text, m text) RETURNS timestamp LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE a text[]; n float8; unit text;
BEGIN
  m := lower(btrim(m));
  IF m = 'start of day' THEN RETURN date_trunc('day', ts);
  ELSIF m = 'start of month' THEN RETURN date_trunc('month', ts);
  ELSIF m = 'start of year' THEN RETURN date_trunc('year', ts);
  ELSIF m IN ('utc', 'localtime', 'subsec', 'subsecond', 'auto', 'julianday') THEN
    IF m = 'auto' AND sqlite.is_number(raw) AND abs(sqlite.text_number(raw)) > 5373484.5 THEN RETURN timestamp '1970-01-01' + make_interval(secs => sqlite.text_number(raw)); END IF;
    RETURN ts;
  ELSIF m = 'unixepoch' THEN
    IF NOT sqlite.is_number(raw) THEN RETURN NULL; END IF;
    RETURN timestamp '1970-01-01' + make_interval(secs => sqlite.text_number(raw));
  ELSIF m ~ '^weekday\s+[0-6]$' THEN
    RETURN ts + make_interval(days => ((right(m, 1)::int - extract(dow FROM ts)::int) + 7) % 7);
  END IF;
  a := regexp_match(m, '^([-+]?\d+(?:\.\d+)?)\s*(second|minute|hour|day|month|year)s?$');
  IF a IS NULL THEN
    a := regexp_match(m, '^([-+]?)(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?$');
    IF a IS NULL THEN RETURN NULL; END IF;
    RETURN ts + make_interval(secs => (CASE WHEN a[1] = '-' THEN -1 ELSE 1 END) * (a[2]::int * 3600 + a[3]::int * 60 + coalesce(a[4], '0')::float8));
  END IF;
  n := a[1]::float8; unit := a[2];
  CASE unit
    WHEN 'second' THEN RETURN ts + make_interval(secs => n);
    WHEN 'minute' THEN RETURN ts + make_interval(secs => n * 60);
    WHEN 'hour' THEN RETURN ts + make_interval(secs => n * 3600);
    WHEN 'day' THEN RETURN ts + make_interval(secs => n * 86400);
    WHEN 'month' THEN -- the day runs over into the next month, as in SQLite
      RETURN date_trunc('month', ts) + make_interval(months => trunc(n)::int) + (ts - date_trunc('month', ts)) + make_interval(secs => (n - trunc(n)) * 30 * 86400);
    ELSE
      RETURN date_trunc('month', ts) + make_interval(years => trunc(n)::int) + (ts - date_trunc('month', ts)) + make_interval(secs => (n - trunc(n)) * 365 * 86400);
  END CASE;
END $$;
CREATE OR REPLACE FUNCTION sqlite.time_format(f text, ts timestamp, subsec boolean DEFAULT FALSE) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE out text := ''; i int := 1; c text; secs float8;
BEGIN
  IF f IS NULL OR ts IS NULL THEN RETURN NULL; END IF;
  ts := date_trunc('milliseconds', ts + interval '0.0005 seconds');
  WHILE i <= length(f) LOOP
    c := substr(f, i, 1);
    IF c <> '%' THEN out := out || c; i := i + 1; CONTINUE; END IF;
    c := substr(f, i + 1, 1); i := i + 2;
    CASE c
      WHEN 'd' THEN out := out || to_char(ts, 'DD');
      WHEN 'e' THEN out := out || lpad(extract(day FROM ts)::text, 2, ' ');
      WHEN 'f' THEN out := out || to_char(ts, 'SS.MS');
      WHEN 'F' THEN out := out || to_char(ts, 'YYYY-MM-DD');
      WHEN 'G' THEN out := out || to_char(ts, 'IYYY');
      WHEN 'g' THEN out := out || to_char(ts, 'IY');
      WHEN 'V' THEN out := out || to_char(ts, 'IW');
      WHEN 'H' THEN out := out || to_char(ts, 'HH24');
      WHEN 'I' THEN out := out || to_char(ts, 'HH12');
      WHEN 'k' THEN out := out || lpad(extract(hour FROM ts)::text, 2, ' ');
      WHEN 'l' THEN out := out || lpad(to_char(ts, 'FMHH12'), 2, ' ');
      WHEN 'j' THEN out := out || to_char(ts, 'DDD');
      WHEN 'J' THEN out := out || (2440587.5 + extract(epoch FROM ts)::float8 / 86400)::text;
      WHEN 'm' THEN out := out || to_char(ts, 'MM');
      WHEN 'M' THEN out := out || to_char(ts, 'MI');
      WHEN 'p' THEN out := out || to_char(ts, 'AM');
      WHEN 'P' THEN out := out || to_char(ts, 'am');
      WHEN 'R' THEN out := out || to_char(ts, 'HH24:MI');
      WHEN 's' THEN out := out || floor(extract(epoch FROM ts))::int8::text;
      WHEN 'S' THEN out := out || to_char(ts, 'SS');
      WHEN 'T' THEN out := out || to_char(ts, 'HH24:MI:SS');
      WHEN 'u' THEN out := out || to_char(ts, 'ID');
      WHEN 'w' THEN out := out || extract(dow FROM ts)::text;
      WHEN 'U' THEN out := out || lpad(((extract(doy FROM ts)::int + 6 - extract(dow FROM ts)::int) / 7)::text, 2, '0');
      WHEN 'W' THEN out := out || lpad(((extract(doy FROM ts)::int + 6 - (extract(isodow FROM ts)::int - 1)) / 7)::text, 2, '0');
      WHEN 'Y' THEN out := out || to_char(ts, 'YYYY');
      WHEN '%' THEN out := out || '%';
      ELSE RETURN NULL;
    END CASE;
  END LOOP;
  RETURN out;
END $$;
CREATE OR REPLACE FUNCTION sqlite.time_utc() RETURNS timestamp LANGUAGE sql STABLE AS $$ SELECT clock_timestamp() AT TIME ZONE 'UTC' $$;
-- PocketBase's own dates have all parts in their places. This way first: every row
-- of the request log is indexed by its hour.
CREATE OR REPLACE FUNCTION sqlite.strftime(f text, x text, VARIADIC mods text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE ts timestamp; m text;
BEGIN
  IF mods = '{}' AND f !~ '%([^YmdHMS]|$)'
    AND x ~ '^\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8])) ([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$' THEN
    RETURN replace(replace(replace(replace(replace(replace(f, '%Y', left(x, 4)), '%m', substr(x, 6, 2)), '%d', substr(x, 9, 2)),
      '%H', substr(x, 12, 2)), '%M', substr(x, 15, 2)), '%S', substr(x, 18, 2));
  END IF;
  BEGIN
    ts := sqlite.time_parse(x);
    IF ts IS NULL AND NOT sqlite.is_number(x) THEN RETURN NULL; END IF;
    FOREACH m IN ARRAY mods LOOP
      IF m IS NULL THEN RETURN NULL; END IF;
      ts := sqlite.time_modify(ts, x, m);
      IF ts IS NULL THEN RETURN NULL; END IF;
    END LOOP;
    RETURN sqlite.time_format(f, ts);
  EXCEPTION WHEN datetime_field_overflow OR numeric_value_out_of_range OR interval_field_overflow THEN RETURN NULL;
  END;
END $$;
CREATE OR REPLACE FUNCTION sqlite.strftime_now(f text, x text, VARIADIC mods text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF lower(x) = 'now' THEN x := to_char(sqlite.time_utc(), 'YYYY-MM-DD HH24:MI:SS.MS'); END IF;
  RETURN sqlite.strftime(f, x, VARIADIC mods);
END $$;
CREATE OR REPLACE FUNCTION sqlite.time_now(f text) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT sqlite.time_format(f, sqlite.time_utc()) $$;

-- Triggers that refuse, and their removal by name (SQLite's triggers have one).
CREATE OR REPLACE FUNCTION sqlite.abort() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'JW001'; END $$;
CREATE OR REPLACE FUNCTION sqlite.drop_trigger(s text, n text, missing_ok boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record; found_any boolean := FALSE;
BEGIN
  FOR r IN SELECT tgname, tgrelid::regclass AS rel FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace ns ON ns.oid = c.relnamespace
    WHERE ns.nspname = s AND tgname IN (n, n || ' truncate') AND NOT tgisinternal LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', r.tgname, r.rel);
    found_any := TRUE;
  END LOOP;
  IF NOT found_any AND NOT missing_ok THEN RAISE EXCEPTION 'no such trigger: %', n USING ERRCODE = 'JW001'; END IF;
  EXECUTE format('DELETE FROM %I.sqlite_master WHERE type = ''trigger'' AND lower(name) = lower(%L)', s, n);
END $$;

-- The numbers of an INTEGER PRIMARY KEY go on after the highest that was given.
CREATE OR REPLACE FUNCTION sqlite.follow_rowid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE top int8; seq text := pg_get_serial_sequence(format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_ARGV[0]); at int8;
BEGIN
  EXECUTE format('SELECT max(%I) FROM new_rows', TG_ARGV[0]) INTO top;
  EXECUTE 'SELECT last_value FROM ' || seq INTO at;
  IF top > at OR top = 1 THEN PERFORM setval(seq, greatest(top, 1)); END IF;
  RETURN NULL;
END $$;

-- Tells other nodes that the rows of a table have changed, once the change is
-- committed.
CREATE OR REPLACE FUNCTION sqlite.announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('sqlite_rows', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME);
  RETURN NULL;
END $$;
