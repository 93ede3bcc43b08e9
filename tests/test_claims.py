"""Claims and printed numbers: what they may say, when they hold, and how a failure is told."""

from __future__ import annotations

import math

import pytest

from d2lbook.evidence.claims import ClaimError, claim_faults, format_value, holds, names_in
from d2lbook.markup.parse import parse

METRICS = {"acc": 0.83, "loss_a": 1.5, "loss_b": -0.25, "n": 3.0, "zero": 0.0}


@pytest.mark.parametrize(
    ("claim", "true"),
    [
        ("0.80 < acc < 0.86", True),
        ("0.84 < acc < 0.86", False),
        ("loss_b < loss_a", True),
        ("loss_a < loss_b", False),
        ("acc == 0.83", True),
        ("n != 3", False),
        ("1 >= acc >= 0.83 > loss_b", True),
        ("abs(loss_b) <= 0.25", True),
        ("max(acc, loss_a) - min(acc, loss_b) > 1.7", True),
        ("(loss_a - loss_b) / loss_a < 1.2", True),
        ("-loss_b * 4 + n == 4", True),
        ("n ** 2 == 9", True),
    ],
)
def test_a_claim_holds_or_not(claim: str, true: bool) -> None:
    assert holds(claim, METRICS) is true


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("acc", "compares nothing"),
        ("acc <", "invalid syntax"),
        ("0 < accc < 1", "did you mean acc"),
        ("nothing_like_it < 1", "no recorded metric"),
        ("__import__('os').system('true') == 0", "no number"),
        ("open('x') == 1", "no number"),
        ("acc.real < 1", "not allowed"),
        ("acc in (1, 2)", "not allowed"),
        ("acc < 'x'", "no number"),
        ("abs() < 1", "not allowed"),
        ("round(acc) < 1", "not allowed"),
        ("acc < 1 / zero", "divides by zero"),
        ("(lambda: 1)() < 2", "not allowed"),
        ("[acc for _ in n] < 1", "not allowed"),
        ("acc < 1 and acc > 0", "compares nothing"),
    ],
)
def test_a_claim_that_cannot_be_judged(claim: str, words: str) -> None:
    with pytest.raises(ClaimError, match=words):
        holds(claim, METRICS)


def test_nothing_holds_of_what_is_no_number() -> None:
    assert not holds("0 < acc < 1", {"acc": math.nan})


def test_names_in_a_claim() -> None:
    assert names_in("0 < max(acc, loss_a) - acc < 1") == ("acc", "loss_a")


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("acc", "0.83"),
        ("acc:.3f", "0.830"),
        ("acc:.1%", "83.0%"),
        ("loss_b", "−0.25"),
        ("n:.0f", "3"),
        ("loss_a:+.1f", "+1.5"),
    ],
)
def test_a_printed_number(spec: str, text: str) -> None:
    assert format_value(spec, METRICS) == text


def test_a_printed_number_that_is_none() -> None:
    with pytest.raises(KeyError, match="did you mean acc"):
        format_value("ac", METRICS)
    with pytest.raises(ValueError, match="format"):
        format_value("acc:.3q", METRICS)


SECTION = parse(
    """\
# 题目

准确率是:value:`acc:.2f`，:value:`accc`，:value:`acc:.3q`。

:begin_tab:`jax`
:value:`only_jax`
:end_tab:

```{.expect}
0.80 < acc < 0.86
0.5 < acc < 0.9
0.5 < acc < 0.9  # the seeds spread
loss_a < loss_b
acc <
abs(acc - 0.8) < 0.5
```
""",
    "a/b",
    "chapters_md/a/b.md",
)


def test_faults_have_line_backend_and_values() -> None:
    runs = {"pytorch": {"acc": 0.85, "loss_a": 2.0, "loss_b": 1.0}, "jax": {"acc": 0.7, "loss_a": 0.0, "loss_b": 1.0}}
    faults = sorted(claim_faults(SECTION, runs))
    told = [(fault.line, fault.message) for fault in faults]
    assert all(fault.path == "chapters_md/a/b.md" and fault.severity == "error" for fault in faults)
    assert (10, "jax: the claim does not hold: acc = 0.7") in told
    assert [message for line, message in told if line == 11] == ["a band 0.4 wide without its reason"]
    assert not [message for line, message in told if line == 12]
    assert (13, "pytorch: the claim does not hold: loss_a = 2, loss_b = 1") in told
    assert [message for line, message in told if line == 14] == ["a claim that cannot be read: invalid syntax"]
    assert not [message for line, message in told if line == 15]
    assert (3, "pytorch: no recorded metric accc (did you mean acc?)") in told
    assert any(line == 3 and "format" in message for line, message in told)
    assert [message for line, message in told if line == 6] == ["jax: no recorded metric only_jax"]


def test_an_unknown_metric_in_a_claim_is_a_fault_of_each_backend() -> None:
    faults = [fault for fault in claim_faults(SECTION, {"mxnet": {}, "jax": {}}) if fault.line == 10]
    assert sorted(fault.message for fault in faults) == [
        "jax: no recorded metric acc",
        "mxnet: no recorded metric acc",
    ]


def test_a_section_that_was_not_run_has_faults_of_form_only() -> None:
    assert sorted(fault.line for fault in claim_faults(SECTION, {})) == [11, 14]


SEEDS = {
    "pytorch": ({"acc": 0.80, "base": 0.70}, {"acc": 0.90, "base": 0.85}),
    "jax": ({"acc": 0.70, "base": 0.75}, {"acc": 0.80, "base": 0.70}),
}
POOLED = (*SEEDS["pytorch"], *SEEDS["jax"])


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("acc @ seeds mean: .2f", "0.80"),
        ("acc - base @ seeds mean: .1%", "5.0%"),
        ("acc @ seeds min:.2f", "0.70"),
        ("acc @ seeds max:.2f", "0.90"),
        ("acc @ seeds sd:.4f", "0.0816"),
        ("acc > base @ seeds count", "3"),
        ("acc @ seeds count", "4"),
        ("base - acc @ seeds min:.2f", "−0.10"),
    ],
)
def test_values_over_seeds(spec: str, text: str) -> None:
    assert format_value(spec, {"acc": 0.5}, POOLED) == text


@pytest.mark.parametrize("spec", ["acc @ seeds median", "acc @ seeds", "acc @ runs mean", "acc @ seeds all"])
def test_an_unknown_question_to_seeds_is_a_fault(spec: str) -> None:
    with pytest.raises(ClaimError):
        format_value(spec, {"acc": 0.5}, POOLED)


def test_values_over_seeds_that_were_never_run() -> None:
    with pytest.raises(ClaimError, match="no runs under several seeds"):
        format_value("acc @ seeds mean", {"acc": 0.5}, ())
    with pytest.raises(KeyError, match="did you mean acc"):
        format_value("ac @ seeds mean", {"acc": 0.5}, POOLED)


@pytest.mark.parametrize(
    ("claim", "true"),
    [
        ("acc > base @ seeds all", False),
        ("acc > 0.6 @ seeds all", True),
        ("acc > base @ seeds mean", True),
        ("acc > base @ seeds count >= 3", True),
        ("acc > base @ seeds count > 3", False),
        ("acc - base < 0.11 @ seeds max", True),
    ],
)
def test_claims_over_seeds(claim: str, true: bool) -> None:
    assert holds(claim, {}, POOLED) is true
    assert names_in(claim)[0] == "acc"


OVER_SEEDS = parse(
    """\
# 题目

差距是:value:`acc - base @ seeds mean:.2f`，:value:`accc @ seeds mean`。

:begin_tab:`jax`
```{.expect}
acc < base @ seeds count == 1
acc > base @ seeds all
```
:end_tab:

```{.expect}
acc > base @ seeds count >= 4
```
""",
    "a/b",
    "chapters_md/a/b.md",
)


def test_faults_over_seeds_name_the_runs_and_keep_to_their_tab() -> None:
    faults = sorted(claim_faults(OVER_SEEDS, {"pytorch": {}, "jax": {}}, SEEDS))
    assert [(fault.line, fault.message.split(":")[0]) for fault in faults] == [
        (3, "seeds"),
        (8, "over 2 runs the claim does not hold"),
        (13, "over 4 runs the claim does not hold"),
    ]
    assert "acc from 0.7 to 0.8, mean 0.75" in faults[1].message


def test_a_claim_in_a_tab_is_that_backends_alone() -> None:
    section = parse("# 题\n\n:begin_tab:`jax`\n```{.expect}\nacc > 0.5\n```\n:end_tab:\n", "a", "a.md")
    assert [fault.message for fault in claim_faults(section, {"pytorch": {"acc": 0.1}, "jax": {"acc": 0.4}})] == [
        "jax: the claim does not hold: acc = 0.4"
    ]
