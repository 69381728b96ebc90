from django.utils.translation import gettext_lazy as _

from apps.core.errors import explain

explain(
    no_open_day=_("No business day is open. Open the first one."),
    day_already_open=_("Business days have begun already; {day} is open."),
    day_already_closed=_("Business day {day} is closed already."),
    day_out_of_order=_("Days close in order: {open} is open, {day} is not its turn yet."),
    day_is_closing=_("Business day {day} is being closed at this moment."),
    close_is_paused=_("The close of {day} is paused. Resume it first."),
    close_not_paused=_("The close is not paused."),
    nothing_is_closing=_("No close is under way."),
    nothing_set_aside=_("Nothing is set aside."),
    banner_text_missing=_("Please write the notice in both languages."),
    banner_times_reversed=_("The notice ends before it begins."),
    banner_over=_("This notice is not up any more."),
    close_too_far=_("At most {days} days can be closed at once."),
    workers_out_of_reach=_("The workers cannot be reached at this moment. Nothing was begun; please try again."),
    already_resolved=_("This record is no longer set aside."),
    still_failing=_("The record still cannot be handled: {error}"),
)
