import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.masking import MaskKind, mask


@pytest.mark.promise("P53")
@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        (MaskKind.NAME, "张三", "张*"),
        (MaskKind.NAME, "张三丰", "张*"),
        (MaskKind.ID_NUMBER, "110105194912311234", "110***********1234"),
        (MaskKind.ID_NUMBER, "E12345678", "*********"),
        (MaskKind.PHONE, "13812345678", "138****5678"),
        (MaskKind.PHONE, "+86 138-1234-5678", "138****5678"),
        (MaskKind.PHONE, "21234567", "********"),
        (MaskKind.BANK_CARD, "6222 0228 4815 6626 217", "**** 6217"),
        (MaskKind.BANK_CARD, "6217", "****"),
        (MaskKind.EMAIL, "zhang@example.com", "z***@example.com"),
        (MaskKind.EMAIL, "zhang", "***"),
        (MaskKind.ADDRESS, "北京市朝阳区建国路1号", "北京市"),
        (MaskKind.ADDRESS, "广东省深圳市南山区科技园1号", "深圳市"),
        (MaskKind.ADDRESS, "内蒙古自治区锡林郭勒盟锡林浩特市", "锡林郭勒盟"),
        (MaskKind.ADDRESS, "云南省大理白族自治州大理市", "大理白族自治州"),
        (MaskKind.ADDRESS, "香港特别行政区中环", "香港特别行政区"),
        (MaskKind.ADDRESS, "朝阳区建国路城市花园1号", "***"),
        (MaskKind.ADDRESS, "1 Main Street", "***"),
    ],
)
def test_each_kind_has_its_mask(kind, value, masked):
    assert mask(kind, value) == masked


@pytest.mark.parametrize("kind", MaskKind)
def test_nothing_is_shown_for_nothing(kind):
    assert mask(kind, " ") == ""


@pytest.mark.promise("P53")
@given(
    st.sampled_from([MaskKind.ID_NUMBER, MaskKind.PHONE, MaskKind.BANK_CARD]),
    st.text("0123456789", min_size=1),
)
def test_at_most_seven_digits_of_a_number_are_ever_shown(kind, value):
    shown = [character for character in mask(kind, value) if character.isdigit()]
    assert len(shown) <= min(7, max(0, len(value) - 3))


def test_an_unknown_kind_is_an_error_and_never_a_plain_value():
    with pytest.raises(ValueError):
        mask("passport_photo", "secret")
