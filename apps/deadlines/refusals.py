from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    calendar_day_outside_year=_("{day} does not lie in {year}."),
    makeup_day_not_on_weekend=_("{day} is no Saturday or Sunday and cannot be a make-up working day."),
    calendar_day_twice=_("{day} cannot be a holiday and a make-up working day at once."),
)
