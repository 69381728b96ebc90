"""The steps of the night, as all apps declare them."""

from apps.operations import agenda, registry

KINDS = {value for name, value in vars(agenda).items() if name.isupper()}


def test_every_kind_of_the_agenda_has_exactly_one_step():
    kinds = [step.kind for step in registry.STEPS if step.kind]
    assert sorted(kinds) == sorted(KINDS)


def test_steps_run_in_one_fixed_order_and_sealing_comes_last():
    orders = [step.order for step in registry.in_order()]
    assert len(set(orders)) == len(orders)
    assert registry.in_order()[-1].name == "seal"
