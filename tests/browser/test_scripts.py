"""The site's own scripts are typed JavaScript: the TypeScript compiler checks them."""

from __future__ import annotations

import subprocess

from d2lbook.site.application import HERE as SITE
from d2lbook.site.npm import NODE, install

from .test_pages import HERE


def test_the_scripts_types_fit() -> None:
    compiler = install(HERE) / "typescript" / "bin" / "tsc"
    scripts = sorted((SITE / "static").glob("*.js"))
    assert {"cards.js", "first.js", "search.js", "site.js"} <= {script.name for script in scripts}
    options = [
        "--noEmit",
        "--allowJs",
        "--checkJs",
        "--strict",
        "--target",
        "es2023",
        "--lib",
        "es2023,dom,dom.iterable",
    ]
    done = subprocess.run([NODE, compiler, *options, *scripts], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)
