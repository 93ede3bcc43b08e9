"""The style rules that name the book's backends."""

from __future__ import annotations

from collections.abc import Iterable

VOICES = 4
"""Colours that ``site.css`` has for backends; a fifth one begins with the first again."""


def backend_rules(names: Iterable[str]) -> str:
    """Return the rules that show one backend's panels, once a script has noted the choice on the root element.

    Without a choice (no script, or paper) every panel shows, under its heading. A second backend, chosen for
    comparison, shows its panels beside the first one's where there is room. Each backend has a colour of its own, the
    voice in which its tab, the edge of its panels and its marks are drawn.
    """
    rules, pairs, voices = [], [], []
    for place, name in enumerate(names):
        voice = f"var(--voice-{place % VOICES + 1})"
        voices.append(f'[role="tab"][data-tab="{name}"],.panel[data-tab="{name}"]{{--voice:{voice}}}')
        root = f'html[data-tab="{name}"]'
        rules.append(f'{root} .panel:not([data-tab="{name}"]),')
        rules.append(f'{root} .value[data-tab]:not([data-tab~="{name}"]),')
        rules.append(f'{root} .tabs.of-text:not([data-tabs~="{name}"]){{display:none}}')
        rules.append(f'{root} [role="tab"][data-tab="{name}"]{{color:var(--ink);border-color:var(--voice)}}')
        rules.append(f'{root} .front .of-code > .panel[data-tab="{name}"]{{border-color:var(--voice)!important}}')
        tab = f'html[data-compare~="{name}"] [role="tab"][data-tab="{name}"]'
        pairs.append(f"{tab}{{border-bottom-color:var(--voice);border-bottom-style:dotted}}")
        pairs.append(f'html[data-compare~="{name}"] .tabs:not(.of-text) > .panel[data-tab="{name}"]{{display:block}}')
    return "\n".join(voices) + "\n" + _media("all", rules) + _media("screen and (min-width:54rem)", pairs)


def _media(query: str, rules: Iterable[str]) -> str:
    return f"@media {query}{{\n" + "\n".join(rules) + "\n}\n"
