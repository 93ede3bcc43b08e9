"""The keys of ``config.ini``: those that do something, and those of d2lbook 1.0.3 that have no effect here."""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterator

from d2lbook.errors import Fault, meant

KNOWN: dict[str, str] = {
    "project": "name title author copyright release lang",
    "build": "index notebooks rsts non-notebooks exclusions resources source_dir output_dir tabs outputs_dir bibfile "
    "timeout memory_gib tolerant editions front_curves",
    "pdf": "bibfile min_pages volumes",
    "library": "version_file save_mark",
    "library-*": "lib_file lib_name simple_alias fluent_alias alias reverse_alias args_alias",
    "colab": "github_repo exclusions libs libs_header gpu_pattern replace_svg_url",
    "sagemaker": "github_repo kernel libs libs_header",
    "repository": "url notebooks_branch site_url share_picture report open_in",
    "backend-*": "title module packages imports newest_python partial notes",
}
"""Sections and the keys that each may hold; ``-*`` stands for a backend's name."""
IDLE: dict[str, str] = {
    "build": "dependencies eval_notebook html_dir warning_is_error sphinx_extensions sphinx_configs origin_repo",
    "html": "header_links favicon html_logo include_css include_js",
    "pdf": "post_latex latex_logo main_font sans_font mono_font latex_url style",
    "library": "root_dir save_patterns save_filename version",
    "deploy": "google_analytics_tracking_id github_repo s3_bucket other_file_s3urls",
    "slides": "top_left top_right github_repo",
    "translation": "origin_repo origin_lang translator terminology",
    "data": "assets_url",
}
"""The old tool's keys that are read by nothing here; a book that has them is told so."""
Where = Callable[[str, str], int]
"""From a section and a key (empty: its head) to the line."""


def key_faults(parser: configparser.ConfigParser, line: Where) -> Iterator[Fault]:
    """Yield sections and keys that nobody knows."""
    for section in parser.sections():
        known = [*_of(KNOWN, section), *_of(IDLE, section)]
        if not known:
            fix = _near(section, [*KNOWN, *IDLE], "sections")
            yield Fault("config.ini", line(section, ""), "unknown section", f"[{section}]", fix)
            continue
        for key in parser[section]:
            if key not in known:
                fix = _near(key, _of(KNOWN, section) or known, "keys")
                yield Fault("config.ini", line(section, key), f"unknown key in [{section}]", key, fix)


def idle_keys(parser: configparser.ConfigParser, line: Where) -> Iterator[Fault]:
    """Yield, for each section, its keys that have no effect, as one warning."""
    for section in parser.sections():
        if idle := [key for key in parser[section] if key in _of(IDLE, section)]:
            message = f"keys of [{section}] that have no effect" if len(idle) > 1 else "a key that has no effect"
            fix = "take them out: only d2lbook 1.0.3 reads them"
            yield Fault("config.ini", line(section, idle[0]), message, ", ".join(idle), fix, "warning")


def _of(table: dict[str, str], section: str) -> list[str]:
    return (table.get(section) or table.get(re.sub(r"-.*", "-*", section)) or "").split()


def _near(word: str, known: list[str], what: str) -> str:
    return meant(word, known) or f"known {what}: {', '.join(dict.fromkeys(known))}"
