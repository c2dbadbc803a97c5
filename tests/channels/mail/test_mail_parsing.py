"""What is read out of a mail: text in every charset, what was seen of HTML, files, addresses."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from channels.mail.parsing.mailboxes import mailboxes
from channels.mail.parsing.markup import text_of
from channels.mail.parsing.reading import read
from channels.mail.parsing.words import header_text


def told(raw: str | bytes) -> dict[str, Any]:
    data = raw if isinstance(raw, bytes) else raw.encode()
    return read(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0]


def text(raw: str | bytes) -> str:
    return told(raw)["text"]


def plain(body: bytes, charset: str, encoding: str = "8bit") -> bytes:
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + body


@pytest.mark.parametrize(
    ("charset", "codec", "words"),
    [
        ("utf-8", "utf-8", "Grüße, 日本"),
        ("iso-8859-1", "cp1252", "“Grüße” €"),
        ("koi8-r", "koi8-r", "Здравствуйте, где мой заказ"),
        ("iso-2022-jp", "iso-2022-jp", "注文はどこですか"),
        ("gb2312", "gb18030", "订单在哪里"),
        ("cp-850", "cp850", "Grüße"),
        ("iso-8859-8-i", "iso-8859-8", "שלום"),
        ("utf-7", "utf-7", "Grüße"),
        ('"windows-1251"', "cp1251", "Здравствуйте"),
        ("x-unknown", "utf-8", "Grüße"),
        ("us-ascii", "utf-8", "Grüße"),
        ("no-such-charset", "utf-8", "Grüße"),
        ("base64_codec", "utf-8", "Grüße"),
        ("utf-8", "cp1252", "Die Größe passt nicht, ich möchte zurückgeben"),
    ],
)
def test_text_is_read_in_its_charset(charset: str, codec: str, words: str) -> None:
    assert text(plain(words.encode(codec), charset)) == words


def test_transfer_encodings_are_undone() -> None:
    quoted = plain(b"Gr=C3=BC=C3=9Fe =\nund mehr", "utf-8", "quoted-printable")
    assert text(quoted) == "Grüße und mehr"
    broken = base64.b64encode("Grüße".encode())[:-1] + b"!\n\x00"
    assert text(plain(broken, "utf-8", "base64")) == "Grüße"
    assert text(plain(b"begin 644 a\n%2&5L;&\\ \nend\n", "ascii", "x-uuencode")) == "Hello"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?b?R3LD?=\r\n =?utf-8?b?vMOfZQ==?=", "Grüße"),
        (b"=?iso-8859-1?Q?a_b?= c =?x-no?q?d?=", "a b c d"),
        (b"=?utf-8?q?a=0D=0ABcc:_x=40y?=", "a Bcc: x@y"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"=?utf-8?q?open", "=?utf-8?q?open"),
        (b"a\xe2\x80\xa8b\xc2\x85c\x00d", "a b c d"),
    ],
)
def test_headers_are_read_as_people_do(raw: bytes, shown: str) -> None:
    assert header_text(raw) == shown


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a@b.example", [("", "a@b.example")]),
        ("Ada <A@B.Example>, c@d.example", [("Ada", "a@b.example"), ("", "c@d.example")]),
        ('"Lovelace, Ada" <a@b.example>', [("Lovelace, Ada", "a@b.example")]),
        ('"help@shop.example" <evil@x.example>', [("help@shop.example", "evil@x.example")]),
        ("Ada (a, <x@y.z>) <a@b.example>", [("Ada", "a@b.example")]),
        ("a@b.example <evil@x.example>", [("a@b.example", "evil@x.example")]),
        ("<a@b.example> <evil@x.example>", []),
        ("undisclosed-recipients:;", []),
        ("Team: a@b.example, c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("=?utf-8?q?Zo=C3=AB?= <z@b.example>", [("Zoë", "z@b.example")]),
        ("x@bücher.example", [("", "x@xn--bcher-kva.example")]),
        ('"a\\"b" <q@b.example>', [('a"b', "q@b.example")]),
        ("no address at all", []),
        ('<<<>>>,;:"', []),
    ],
)
def test_addresses_are_told_from_names(value: str, found: list[tuple[str, str]]) -> None:
    assert mailboxes(value) == found


def both(first: str, second: str) -> str:
    return (
        'Content-Type: multipart/alternative; boundary="x"\n\n--x\nContent-Type: text/plain\n\n'
        f"{first}\n--x\nContent-Type: text/html\n\n{second}\n--x--\n"
    )


LONG = "<p>My parcel 123 has not come, and I have waited for two weeks now.</p>" * 3


@pytest.mark.parametrize(
    ("first", "second", "begins"),
    [
        ("Where is it?", "<p>Where <b>is</b> it?</p>", "Where is it?"),
        ("", LONG, "My parcel 123"),
        ("This mail is in HTML. View it in a browser.", LONG, "My parcel 123"),
        ("ok", LONG, "My parcel 123"),
    ],
)
def test_the_plain_form_is_read_unless_it_only_points_at_the_other(
    first: str, second: str, begins: str
) -> None:
    assert text(both(first, second)).startswith(begins)


@pytest.mark.parametrize(
    "hidden",
    [
        '<span style="display:none">EVIL</span>',
        '<div style="DISPLAY : NONE"><p>EVIL</p></div>',
        '<span style="font-size:0px">EVIL</span>',
        '<span style="font-size: 0.0em">EVIL</span>',
        '<font color="#FFFFFF">EVIL</font>',
        '<span style="color:#fff">EVIL</span>',
        '<span style="color: rgb(255, 255, 255)">EVIL</span>',
        '<p style="color:white;background-color:#ffffff">EVIL</p>',
        '<p style="opacity:0">EVIL</p>',
        '<p style="visibility:hidden">EVIL</p>',
        '<p style="mso-hide:all">EVIL</p>',
        '<p style="text-indent:-9999px">EVIL</p>',
        "<p hidden>EVIL</p>",
        "<style>.x{display:none}</style><p class='a x'>EVIL</p>",
        "<!-- EVIL --><title>EVIL</title><script>EVIL</script><template>EVIL</template>",
    ],
)
def test_what_nobody_could_see_is_not_read(hidden: str) -> None:
    assert text_of(f"<html><body><p>seen</p>{hidden}<p>too</p></body></html>") == "seen\n\ntoo"


@pytest.mark.parametrize(
    "shown",
    [
        '<td bgcolor="#003366"><span style="color:#fff">seen</span></td>',
        '<p style="background:#000;color:white">seen</p>',
        '<p style="font-size:0.8em">seen</p>',
        '<p style="opacity:0.9">seen</p>',
        "<style>@media (max-width:600px){.x{display:none}}</style><p class='x'>seen</p>",
        '<div style="color:white"><p style="color:#333">seen</p></div>',
    ],
)
def test_what_everybody_saw_is_read(shown: str) -> None:
    assert text_of(f"<table><tr>{shown}</tr></table>" if "<td" in shown else shown) == "seen"


def test_html_keeps_its_lines_lists_links_and_quotes() -> None:
    html = (
        "<p>Hello<br>there</p><ul><li>one</li><li>two</li></ul>"
        '<p><a href="https://shop.example/r">our terms</a></p>'
        "<blockquote><p>quoted</p></blockquote>"
    )
    assert text_of(html) == (
        "Hello\nthere\n\n- one\n- two\n\nour terms (https://shop.example/r)\n\n> quoted"
    )


def test_flowed_text_is_unflowed() -> None:
    head = "Content-Type: text/plain; format=flowed\n\n"
    assert text(f"{head}one \ntwo\n stuffed\n-- \nAda") == "one two\nstuffed"
    assert text(f"{head.replace('flowed', 'flowed; delsp=yes')}one \ntwo") == "onetwo"


def mixed(*parts: str) -> str:
    inner = "".join(f"--x\n{part}\n" for part in parts)
    return f'Content-Type: multipart/mixed; boundary="x"\n\n{inner}--x--\n'


LOGO = "Content-Type: image/png\nContent-ID: <l>\nContent-Transfer-Encoding: base64\n\n"


def test_pictures_are_kept_and_logos_are_not() -> None:
    photo = base64.b64encode(b"p" * 9000).decode()
    logo = base64.b64encode(b"l" * 900).decode()
    _, files = read(mixed("\nhi", LOGO + logo, LOGO + photo).encode())
    assert [(file.name, len(file.content)) for file in files] == [("file.png", 9000)]


@pytest.mark.parametrize(
    ("part", "note", "name"),
    [
        ("Content-Type: application/ms-tnef\n\nx", "winmail.dat", "file.mstnef"),
        (
            'Content-Type: application/pkcs7-mime; name="smime.p7m"\n\nx',
            "encrypted",
            "smime.p7m",
        ),
        ("Content-Type: message/partial; id=1\n\nx", "several", "file.partial"),
        ("Content-Type: message/rfc822\n\nSubject: Old: mail\n\nx", "", "Old  mail.eml"),
        ('Content-Type: a/b; name="../../etc/passwd"\n\nx', "", "passwd"),
        ("Content-Type: a/b; name*=utf-8''%c3%bc.pdf\n\nx", "", "ü.pdf"),
    ],
)
def test_what_cannot_be_read_is_kept_and_said(part: str, note: str, name: str) -> None:
    letter, files = read(mixed("\nhello", part).replace("\n", "\r\n").encode())
    assert letter["text"].startswith("hello")
    assert note in letter["text"]
    assert [file.name for file in files] == [name]


def test_signed_mail_is_read_without_its_seal() -> None:
    seal = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nxyz"
    signed = mixed("\nhello", seal).replace("multipart/mixed", "multipart/signed")
    letter, files = read(signed.encode())
    assert (letter["text"], files) == ("hello", [])


def test_a_boundary_that_never_comes_leaves_the_text() -> None:
    assert text('Content-Type: multipart/mixed; boundary="nope"\n\nhello') == "hello"
    assert text("Content-Type: multipart/mixed\n\nhello") == "hello"
    cut = mixed("\nhello", "\nworld").partition("--x--")[0]
    assert text(cut) == "hello\n\nworld"


def test_lines_that_only_begin_like_the_boundary_are_text() -> None:
    assert text(mixed("\n--xyz\n--x y\nhello")) == "--xyz\n--x y\nhello"
