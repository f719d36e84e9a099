"""How long a child who was found stays open (migration 0009): the limit FOUND-HOURS, laid out for the second wall.

The rows are the program's, and a partnership's own before them (`limits_laid`); where none is laid, it is twelve hours.
"""

from __future__ import annotations

from nightlight.store.access import sql_at_once

CODE = "FOUND-HOURS"

TABLE = """
CREATE TABLE access_limit (
    place integer NOT NULL, code text NOT NULL, valid_from date NOT NULL, valid_to date, amount integer NOT NULL);
REVOKE ALL ON access_limit FROM PUBLIC, nightlight_web;

CREATE FUNCTION access_limit_on(code_ text, at_ timestamptz, otherwise integer) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN coalesce((
        SELECT l.amount FROM access_limit l WHERE l.code = code_
        AND l.valid_from <= (at_ AT TIME ZONE 'Europe/London')::date
        AND (l.valid_to IS NULL OR (at_ AT TIME ZONE 'Europe/London')::date <= l.valid_to)
        ORDER BY l.place LIMIT 1), otherwise);
END $$;
"""
DROP_TABLE = "DROP FUNCTION access_limit_on(text, timestamptz, integer); DROP TABLE access_limit;"

_BEFORE = "AND a.act = 'person.found' AND a.at > at_ - interval '12 hours' LIMIT 1"
_SINCE = "AND a.act = 'person.found' AND a.at > found_since LIMIT 1"
_DECLARED = "    mine record;\nBEGIN\n"
_HOURS = f"make_interval(hours => access_limit_on('{CODE}', at_, 12))"
_DECLARES = f"    mine record;\n    found_since timestamptz := at_ - {_HOURS};\nBEGIN\n"

assert _BEFORE in sql_at_once.STANDING  # noqa: S101 parts of the statement that this one changes
assert _DECLARED in sql_at_once.STANDING  # noqa: S101
STANDING = sql_at_once.STANDING.replace(_BEFORE, _SINCE).replace(_DECLARED, _DECLARES)
KEEP_PLAN = "ALTER FUNCTION access_standing(text, uuid[], timestamptz) SET plan_cache_mode = force_generic_plan;"
