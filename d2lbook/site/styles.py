"""The style rules that name the book's backends."""

from __future__ import annotations

from collections.abc import Iterable


def backend_rules(names: Iterable[str]) -> str:
    """Return the rules that show one backend's panels, once a script has noted the choice on the root element.

    Without a choice (no script, or paper) every panel shows, under its heading. A second backend, chosen for
    comparison, shows its panels beside the first one's where there is room.
    """
    rules, pairs = [], []
    for name in names:
        root = f'html[data-tab="{name}"]'
        rules.append(f'{root} .panel:not([data-tab="{name}"]),')
        rules.append(f'{root} .value[data-tab]:not([data-tab~="{name}"]),')
        rules.append(f'{root} .tabs.of-text:not([data-tabs~="{name}"]){{display:none}}')
        rules.append(f'{root} [role="tab"][data-tab="{name}"]{{color:var(--ink);border-color:var(--accent)}}')
        pairs.append(f'html[data-compare="{name}"] .tabs:not(.of-text) > .panel[data-tab="{name}"]{{display:block}}')
    return _media("screen", rules) + _media("screen and (min-width:54rem)", pairs)


def _media(query: str, rules: Iterable[str]) -> str:
    return f"@media {query}{{\n" + "\n".join(rules) + "\n}\n"
