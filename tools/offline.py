"""Make the whole book as one PDF and one EPUB, from the built site.  `make offline` runs this.

    python tools/offline.py _build/html

The PDF is printed by a Chromium from one long page; the EPUB holds the same pages, its formulas as
MathML.  Both are put beside the site, and its landing page is given links to them.
"""

import os
import re
import sys
from pathlib import Path

from bs4 import BeautifulSoup
from ebooklib import epub
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import browser as chromium  # noqa: E402

TITLE, LANGUAGE = "Pass@K Policy Optimization", "en"
MARK = "<!-- offline -->"
LINKS = (
    '<p>To keep: <a href="{0}pkpo.pdf">the book as PDF</a>, <a href="{0}pkpo.epub">as EPUB</a>.</p>'
)
MARGINS = {"top": "18mm", "bottom": "18mm", "left": "20mm", "right": "20mm"}
CENTRED = "width: 100%; text-align: center; font-size: 8px"
FOOTER = f'<p style="{CENTRED}"><span class="pageNumber"></span></p>'
ONLY_ON_SCREEN = (
    "script, .headerlink, .copybtn, .pkpo-controls, .predict input, .predict-controls, noscript, "
    ".card img"
)
EPUB_STYLE = """
math { font-family: "STIX Two Math", "Cambria Math", math; }
pre { white-space: pre-wrap; font-size: 0.8em; }
figcaption { font-size: 0.9em; }
table { border-collapse: collapse; }
td, th { padding: 0.2em 0.6em 0.2em 0; text-align: left; }
.admonition, .proof, .exercise { border-left: 3px solid #999; padding-left: 1em; margin: 1em 0; }
img { max-width: 100%; }
"""


def pages(site):
    """Yield the name and the article of each page, in the order of the contents."""
    front = BeautifulSoup((site / "book/index.html").read_text(encoding="utf-8"), "html.parser")
    names = [
        "index.html",
        *(a["href"].partition("#")[0] for a in front.select(".chapters li.toctree-l1 > a")),
    ]
    for name in names:
        page = BeautifulSoup((site / "book" / name).read_text(encoding="utf-8"), "html.parser")
        article = page.select_one("article")
        for element in article.select(ONLY_ON_SCREEN):
            element.decompose()
        for fold in article.select("details"):
            fold["open"] = ""
        for picture in article.select(".pkpo-panel svg[role=img]"):  # as narrow as the paper
            picture["viewBox"] = f"0 0 {picture['width']} {picture['height']}"
            picture["style"] = "max-width: 100%; height: auto"
        yield name, article


def one_page(site):
    """Return the book as one page: every id is made its page's own, and links follow."""
    head = (site / "book/index.html").read_text(encoding="utf-8").partition("<body>")[0]
    parts = []
    for name, article in pages(site):
        for element in article.select("[id]"):
            element["id"] = f"{name}-{element['id']}"
        article["id"] = name
        for link in article.select("a[href]"):
            target, _, anchor = link["href"].partition("#")
            if "/" not in target and (not target or target.endswith(".html")):
                link["href"] = f"#{target or name}-{anchor}" if anchor else f"#{target or name}"
        parts.append(str(article))
    script = '<script>document.documentElement.dataset.theme = "light"</script>'
    style = "<style>article { break-before: page; max-width: none }</style>"
    head = re.sub(r"<script.*?</script>", "", head, flags=re.DOTALL)
    return f"{head}{script}{style}<body><main>{''.join(parts)}</main></body></html>"


def write_pdf(site, path):
    whole = site / "book/whole.html"
    whole.write_text(one_page(site), encoding="utf-8")
    try:
        with sync_playwright() as p:
            args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
            page = p.chromium.launch(executable_path=chromium.on_path(), args=args).new_page()
            page.goto(whole.as_uri())
            page.evaluate("document.fonts.ready")
            page.pdf(
                path=path,
                format="A4",
                outline=True,
                tagged=True,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=FOOTER,
                margin=MARGINS,
            )
    finally:
        whole.unlink()


def write_epub(site, path):
    book = epub.EpubBook()
    book.set_identifier("pkpo-book")
    book.set_title(TITLE)
    book.set_language(LANGUAGE)
    style = epub.EpubItem(
        uid="style", file_name="style.css", media_type="text/css", content=EPUB_STYLE
    )
    book.add_item(style)
    chapters, pictures = [], {}
    for name, article in pages(site):
        title = re.sub(r"#$", "", article.select_one("h1").get_text(strip=True))
        for image in article.select("img[src]"):
            pictures[image["src"]] = image["src"] = f"images/{Path(image['src']).name}"
        chapter = epub.EpubHtml(
            title=title, file_name=name.replace(".html", ".xhtml"), lang=LANGUAGE
        )
        text = re.sub(r'href="([\w.-]+)\.html', r'href="\1.xhtml', article.decode_contents())
        chapter.content = text
        chapter.properties = ["mathml", "svg"] if "<math" in text else []
        chapter.add_item(style)
        book.add_item(chapter)
        chapters.append(chapter)
    for source, name in pictures.items():
        kind = "image/svg+xml" if name.endswith(".svg") else "image/png"
        content = (site / "book" / source).resolve().read_bytes()
        book.add_item(
            epub.EpubItem(uid=Path(name).stem, file_name=name, media_type=kind, content=content)
        )
    book.toc, book.spine = chapters, ["nav", *chapters]
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    epub.write_epub(path, book)


def main(site):
    write_pdf(site, site / "pkpo.pdf")
    write_epub(site, site / "pkpo.epub")
    for front, up in ((site / "book/index.html", "../"), (site / "index.html", "")):
        page = front.read_text(encoding="utf-8")
        front.write_text(page.replace(MARK, LINKS.format(up)), encoding="utf-8")
    for path in (site / "pkpo.pdf", site / "pkpo.epub"):
        print(f"{path}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
