"""Updates the extensions of every database after `pg_upgrade`, as `postgres` and in databases of others.

The script of an update runs as the superuser, with the schema of its extension in the `search_path`: what the owner of
the database has put there may run instead of what the script means. An author who marks an extension as trusted says
that its scripts withstand that; others are updated only where nothing is there that could be taken for something else.
https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-SECURITY
"""

UPDATED = "updated "
"""Prefix of a line that names an updated extension."""

# Functions and operators of non-superusers, in a schema that the script sees, with a name that the script may use: one
# of PostgreSQL's own, or of the extension's. Types and relations cannot be mistaken, as pg_catalog comes first.
_MISTAKABLE = """\
  SELECT pg_catalog.format('%s: %s', pg_catalog.string_agg(DISTINCT due.extname, ', '), pg_catalog.array_to_string(
      (pg_catalog.array_agg(DISTINCT pg_catalog.format('%s of role %I', one.what, role.rolname)))[1:10], '; '))
    FROM (
      SELECT extension.oid, extension.extname, extension.extnamespace, version.requires
        FROM pg_catalog.pg_extension AS extension
        JOIN pg_catalog.pg_available_extensions AS available ON available.name = extension.extname
        JOIN pg_catalog.pg_available_extension_versions AS version
          ON version.name = available.name AND version.version = available.default_version
        WHERE available.default_version <> extension.extversion AND NOT version.trusted
    ) AS due
    JOIN (
      SELECT proname AS name, pronamespace AS namespace, proowner AS owner,
          pg_catalog.format('function %s', oid::pg_catalog.regprocedure) AS what
        FROM pg_catalog.pg_proc
      UNION ALL
      SELECT oprname, oprnamespace, oprowner, pg_catalog.format('operator %s', oid::pg_catalog.regoperator)
        FROM pg_catalog.pg_operator
    ) AS one ON one.namespace = due.extnamespace OR one.namespace IN (
      SELECT extnamespace FROM pg_catalog.pg_extension WHERE extname = ANY (due.requires)
    )
    JOIN pg_catalog.pg_roles AS role ON role.oid = one.owner AND NOT role.rolsuper
    WHERE one.name IN (
      SELECT proname FROM pg_catalog.pg_proc
        WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace OR oid IN (
          SELECT objid FROM pg_catalog.pg_depend WHERE classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND refobjid = due.oid AND deptype = 'e'
        )
      UNION ALL
      SELECT oprname FROM pg_catalog.pg_operator
        WHERE oprnamespace = 'pg_catalog'::pg_catalog.regnamespace OR oid IN (
          SELECT objid FROM pg_catalog.pg_depend WHERE classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
            AND refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND refobjid = due.oid AND deptype = 'e'
        )
    )
"""
_DUE = """\
  FROM pg_catalog.pg_available_extensions WHERE installed_version <> default_version ORDER BY name
"""

# Each database is asked by itself, by its oid, as a name may hold anything. What could not be updated ends the script
# with PostgreSQL's own words. While catalogs are locked nobody can add what was not looked at.
SCRIPT = f"""\
set -eu
ask() {{ psql -XAtq -v ON_ERROR_STOP=1 "$@"; }}
oids=$(ask -d postgres -c 'SELECT oid FROM pg_catalog.pg_database WHERE datallowconn ORDER BY datname')
for oid in $oids; do
  name=$(ask -d postgres -c "SELECT datname::pg_catalog.text || '.' FROM pg_catalog.pg_database WHERE oid = $oid")
  PGDATABASE="${{name%.}}" ask <<'SQL'
BEGIN;
SET LOCAL lock_timeout = '60s';
DO $do$
DECLARE mistakable text;
BEGIN
  PERFORM {_DUE.strip()};
  IF NOT FOUND THEN RETURN; END IF;
  LOCK TABLE pg_catalog.pg_proc, pg_catalog.pg_operator IN SHARE ROW EXCLUSIVE MODE;
  mistakable := (
{_MISTAKABLE.rstrip()});
  IF mistakable <> ': ' THEN
    RAISE EXCEPTION 'in database %, the update script of an extension could run, as postgres, functions or operators '
      'of another role that lie in its schema. %', pg_catalog.current_database(), mistakable
      USING HINT = 'Drop or rename them, or check them and run ALTER EXTENSION ... UPDATE as postgres; then run '
      '`pulumi up` again.';
  END IF;
END $do$;
SELECT pg_catalog.format('{UPDATED}%s in %s from %s to %s',
  name, pg_catalog.current_database(), installed_version, default_version)
{_DUE.rstrip()};
SELECT pg_catalog.format('ALTER EXTENSION %I UPDATE', name)
{_DUE.rstrip()}
\\gexec
COMMIT;
SQL
done
"""
