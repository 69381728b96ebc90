"""Files of every kind, made up: honest ones here, hostile ones in ``hostile``."""

from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image
from PIL.PngImagePlugin import PngInfo

RED = (200, 10, 10)


def picture(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, RED if mode == "RGB" else None).save(out, kind, **options)
    return out.getvalue()


def png(**options: Any) -> bytes:
    return picture("PNG", **options)


def note(text: str) -> PngInfo:
    """Words that travel beside the pixels of a PNG."""
    info = PngInfo()
    info.add_itxt("Comment", text)
    return info


def jpeg(**options: Any) -> bytes:
    return picture("JPEG", **options)


def with_place(**options: Any) -> bytes:
    """A photograph as a phone takes it, lying on its side: with the place, the maker and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "SecretPhoneMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (23.0, 7.0, 45.0), 3: "E", 4: (113.0, 15.0, 30.0)})
    return jpeg(exif=exif, comment=b"SecretComment", **options)


def pdf(pages: int = 1, **changes: Any) -> bytes:
    """A PDF whose catalogue holds ``changes`` besides its pages."""
    made = pikepdf.Pdf.new()
    for _ in range(pages):
        made.add_blank_page(page_size=(200, 200))
    for key, value in changes.items():
        made.Root[f"/{key}"] = value
    return saved(made)


def filled_form(text: str) -> bytes:
    """A PDF with one field of a form, filled in."""
    made = pikepdf.Pdf.open(BytesIO(pdf()))
    shown = Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 100, 20], Resources=Dictionary())
    look = made.make_stream(f"/Tx BMC BT ({text}) Tj ET EMC".encode(), shown)
    field = made.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T="phone",
            V=text,
            Rect=[0, 0, 100, 20],
            F=4,
            AP={"/N": look},
        )
    )
    made.pages[0].obj.Annots = Array([field])
    made.Root.AcroForm = Dictionary(Fields=Array([field]))
    return saved(made)


def saved(made: pikepdf.Pdf, **options: Any) -> bytes:
    out = BytesIO()
    made.save(out, **options)
    return out.getvalue()
