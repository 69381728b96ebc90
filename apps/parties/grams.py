"""Names in pieces of one and two characters 姓名切分: how two Chinese characters are found anywhere in a name.

Trigrams do not serve names of two characters. The function is the database's, so that rows loaded in bulk are indexed
like all others.
"""

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, Lookup, TextField

MADE = """
CREATE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_to_array(lower(name), NULL)
        || ARRAY(SELECT substr(lower(name), place, 2) FROM generate_series(1, length(name) - 1) AS place)
$$
"""
DROPPED = "DROP FUNCTION name_grams(text)"


class NameGrams(Func):
    """``name_grams(name)``."""

    function = "name_grams"
    output_field = ArrayField(TextField())


NamedWith: type[Lookup] = ArrayField.get_class_lookups()["contains"]
"""The name has all these pieces."""
