"""How a session of `postgres` begins in a database whose owner is not trusted.

The owner may put functions and operators before PostgreSQL's own, by a schema in the `search_path` or by a better match
of types, and sets the defaults of every session in the database, the superuser's too (`ALTER DATABASE ... SET`). What a
client asks for when it connects takes precedence: https://www.postgresql.org/docs/current/config-setting.html
"""

SETTINGS = {
    # With an empty path functions and operators are looked for in pg_catalog only, and never in pg_temp.
    "search_path": "",
    # Else the session acts as the role that the owner has set, and what only a superuser may do fails.
    "role": "none",
    # Else a backslash within a literal would end it elsewhere.
    "standard_conforming_strings": "on",
    # Else the owner could keep tau from doing its work.
    "default_transaction_read_only": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
}


def options(**more: str) -> str:
    """Options of libpq (`PGOPTIONS`) for such a session, with further settings that win."""
    return " ".join(f"-c {name}={value}" for name, value in {**SETTINGS, **more}.items())
