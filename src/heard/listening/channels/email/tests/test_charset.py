"""Whatever a mail says about its letters, people can read it and every database can keep it."""

import pytest

from heard.listening.channels.email.charset import codec_of, decoded
from heard.listening.channels.email.headers import addresses, message_ids, value_and_parameters, words


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Größe €".encode(), "utf-8", "Größe €"),
        ("Größe €".encode(), "us-ascii", "Größe €"),
        ("Größe €".encode(), "iso-8859-1", "Größe €"),
        ("Größe €".encode("cp1252"), "iso-8859-1", "Größe €"),
        ("Größe €".encode("cp1252"), "utf-8", "Größe €"),
        ("Größe €".encode("cp1252"), "", "Größe €"),
        ("Größe €".encode("cp1252"), "x-unknown-7", "Größe €"),
        ("Größe €".encode("cp1252"), "idna", "Größe €"),
        ("日本語".encode("iso2022_jp"), "iso-2022-jp", "日本語"),
        ("日本語".encode("iso2022_jp"), "", "日本語"),
        ("日本語".encode("cp932"), "Shift_JIS", "日本語"),
        ("한국어".encode("cp949"), "ks_c_5601-1987", "한국어"),
        ("中文".encode("gb18030"), "gb2312", "中文"),
        ("привет".encode("koi8-r"), "koi8-r", "привет"),
        ("привет".encode("utf-16"), "utf-16", "привет"),
        (b"+AOQ-", "utf-7", "ä"),
        (b"a\x00b", "utf-8", "ab"),
        (b"caf\xc3\xa9 \xff caf\xc3\xa9", "utf-8", "café \ufffd café"),
    ],
)
def test_letters_are_read_whatever_their_label(data, charset, text):
    assert decoded(data, charset) == text


@pytest.mark.parametrize("charset", ["zlib", "rot13", "hex", "unicode_escape", "idna", "x" * 500, "../etc", "", "utf-8\x00"])
def test_a_label_that_is_no_charset_is_nobodys_codec(charset):
    assert codec_of(charset) is None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("=?utf-8?Q?caf=C3=A9?=", "café"),
        ("=?UTF-8?B?w6Q=?= =?UTF-8?B?w7Y=?=", "äö"),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"),  # one character over two words
        ("=?iso-8859-1*en?q?=E4_b?= c", "ä b c"),
        ("=?nonsense?q?=E4?=", "ä"),
        ("=?utf-8?B?w6Q?=", "ä"),  # padding forgotten
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("50% =? off ?=", "50% =? off ?="),
    ],
)
def test_encoded_words(field, text):
    assert words(field) == text


@pytest.mark.parametrize(
    ("field", "people"),
    [
        (b"dana@home.example", [("", "dana@home.example")]),
        (b'"Last, First" <a@b.example>', [("Last, First", "a@b.example")]),
        (b"a@b.example (Dana)", [("Dana", "a@b.example")]),
        (b"Team: a@b.example, C <c@d.example>;, e@f.example", [("", "a@b.example"), ("C", "c@d.example"), ("", "e@f.example")]),
        (b"undisclosed-recipients:;", []),
        (b"<@relay.example:a@b.example>", [("", "a@b.example")]),
        (b"=?utf-8?Q?J=C3=B6rg=2C_X?= <j@b.example>", [("Jörg, X", "j@b.example")]),
        (b"o'brien@b.example", [("", "o'brien@b.example")]),
        (b'"no end <a@b.example>, c@d.example', [("no end", "a@b.example"), ("", "c@d.example")]),
        (b"nobody", []),
        (b"", []),
    ],
)
def test_addresses(field, people):
    assert addresses(field) == people


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        (b"<a@b> <c@d>\r\n\t<a@b>", ["a@b", "c@d"]),
        (b"<a@\r\n b>", ["a@b"]),
        (b"your mail of Monday", []),
        (b"a@b.example", ["a@b.example"]),
    ],
)
def test_message_ids(field, ids):
    assert message_ids(field) == ids


@pytest.mark.parametrize(
    ("field", "value", "parameters"),
    [
        (b'text/plain; charset="utf-8"', "text/plain", {"charset": "utf-8"}),
        (b'a/b; name="x;y\\"z"', "a/b", {"name": 'x;y"z'}),
        (b"attachment; filename*=iso-8859-1'de'Gr%FC%DFe.txt", "attachment", {"filename": "Grüße.txt"}),
        (b"attachment; filename*0=long; filename*1=name.txt", "attachment", {"filename": "longname.txt"}),
        (b"TEXT/HTML;CHARSET=x;;", "text/html", {"charset": "x", "": ""}),
    ],
)
def test_parameters(field, value, parameters):
    assert value_and_parameters(field) == (value, parameters)
