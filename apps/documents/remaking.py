"""Remaking what comes in 重制: the parser of strangers' files, a program of its own (P61, P62).

    python -I remaking.py jpeg|png|pdf <in >out

Runs apart from the application, without its environment, with little memory and time, so that a file made to crash or
to occupy a parser harms nobody. It ends with 0 and the remade file on its output; with 3 and ``[code, params]`` on its
error output when the file is refused; any other end means that it could not be read. Nothing of our own is imported.
"""

import json
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NoReturn

MEGABYTE = 1 << 20
MEMORY, SECONDS = 1024 * MEGABYTE, 20
MOST_PIXELS = 40_000_000
MOST_PAGES = 100
MOST_UNFOLDED = 64 * MEGABYTE
MOST_NESTED = 100
JPEG_QUALITY, PNG_LEVEL = 85, 6
REFUSED = 3

KEPT_OF_A_PAGE = {
    *("/Type", "/Parent", "/Resources", "/Contents", "/Group", "/Rotate", "/UserUnit"),
    *("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox"),
}
ACTIVE_KEYS = {"/JS", "/JavaScript", "/XFA"}
ACTIVE_ACTIONS = {
    *("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/RichMediaExecute"),
}
EMBEDDING_KEYS = {"/EF", "/EmbeddedFiles", "/RichMediaContent"}
EMBEDDING_TYPES = {"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}


def refuse(code: str, **params: Any) -> NoReturn:
    sys.stderr.write(json.dumps([code, params]))
    raise SystemExit(REFUSED)


def remade_image(content: bytes, kind: str) -> bytes:
    """The picture decoded and written anew, turned upright: pixels only, no EXIF, no place, no comment, no trailer."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own limit is stricter, and no warning
    with Image.open(BytesIO(content), formats=[kind.upper()]) as found:
        if found.width * found.height > MOST_PIXELS:
            refuse("document_too_many_pixels", megapixels=MOST_PIXELS // 1_000_000)
        if found.mode[0] in "IF":
            refuse("document_broken")  # deeper than eight bits: would lose its tones silently
        ImageOps.exif_transpose(found, in_place=True)
        wanted = _mode(found, kind)
        picture = found if found.mode == wanted else found.convert(wanted)
        picture.info.clear()
        out = BytesIO()
        picture.save(out, kind.upper(), **_options(kind))
    return out.getvalue()


def _options(kind: str) -> dict[str, Any]:
    return {"quality": JPEG_QUALITY} if kind == "jpeg" else {"compress_level": PNG_LEVEL}


def _mode(picture: Any, kind: str) -> str:
    if picture.mode in ("1", "L"):
        return "L"
    return "RGBA" if kind == "png" and picture.has_transparency_data else "RGB"


def remade_pdf(content: bytes) -> bytes:
    """The pages in a new file, what was filled in or marked made part of them; all else is gone, links too."""
    import pikepdf
    from pikepdf import settings

    settings.set_qpdf_limits(
        flate_max_memory=MOST_UNFOLDED,
        run_length_max_memory=MOST_UNFOLDED,
        png_max_memory=MOST_UNFOLDED,
        tiff_max_memory=MOST_UNFOLDED,
        parser_max_nesting=MOST_NESTED,
        max_stream_filters=2,
    )
    try:
        source = pikepdf.open(BytesIO(content), attempt_recovery=False)
    except pikepdf.PasswordError:
        refuse("document_locked")
    if source.is_encrypted:
        refuse("document_locked")
    if not len(source.pages):
        refuse("document_without_pages")
    if len(source.pages) > MOST_PAGES:
        refuse("document_too_many_pages", pages=MOST_PAGES)
    _check_objects(pikepdf, source)
    source.generate_appearance_streams()
    source.flatten_annotations("all")
    clean = pikepdf.Pdf.new()
    for page in source.pages:
        for key in set(page.obj.keys()) - KEPT_OF_A_PAGE:
            del page.obj[key]
        clean.pages.append(page)
    out = BytesIO()
    clean.save(
        out,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )
    return out.getvalue()


def _check_objects(pikepdf: Any, source: Any) -> None:
    unfolded = 0
    for each in (source.trailer, *source.objects):
        for inner in _inside(pikepdf, each):
            _check_dictionary(inner)
        if isinstance(each, pikepdf.Stream):
            unfolded += _unfolded(each)
            if unfolded > MOST_UNFOLDED:
                refuse("document_unfolds")


def _inside(pikepdf: Any, outermost: Any) -> Iterator[Any]:
    """All dictionaries of one object, those below it too; other objects are seen on their own."""
    waiting = [outermost]
    while waiting:
        each = waiting.pop()
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            yield each
            below = [each.get(key) for key in each.keys()]  # noqa: SIM118  # iterating a stream reads it
        elif isinstance(each, pikepdf.Array):
            below = list(each)
        else:
            continue
        waiting += [inner for inner in below if isinstance(inner, pikepdf.Object) and not inner.is_indirect]


def _check_dictionary(found: Any) -> None:
    keys = set(found.keys())
    types = {str(found.get(key)) for key in ("/S", "/Type", "/Subtype") if key in keys}
    if keys & ACTIVE_KEYS or types & ACTIVE_ACTIONS:
        refuse("document_active")
    if keys & EMBEDDING_KEYS or types & EMBEDDING_TYPES:
        refuse("document_embeds")
    if "/Image" in types and int(found.get("/Width", 0)) * int(found.get("/Height", 0)) > MOST_PIXELS:
        refuse("document_too_many_pixels", megapixels=MOST_PIXELS // 1_000_000)


def _unfolded(stream: Any) -> int:
    """How long a stream is without its compression; pictures are measured by their pixels."""
    if stream.get("/Subtype") == "/Image":
        return 0
    try:
        return len(stream.read_bytes())
    except Exception:  # whatever qpdf cannot or, by our limits, will not unfold
        refuse("document_unfolds")


def main(kind: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    sys.stdout.buffer.write(remade_pdf(content) if kind == "pdf" else remade_image(content, kind))


if __name__ == "__main__":
    main(sys.argv[1])
