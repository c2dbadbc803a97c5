"""Owns which parser reads what, and that each of them is loaded to its last module before the first
document comes: afterwards the process can open no file. Runs in the parsing process only."""

from __future__ import annotations

import codecs
import sys
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from types import ModuleType
from typing import TypeAlias, cast

from brain.knowledge.loaders.frames import Header
from brain.knowledge.loaders.process import Reading, Sort

Parser: TypeAlias = Callable[[bytes, Header], Reading]

# What pages are written in, beside UTF-8.
_ENCODINGS = """
ascii big5 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp932 cp949 cp950 euc_jp
euc_kr gb18030 gb2312 gbk iso2022_jp iso8859_1 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_7
iso8859_8 iso8859_9 iso8859_10 iso8859_13 iso8859_14 iso8859_15 iso8859_16 koi8_r koi8_u latin_1
mac_roman shift_jis utf_16 utf_16_be utf_16_le utf_32 utf_8 utf_8_sig charmap raw_unicode_escape
unicode_escape idna punycode
"""
_PAGE = b"""<html lang=en><head><title>A | B</title></head><body><div><p>%s</p><ul><li>a</ul><table>
<tr><td>a<td>b<tr><td>c<td>d</table><pre>x</pre><a href=/>link</a></div></body></html>"""
_WORDS = b"Some words of a page that is long enough to be read. " * 20


def loaded() -> Mapping[str, Parser]:
    """The parsers by sort, each used once."""
    # What guesses languages is not asked here, and would take most of the start and memory.
    sys.modules["py3langid"] = cast("ModuleType", None)
    from brain.knowledge.loaders import page, pdf, word  # noqa: PLC0415  under the limits

    for encoding in _ENCODINGS.split():
        codecs.lookup(encoding)
    parsers: dict[Sort, Parser] = {"html": page.read, "pdf": pdf.read, "docx": word.read}
    samples: dict[Sort, bytes] = {"html": _PAGE % _WORDS, "pdf": _pdf(), "docx": _docx()}
    for sort, parse in parsers.items():
        parse(samples[sort], {"url": "https://example.com/a"})
    return {str(sort): parse for sort, parse in parsers.items()}


def _pdf() -> bytes:
    text = zlib.compress(b"BT /F 12 Tf 72 700 Td (" + _WORDS[:60] + b") Tj ET")
    parts = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(en)>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 600 800]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    ]
    file = b"%PDF-1.4\n"
    places: list[int] = []
    for number, part in enumerate(parts, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    tail = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(file))
    return file + head + table + tail


def _docx() -> bytes:
    import docx  # noqa: PLC0415  under the limits

    document = docx.Document()
    document.add_heading("A heading")
    document.add_paragraph("An item", style="List Bullet")
    document.add_table(rows=1, cols=1)
    packed = BytesIO()
    document.save(packed)
    return packed.getvalue()
