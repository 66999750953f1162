"""Figures follow the theme: the colours that the notebooks stored become variables of the picture.

A browser shows a picture in the colour scheme of the page around it, so the picture itself says
what its colours are in the dark. The notebooks keep theirs, on white.
"""

import re
from colorsys import hls_to_rgb, rgb_to_hls
from pathlib import Path

# What figures are drawn with (pkpo.figures.plots), and what that becomes in the dark;
# for other colours, tints and greys, `darkened` says it.
DARK = {
    "#ffffff": "#14181e",  # ground
    "#000000": "#e6edf3",  # ink
    "#d8dee4": "#3d444d",  # grid
    "#737373": "#9da7b1",
    "#0072b2": "#56b4e9",
    "#c44e00": "#f0883e",
    "#007a5a": "#3fcf9f",
    "#a8447c": "#e08ab9",
    "#6e7781": "#9da7b1",
    "#8a6d00": "#d9b44a",
    "#4b3b8f": "#a596f0",
}


def setup(app):
    app.connect("html-page-context", reserve_room, priority=600)
    app.connect("build-finished", follow_theme)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def reserve_room(app, pagename, templatename, context, doctree):
    """Give each picture its size, so that nothing moves when it comes, and let it come late."""
    sources = {name: source for source, name in app.builder.images.items()}

    def sized(match):
        picture = Path(app.srcdir, sources.get(match[1], ""))
        if picture.suffix != ".svg":
            return match[0]
        size = re.search(r'<svg[^>]*\bwidth="([\d.]+)pt" height="([\d.]+)pt"', picture.read_text())
        if not size:
            return match[0]
        width, height = (round(float(points) * 4 / 3) for points in size.groups())
        return f'{match[0]} width="{width}" height="{height}" loading="lazy"'

    if "body" in context:
        images = r'<img(?![^>]*\bwidth=)(?=[^>]*)[^>]*?\bsrc="[^"]*_images/([^"]+)"'
        context["body"] = re.sub(images, sized, context["body"])


def follow_theme(app, exception):
    if exception is None and app.builder.format == "html":
        for path in (Path(app.outdir) / "_images").glob("*.svg"):
            picture = path.read_text(encoding="utf-8")
            if "prefers-color-scheme" not in picture:
                path.write_text(themed(picture), encoding="utf-8")


def themed(picture):
    """Return an SVG whose colours are variables, with values for light and dark."""
    colours = re.compile(r'(?<=: )#[0-9a-f]{6}|(?<==")#[0-9a-f]{6}(?=")')
    used = sorted({"#000000", *colours.findall(picture)})
    light = "".join(f"--{c[1:]}:{c};" for c in used)
    dark = "".join(f"--{c[1:]}:{DARK.get(c) or darkened(c)};" for c in used)
    picture = colours.sub(lambda match: f"var(--{match[0][1:]})", picture)
    style = (
        f":root{{{light}fill:var(--000000)}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )
    return picture.replace("<defs>", f"<style>{style}</style>\n <defs>", 1)


def darkened(colour):
    """Return a colour of the same hue, as far from the dark ground as this is from white."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, lightness, saturation = rgb_to_hls(red, green, blue)
    there = hls_to_rgb(hue, 0.1 + 0.8 * (1 - lightness), saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in there)
