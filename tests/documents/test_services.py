"""Documents: taken in, kept sealed, written from templates; refused ones leave nothing behind."""

from dataclasses import asdict, replace
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from django.db import connection
from PIL import Image

from apps.audit.models import Event
from apps.core.crypto import DecryptionFailed
from apps.core.errors import Conflict, Refused
from apps.documents import selectors, storing
from apps.documents import services as documents
from apps.documents.models import Document, DocumentPart
from apps.documents.slips import TEMPLATE, SlipAmount, SlipItem, SlipRow, SlipValues
from apps.documents.states import DocumentKind
from apps.parties import keys, vault

from . import papers

pytestmark = pytest.mark.django_db

SLIP = SlipValues(
    company="安和人寿保险股份有限公司",
    number="PD26000000017",
    issued_on="2026-11-22",
    policy_number="P1",
    case_number="BQ26000000012",
    product="安和人寿试验终身寿险",
    holder="欧阳女士",
    insured="李*",
    items=(SlipItem("变更受益人", "2026-11-23", (SlipRow("身故保险金受益人", "法定", "张* 100%"),)),),
    amounts=(SlipAmount("补交保险费", "¥602.74"),),
)


@pytest.fixture
def rendered(ctx, policy):
    def render(slip: SlipValues = SLIP, **changes) -> Document:
        wish = {"template": TEMPLATE, "values": asdict(slip), "kind": "endorsement_slip", "policy_id": policy.pk}
        return documents.render(ctx, **{**wish, "number": slip.number, **changes})

    return render


def names_of_events() -> list[str]:
    return list(Event.objects.filter(subject_type="documents.document").order_by("pk").values_list("name", flat=True))


@pytest.mark.promise("P61")
@pytest.mark.parametrize(
    ("filename", "content", "media_type"),
    [
        ("身份证.JPG", papers.jpeg(), "image/jpeg"),
        ("a.jpeg", papers.jpeg(progressive=True), "image/jpeg"),
        ("a.jpg", papers.picture("JPEG", mode="CMYK"), "image/jpeg"),
        ("a.jpg", papers.picture("JPEG", mode="L"), "image/jpeg"),
        ("a.png", papers.png(), "image/png"),
        ("a.png", papers.picture("PNG", mode="RGBA"), "image/png"),
        ("a.png", papers.picture("PNG", mode="P"), "image/png"),
        ("a.png", papers.picture("PNG", mode="1"), "image/png"),
        ("合同 (1).pdf", papers.pdf(3), "application/pdf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_paper_that_is_what_it_says_is_kept_and_comes_back(ctx, handed_in, filename, content, media_type):
    document = Document.objects.get(pk=handed_in(filename=filename, content=content).pk)
    kept = documents.hand_out(ctx, document)
    assert (document.status, document.media_type, document.filed_by) == ("RELEASED", media_type, "user:clerk")
    assert (sha256(kept).hexdigest(), len(kept)) == (document.sha256, document.size)
    assert document.original_sha256 == sha256(content).hexdigest()
    assert storing.filename_of(document) == filename
    assert names_of_events() == ["document.received", "document.released"]


def test_all_pages_of_a_pdf_stay(ctx, handed_in):
    kept = documents.hand_out(ctx, handed_in(filename="a.pdf", content=papers.pdf(100)))
    assert len(pikepdf.open(BytesIO(kept)).pages) == 100


def test_what_was_filled_into_a_form_becomes_part_of_its_page(ctx, handed_in):
    kept = documents.hand_out(ctx, handed_in(filename="form.pdf", content=papers.filled_form("13800000000")))
    read = pikepdf.open(BytesIO(kept))
    page = read.pages[0]
    assert "/Annots" not in page
    [drawn] = [form for form in page.Resources.XObject.values() if b"13800000000" in form.read_bytes()]
    assert drawn.Subtype == "/Form"


@pytest.mark.promise("P62")
def test_a_photograph_keeps_its_pixels_upright_and_nothing_else(ctx, handed_in):
    content = papers.with_place(size=(60, 20))
    kept = documents.hand_out(ctx, handed_in(filename="a.jpg", content=content))
    assert b"SecretPhoneMaker" in content
    assert b"SecretComment" in content
    picture = Image.open(BytesIO(kept))
    assert picture.size == (20, 60)
    assert not picture.getexif()
    assert not {"comment", "exif", "icc_profile"} & set(picture.info)
    assert b"Secret" not in kept


@pytest.mark.promise("P57")
def test_bytes_and_names_lie_sealed_and_a_change_of_keys_reaches_them(ctx, handed_in, settings):
    document = handed_in(
        filename="张三的身份证.png", content=papers.png(size=(1200, 900), mode="RGB", compress_level=0)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT filename FROM documents_document")
        assert "张三" not in cursor.fetchone()[0]
    before = documents.hand_out(ctx, document)
    assert DocumentPart.objects.count() == -(-document.size // storing.PART)
    settings.FIELD_KEYS = f"new:{'A' * 43}=,{settings.FIELD_KEYS}"
    vault.ring.cache_clear()
    try:
        assert sum(rows for _place, rows in keys.rotate()) >= DocumentPart.objects.count() + 1
        document.refresh_from_db()
        assert documents.hand_out(ctx, document) == before
        assert storing.filename_of(document) == "张三的身份证.png"
    finally:
        vault.ring.cache_clear()


@pytest.mark.promise("P57")
def test_a_document_that_lost_a_part_is_not_handed_out(ctx, handed_in):
    document = handed_in(content=papers.png(size=(600, 400), mode="RGB", compress_level=0))
    DocumentPart.objects.filter(document=document).last().delete()
    with pytest.raises(DecryptionFailed):
        documents.hand_out(ctx, document)


def test_no_event_says_what_the_file_is_called(handed_in):
    handed_in(filename="张三.png")
    assert not [event for event in Event.objects.all() if "张三" in str(event.payload) + event.reason]


@pytest.mark.promise("P61")
def test_more_than_the_quota_of_a_case_is_refused_and_other_cases_are_not_concerned(handed_in, monkeypatch):
    one = handed_in(subject_type="endorsements.endorsement", subject_id=1)
    monkeypatch.setattr("apps.documents.services.QUOTA", one.size)
    with pytest.raises(Refused) as refused:
        handed_in(subject_type="endorsements.endorsement", subject_id=1)
    assert refused.value.code == "document_quota_full"
    handed_in(subject_type="endorsements.endorsement", subject_id=2)
    handed_in()
    assert Document.objects.count() == 3


def test_what_we_write_ourselves_is_not_handed_in(handed_in):
    with pytest.raises(Refused) as refused:
        handed_in(kind="endorsement_slip")
    assert refused.value.code == "document_kind_ours"
    assert not Document.objects.exists()


def test_the_materials_of_a_case_are_told_by_their_codes(handed_in):
    case = {"subject_type": "endorsements.endorsement", "subject_id": 7}
    handed_in(kind="birth_proof", **case)
    handed_in(kind="applicant_id", **case)
    assert selectors.kinds_handed_in(**case) == {"birth_proof", "applicant_id"}


def test_a_slip_is_written_numbered_and_filed(ctx, policy, rendered):
    document = Document.objects.get(pk=rendered().pk)
    kept = documents.hand_out(ctx, document)
    read = pikepdf.open(BytesIO(kept))
    assert (document.status, document.number, document.template) == ("RELEASED", SLIP.number, TEMPLATE)
    assert str(read.docinfo["/Title"]) == f"批单 {SLIP.number}"
    assert "pdfaid:part" in str(read.open_metadata())
    assert storing.filename_of(document) == f"{SLIP.number}.pdf"
    assert Event.objects.filter(name="document.rendered", policy_id=policy.pk).count() == 1


def test_the_same_values_give_the_same_bytes_and_others_do_not(rendered):
    first, second = rendered(), rendered(number="PD2")
    other = rendered(replace(SLIP, holder="王先生"), number="PD3")
    assert first.sha256 == second.sha256 != other.sha256


def test_a_number_is_used_once(rendered):
    rendered()
    with pytest.raises(Conflict) as refused:
        rendered(replace(SLIP, holder="王先生"))
    assert refused.value.code == "document_number_taken"
    assert Document.objects.count() == 1


@pytest.mark.parametrize("sign", ["\U0002ebe0", "\x07", "\U0001f600"])
def test_a_character_the_font_has_no_sign_for_is_refused_not_left_blank(rendered, sign):
    with pytest.raises(Refused) as refused:
        rendered(replace(SLIP, holder=f"{sign}女士"))
    assert refused.value.code == "document_glyph_missing"
    assert f"U+{ord(sign):04X}" in str(refused.value)
    assert not Document.objects.exists()


@pytest.mark.parametrize("text", ['#import "/etc/passwd"', "$x$ *fett* _x_ `y` //", "= 标题", "\\ #panic()", "<a> @b"])
def test_a_value_is_never_read_as_markup(rendered, text):
    assert rendered(replace(SLIP, holder=text)).size


def test_every_material_of_the_eight_items_has_a_kind(shelf):
    import yaml

    catalogue = yaml.safe_load((shelf.parent / "domain" / "endorsements.yaml").read_text(encoding="utf-8"))
    wanted = {material["code"] for material in catalogue["common_materials"]}
    for item in catalogue["items"]:
        if item["code"] in EIGHT:
            wanted |= set(item["materials"])
    assert wanted <= set(DocumentKind.values)


EIGHT = {
    *("CONTACT_CHANGE", "BENEFICIARY_CHANGE", "PAYMENT_ACCOUNT_CHANGE", "PREMIUM_FREQUENCY_CHANGE"),
    *("SUM_ASSURED_INCREASE", "SUM_ASSURED_DECREASE", "KEY_DATA_CORRECTION", "SURRENDER"),
}
