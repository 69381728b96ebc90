"""Date styles 日期写法: which style each date column of a file has, where its mapping leaves that to the file."""

from collections import Counter
from collections.abc import Mapping

from .cells import DateStyle, style_of
from .faults import Faults
from .fields import DATES, ISO_DATES
from .mapping import BookMapping
from .reading import BookFile, rows


def date_styles(file: BookFile, mapping: BookMapping) -> Mapping[str, DateStyle]:
    """The style of every date field: the mapping's, or, with AUTO, the one most cells of its column have.

    The cells in another style are then wrong, each in its place: of two styles in one column nobody knows which
    program wrote which.
    """
    if mapping.dates is not DateStyle.AUTO:
        return dict.fromkeys(DATES, mapping.dates)
    columns = {name: mapping.fields[name].column for name in DATES if name in mapping.fields}
    seen: dict[str, Counter[DateStyle]] = {name: Counter() for name, column in columns.items() if column}
    for _number, cells in rows(file, mapping.columns, Faults()):
        for name, styles in seen.items():
            if style := style_of(cells[columns[name]].strip()):
                styles[style] += 1
    return {**ISO_DATES, **{name: styles.most_common(1)[0][0] for name, styles in seen.items() if styles}}
