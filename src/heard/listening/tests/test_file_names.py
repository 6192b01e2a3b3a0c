import pytest

from heard.listening.rules.file_names import safe_name


@pytest.mark.parametrize(
    ("sent", "offered"),
    [
        ("photo.png", "photo.png"),
        ("C:\\Users\\eve\\bill.pdf", "bill.pdf"),
        ("../../etc/passwd", "passwd"),
        ("page.html", "page.html.download"),
        ("picture.SVG", "picture.SVG.download"),
        ("setup.exe", "setup.exe.download"),
        ("in\u200bvoice\u202efdp.exe", "invoicefdp.exe.download"),
        ("line\r\nbreak.txt", "linebreak.txt"),
        ("...", "file"),
        ("", "file"),
        ("ünïcode 日本.pdf", "ünïcode 日本.pdf"),
        ("a" * 400 + ".pdf", "a" * 150 + ".pdf"),
    ],
)
def test_what_a_file_is_called_when_it_is_saved(sent, offered):
    """Threats 11, 12 and 15."""
    assert safe_name(sent) == offered
