"""A hook of mkdocs: what the documents link to beside their folder, such as a notebook, comes with the site."""  # noqa: INP001

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_LINK = re.compile(r"\]\(((?:\.\./)+)([\w./-]+)")


def _outside(config: MkDocsConfig, page: str, up: str, rest: str) -> str:
    """Return what a link of a page names, from the folder above the documents; '' where it is among the documents."""
    if up.count("../") <= page.count("/"):
        return ""
    named = Path(config.docs_dir).parent / rest
    return rest if named.is_file() else ""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add each file that a document links to above the documents' folder."""
    wanted = {
        outside
        for file in files.documentation_pages()
        for up, rest in _LINK.findall(file.content_string)
        if (outside := _outside(config, file.src_uri, up, rest))
    }
    for name in sorted(wanted):
        source = str(Path(config.docs_dir).parent / name)
        files.append(File.generated(config, f"repository/{name}", abs_src_path=source))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point such links at the copies."""

    def moved(found: re.Match[str]) -> str:
        outside = _outside(config, page.file.src_uri, found[1], found[2])
        return f"]({'../' * page.file.src_uri.count('/')}repository/{outside}" if outside else found[0]

    return _LINK.sub(moved, markdown)
