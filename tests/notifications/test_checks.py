import pytest

from apps.notifications.checks import hours_can_be_read, leases_outlive_calls, secrets_keep_something


def faults() -> list[str]:
    checks = (hours_can_be_read, leases_outlive_calls, secrets_keep_something)
    return [error.id for check in checks for error in check(None)]


def test_the_settings_we_ship_are_sound():
    assert faults() == []


@pytest.mark.parametrize(
    ("setting", "value", "fault"),
    [
        ("MESSAGE_LEASE_SECONDS", 15, "notifications.E002"),
        ("SMS_HOURS", "at night", "notifications.E001"),
        ("SMS_HOURS", "20:00-09:00", "notifications.E001"),
        ("RECEIPT_SECRETS", ["sms=short"], "notifications.E003"),
        ("MESSAGE_WEBHOOK_SECRETS", ["whsec_!"], "notifications.E003"),
    ],
)
def test_a_setting_that_would_hold_messages_back_is_named_at_start(settings, setting, value, fault):
    setattr(settings, setting, value)
    assert faults() == [fault]
