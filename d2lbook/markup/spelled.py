"""Formulas as text, for where no formula can stand: titles of windows, search, bookmarks, words of links."""

from __future__ import annotations

import re

_NAMES = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ",
    "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ",
    "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "times": "×", "cdot": "·", "ast": "∗", "circ": "∘",
    "pm": "±", "div": "÷", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈",
    "sim": "∼", "equiv": "≡", "propto": "∝", "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪", "cap": "∩",
    "to": "→", "rightarrow": "→", "leftarrow": "←", "mapsto": "↦", "Rightarrow": "⇒", "infty": "∞",
    "partial": "∂", "nabla": "∇", "sum": "∑", "prod": "∏", "int": "∫", "top": "⊤", "forall": "∀", "exists": "∃",
    "mid": "|", "vert": "|", "Vert": "‖", "|": "‖", "ldots": "…", "cdots": "⋯", "dots": "…", "odot": "⊙",
    "oplus": "⊕", "otimes": "⊗", "ell": "ℓ", "hbar": "ℏ", "prime": "′", "quad": " ", "qquad": " ", ",": " ",
    ";": " ", ":": " ", "!": "", " ": " ", "{": "{", "}": "}", "%": "%", "&": "&", "#": "#", "_": "_", "$": "$",
    "\\": " ",
}  # fmt: skip
_LOWERED = dict(zip("0123456789+-=()aeioruvxhklmnpst", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢₒᵣᵤᵥₓₕₖₗₘₙₚₛₜ", strict=True))
_RAISED = dict(zip("0123456789+-=()in⊤", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿᵀ", strict=True)) | {"T": "ᵀ", "′": "′", "∗": "*"}
_GROUP = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_FRACTION = re.compile(rf"\\[dt]?frac\s*{_GROUP}\s*{_GROUP}")
_ROOT = re.compile(rf"\\sqrt\s*{_GROUP}")
_STYLE = re.compile(r"\\(?:left|right|big|Big|bigl|bigr|displaystyle|limits|middle|nolimits)(?![A-Za-z])")
_COMMAND = re.compile(r"\\([A-Za-z]+|[^A-Za-z])\s*")
_SCRIPT = re.compile(r"([_^])(?:\{([^{}]*)\}|([^\s{}]))")


def spelled(tex: str) -> str:
    """Return a formula as a reader would type it: L₂, a/b, wᵀx, σ²."""
    text = _STYLE.sub("", tex)
    while (plainer := _ROOT.sub(r"√\1", _FRACTION.sub(_quotient, text))) != text:
        text = plainer
    text = _COMMAND.sub(lambda match: _NAMES.get(match[1], match[1] if match[1] in _WORDS else ""), text)
    while (plainer := _SCRIPT.sub(_script, text)) != text:
        text = plainer
    text = re.sub(r"[{}&]", "", text).translate({0xE001: "_", 0xE002: "^", ord("~"): " "})
    return re.sub(r"\s+", " ", text).strip()


_WORDS = frozenset(("exp", "log", "ln", "sin", "cos", "tan", "tanh", "max", "min", "arg", "det", "lim", "Pr"))


def _quotient(match: re.Match[str]) -> str:
    above, below = (part if len(part) < 2 or re.fullmatch(r"\\?\w+", part) else f"({part})" for part in match.groups())
    return f"{above}/{below}"


def _script(match: re.Match[str]) -> str:
    inner, table = match[2] if match[2] is not None else match[3], _LOWERED if match[1] == "_" else _RAISED
    moved = [table.get(letter) for letter in inner]
    if None not in moved:
        return "".join(letter for letter in moved if letter)
    return ("\ue001" if match[1] == "_" else "\ue002") + inner
