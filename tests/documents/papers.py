"""Files of every kind, made up: honest ones here, hostile ones in ``hostile``."""

from io import BytesIO
from typing import Any

import pikepdf
from PIL import Image

RED = (200, 10, 10)


def picture(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, RED if mode == "RGB" else None).save(out, kind, **options)
    return out.getvalue()


def png(**options: Any) -> bytes:
    return picture("PNG", **options)


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


def saved(made: pikepdf.Pdf, **options: Any) -> bytes:
    out = BytesIO()
    made.save(out, **options)
    return out.getvalue()
