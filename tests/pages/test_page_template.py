import base64
import hashlib
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from wordmend.pages.template import PageScript, page_template


def test_texts_are_escaped_and_the_style_is_there(tmp_path: Path):
    (tmp_path / "page.jinja").write_text('{% include "style.css.jinja" %}<p>{{ text }}</p>')
    page = page_template(tmp_path / "page.jinja")
    assert "<p>&lt;b&gt;</p>" in page.render(text="<b>") and "color-scheme" in page.render(text="")
    with pytest.raises(UndefinedError):
        page.render()


def test_a_page_can_name_its_script(tmp_path: Path):
    (tmp_path / "page.js").write_text("let a = 'ü'", encoding="utf-8")
    script = PageScript.read(tmp_path / "page.js")
    digest = base64.b64encode(hashlib.sha256("let a = 'ü'".encode()).digest()).decode()
    assert (script.text, script.source) == ("let a = 'ü'", f"'sha256-{digest}'")
