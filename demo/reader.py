"""A login that may read everything and change nothing: for who wants to look into the database, as Grafana does."""

from __future__ import annotations

from psycopg import sql

from demo.database import Pool
from demo.environment import Environment, SecretFile

ROLE = "reader"
_MAKE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE}; END IF;
END $$
"""
_ALLOW = (
    "ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT 5 PASSWORD {password}",
    "ALTER ROLE {role} SET default_transaction_read_only = on",
    "ALTER ROLE {role} SET statement_timeout = '10s'",
    "GRANT pg_read_all_data TO {role}",
)


class Reader:
    """The login, made where it isn't there, and given the password that the file holds."""

    def __init__(self, pool: Pool, password: SecretFile) -> None:
        self._pool = pool
        self._password = password
        self._given = ""

    @classmethod
    def from_environment(cls, environment: Environment, pool: Pool) -> Reader | None:
        """With POSTGRES_READER_PASSWORD_FILE; None where it isn't set. Raises `ConfigError`."""
        name = "POSTGRES_READER_PASSWORD_FILE"
        return cls(pool, environment.secret(name)) if environment.text(name, "-") != "-" else None

    async def ready(self) -> None:
        """Make sure that it is there; raises `Unavailable` when the database is away."""
        password = self._password.read()
        if password == self._given:
            return
        async with self._pool.connection() as connection:
            # what is sent, and could be logged, is what the server keeps of a password: nobody can sign in with it
            kept = connection.pgconn.encrypt_password(password.encode(), ROLE.encode(), b"scram-sha-256").decode()
            await connection.execute(_MAKE)
            for command in _ALLOW:
                await connection.execute(sql.SQL(command).format(role=sql.Identifier(ROLE), password=sql.Literal(kept)))
        self._given = password
