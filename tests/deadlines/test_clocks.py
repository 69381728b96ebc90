"""The table of clocks: complete, and checked to the last key."""

import pytest

from apps.audit.events import EVENTS
from apps.deadlines import handlers
from apps.deadlines.clocks import CLOCKS, ClockError, Kind, Unit, duties, load

ROW = (
    'LAPSE_NOTICE: {kind: duty, zh: "效力中止通知", owner: renewals, anchor: policy.suspended, n: 10, unit: WORKING,'
    ' src: "基本服务规定 §21(2)", done: lapse_notice.sent, rule: B-05, cert: V}'
)


def test_all_clocks_of_the_table_are_read():
    assert len(CLOCKS) == 36
    assert len(duties()) == 26
    notice = CLOCKS["LAPSE_NOTICE"]
    assert (notice.kind, notice.n, notice.unit, notice.done) == (Kind.DUTY, 10, Unit.WORKING, ("lapse_notice.sent",))


def test_only_a_customers_period_is_extended():
    """T-04."""
    assert {clock.code for clock in CLOCKS if clock.customers} == {"COOLING_OFF", "GRACE", "REVIEW_REQUEST"}
    assert not any(clock.customers for clock in duties())


def test_every_declared_event_of_the_table_has_its_handler():
    from apps.audit.services import INLINE

    for name in handlers.reactions():
        if name in EVENTS:
            assert any(getattr(handler, "func", None) is handlers.react for handler in INLINE[name]), name


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (ROW.replace("kind: duty", "kind: dutty"), "dutty"),
        (ROW.replace("n: 10", "n: 0"), "n: 0"),
        (ROW.replace("n: 10", "n: ten"), "n: 'ten'"),
        (ROW.replace("n: 10", "n: true"), "n: True"),
        (ROW.replace("unit: WORKING", "unit: DAYS"), "DAYS"),
        (ROW.replace("owner: renewals", "owner: nobody"), "owner"),
        (ROW.replace(" rule: B-05,", ""), "missing keys: ['rule']"),
        (ROW.replace("rule: B-05", "rule: ''"), "text"),
        (ROW.replace("rule: B-05", "rule: B-05, colour: red"), "colour"),
        (ROW.replace("rule: B-05", "rule: B-05, party: customer"), "party"),
        (ROW.replace("rule: B-05", "rule: B-05, legal: maybe"), "legal"),
        (ROW.replace("rule: B-05", "rule: B-05, pause: exam"), "'str' object"),
        (ROW.replace("rule: B-05", "rule: B-05, pause: {from: exam.ordered}"), "pause"),
        (ROW.replace("policy.suspended", "suspended"), "event name: 'suspended'"),
        (ROW.replace(" done: lapse_notice.sent,", ""), "without an end"),
        (ROW.replace("cert: V", "cert: sure"), "cert"),
        (ROW.replace("LAPSE_NOTICE", "lapse"), "code: 'lapse'"),
        (ROW + "\n" + ROW, "twice"),
        ("- a list", "not a mapping"),
    ],
)
def test_a_wrong_row_is_refused_with_its_name(wrong, message):
    with pytest.raises(ClockError) as refused:
        load(wrong)
    assert message in str(refused.value)


def test_a_right_row_is_read():
    assert len(load(ROW)) == 1
