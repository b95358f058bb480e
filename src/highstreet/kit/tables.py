"""Our tables, as the database itself describes them: which are ours, who writes them, who sees them whole."""

from typing import Final

import msgspec

TABLES: Final = """
SELECT n.nspname AS schema, t.relname AS name, t.relrowsecurity AS protected, t.relforcerowsecurity AS forced,
    EXISTS (
        SELECT FROM pg_catalog.pg_roles AS r
        WHERE r.rolname IN ('highstreet_app', 'highstreet_system') AND has_table_privilege(r.oid, t.oid, 'INSERT')
    ) AS written,
    EXISTS (
        SELECT FROM pg_catalog.pg_policy AS p
        WHERE p.polrelid = t.oid AND p.polpermissive AND p.polcmd IN ('r', '*')
            AND pg_catalog.pg_get_expr(p.polqual, p.polrelid) = 'true'
            AND p.polroles && ARRAY(SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'highstreet_system')
    ) AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = t.oid AND NOT p.polpermissive
    ) AS seen_whole
FROM pg_catalog.pg_class AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p') AND EXISTS (
    SELECT FROM aclexplode(n.nspacl) AS granted
    JOIN pg_catalog.pg_roles AS r ON r.oid = granted.grantee
    WHERE r.rolname = 'highstreet_system' AND granted.privilege_type = 'USAGE'
)
ORDER BY n.nspname, t.relname
"""
"""A schema is ours when the system role was let in by name. Anybody may ask."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """`written` says that the app or the system role may add rows; what neither may add to, only migrations fill.

    `protected` and `forced` tell of row-level security, `seen_whole` that no policy hides a row from the system role.
    """

    schema: str
    name: str
    protected: bool
    forced: bool
    written: bool
    seen_whole: bool

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"
