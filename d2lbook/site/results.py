"""Two pages that no section is: the result of every section in every backend, and what the last run has changed.

What they say comes from the store, the results of other devices and the summary of the last run, nothing by hand. Ages
are reckoned by a script from the dates that stand there, so that the same store gives the same pages.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup

from d2lbook.book.config import BASE, Config
from d2lbook.evidence.last_run import Change, LastRun
from d2lbook.evidence.provenance import device_name
from d2lbook.evidence.table import Row
from d2lbook.site.fragments import fragment
from d2lbook.words.language import is_chinese, listed, said

RESULTS, CHANGES = "results", "changes"
TITLES = {RESULTS: "运行结果", CHANGES: "最近一次运行的变化"}
STYLES, SCRIPT = "results.css", "results.js"
"""What these pages have besides the style sheets and scripts of all pages."""
_STATES = {"fresh": "通过", "stale": "待更新", "missing": "未运行", "other": "版本不同"}
_ELSEWHERE = (
    "页面上的输出来自CPU；同样的代码在这个设备上另跑一遍，只记下指标、时间、内存与版本。“版本不同”是指那台机器上的包与"
    "锁定的版本不同，版本一栏写的是实际所用的。设备内存是运行期间占用的最大值，包括框架预留的部分。"
)
_WHOLE = (
    "全书共{count}个运行，一节在一个后端里算一个：{told}；{bands}。“待更新”是指运行之后代码、函数库或版本又有"
    "改动；失败的运行不会存下来，它的上一次结果仍在这里。这张表由存下来的输出生成。"
)
_NO_RUN = "这里还没有运行的记录：合并各份运行（<code>d2lbook merge</code>）或跑一次<code>d2lbook eval</code>之后才有。"
_ENDS = {
    "ok": "通过",
    "failed": "出错",
    "timeout": "超时",
    "memory": "内存不够",
    "output": "输出过多",
    "died": "内核中止",
    "stopped": "被停止",
    "empty": "空跑",
    "deferred": "未跑（缺设备）",
    "lost": "机器丢失",
    "refused": "未采用",
}
SLOWER, WORTH = 1.2, 2.0
"""A time is told as changed if it is so many times another, and by so many seconds."""
MORE, WORTH_MIB = 1.2, 100.0
"""Likewise memory, in MiB."""
_DIGITS = 6
ROUNDING = 1e-6
"""Relative differences of metrics below this are counted, not listed."""
_NUMERIC = re.compile("秒|MiB|此前|这次|相差|之比|运行$")
"""What columns of numbers are called."""

Label = Callable[[str], str]
"""Docname to a link with the section's number and title, as HTML."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table."""

    text: str
    """What stands in it: a text, or markup."""
    kind: str = ""
    """Its class."""
    scope: Literal["", "row", "rowgroup"] = ""
    """What it heads, if it heads something."""
    rows: int = 0
    """Number of rows that it stands beside, where it heads a group of them."""


Line = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    heads: Sequence[str]
    """What its columns are called in Chinese."""
    groups: Sequence[Sequence[Line]]
    """Rows, in groups."""
    shown: Sequence[str] = ()
    """What its columns are called on the page, if otherwise."""

    @property
    def columns(self) -> Iterator[tuple[str, bool]]:
        """Names of the columns, and whether each holds numbers."""
        shown = self.shown or self.heads
        return ((name, bool(_NUMERIC.search(head))) for name, head in zip(shown, self.heads, strict=True))


@dataclass(frozen=True, slots=True)
class Part:
    """A section of a page of results."""

    id: str
    title: str
    table: Table
    words: str = ""
    """A paragraph before the table."""


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called on these pages."""

    config: Config
    label: Label
    chapter: Label
    """Docname of a section to that of its chapter."""

    def said(self, text: str, **values: object) -> str:
        """Return a text of these pages in the book's language, what stands in braces filled in."""
        return said(text, self.config.lang, **values)

    def listed(self, texts: Iterable[str]) -> str:
        """Return texts as a list in a sentence."""
        return listed(texts, self.config.lang)

    def told(self, part: Part, chapter: str = "") -> Part:
        """Return a part with its title and its table's heads in the book's language; that of a chapter stays."""
        shown = tuple(map(self.said, part.table.heads))
        return replace(part, title=chapter or self.said(part.title), table=replace(part.table, shown=shown))

    def backend(self, name: str) -> str:
        """Return a backend's title."""
        return self.config.backend(name).title

    def place(self, key: str) -> tuple[Cell, Cell]:
        """Return section and backend of ``backend/docname``, as two cells of a table."""
        backend, _, docname = key.partition("/")
        known = backend == BASE or backend in self.config.backend_names
        return _head(self.label(docname) or docname), Cell(self.backend(backend) if known else backend)


# ---- every run ----


def results_page(rows: Sequence[Row], names: Names) -> tuple[Markup, list[tuple[str, str]]]:
    """Return the page of all results, and its headings: id and text."""
    canonical = [row for row in rows if not row.elsewhere]
    others = [row for row in rows if row.elsewhere]
    parts = [names.told(_by_backend(canonical, names))]
    outline = [("all-backends", parts[0].title)]
    for number, (chapter, members) in enumerate(
        itertools.groupby(canonical, lambda row: names.chapter(row.docname)), 1
    ):
        outline.append((f"chapter-{number}", chapter))
        title = names.label(chapter)
        parts.append(names.told(Part(f"chapter-{number}", title, _table(list(members), names)), title))
    for number, (device, members) in enumerate(itertools.groupby(others, lambda row: row.device), 1):
        outline.append((f"device-{number}", device))
        part = Part(f"device-{number}", device, _table(list(members), names), names.said(_ELSEWHERE))
        parts.append(names.told(part, device))
    return fragment("results.html", head=[_told(canonical, names)], parts=parts, dated=False), outline


def _told(rows: Sequence[Row], names: Names) -> str:
    states: Counter[str] = Counter(row.state for row in rows)
    claims, broken = sum(row.claims for row in rows if row.state != "missing"), sum(len(row.broken) for row in rows)
    counted = [(states[state], names.said(words)) for state, words in _STATES.items() if states[state]]
    told = names.listed(names.said("{count}个{state}", count=count, state=words) for count, words in counted)
    bands = "正文的断言共判{claims}次，全部成立" if claims else "正文没有断言"
    bands = "正文的断言共判{claims}次，有{broken}次不成立" if broken else bands
    judged = names.said(bands, claims=claims, broken=broken)
    return names.said(_WHOLE, count=len(rows), told=told, bands=judged)


def _by_backend(rows: Sequence[Row], names: Names) -> Part:
    body = []
    for name in (*names.config.backend_names, BASE):
        mine = [row for row in rows if row.backend == name and row.state != "missing"]
        if not mine:
            continue
        versions: dict[str, list[str]] = {}
        for row in mine:
            for package, version in row.versions.items():
                if version not in versions.setdefault(package, []):
                    versions[package].append(version)
        order = {package: place for place, package in enumerate(names.config.backend(name).packages)}
        packages = sorted(versions, key=lambda package: (order.get(package, len(order)), package))
        told = names.said("，").join(f"{package} {names.listed(versions[package])}" for package in packages)
        fresh = sum(row.state == "fresh" for row in mine)
        body.append(
            (
                _head(names.backend(name)),
                Cell(_small(told)),
                _number(f"{fresh} / {sum(row.backend == name for row in rows)}"),
                _number(_whole(sum(row.seconds for row in mine))),
                _number(f"{max(row.seconds for row in mine):.1f}"),
                _number(_whole(max(row.memory_mib for row in mine))),
                Cell(_date(min(row.date for row in mine))),
            )
        )
    heads = ("后端", "版本", "通过", "共用秒数", "最长一节（秒）", "内存峰值（MiB）", "最早的运行")
    return Part("all-backends", "各后端", Table(heads, [body]))


def _table(rows: Sequence[Row], names: Names) -> Table:
    where = "设备内存（MiB）" if rows[0].elsewhere else "设备"
    heads = ("节", "后端", "结果", "指标", "秒", "内存（MiB）", where, "版本", "日期")
    groups = []
    for docname, members in itertools.groupby(rows, lambda row: row.docname):
        first, *others = (_cells(row, names) for row in members)
        groups.append([(Cell(names.label(docname), scope="rowgroup", rows=1 + len(others)), *first), *others])
    return Table(heads, groups)


def _cells(row: Row, names: Names) -> Line:
    backend = _head(names.backend(row.backend))
    if row.state == "missing":
        return backend, Cell(names.said(_STATES[row.state]), "missing"), *[Cell("")] * 6
    order = {package: place for place, package in enumerate(names.config.backend(row.backend).packages)}
    packages = sorted(row.versions, key=lambda package: (order.get(package, len(order)), package))
    versions = Markup(" ").join(Markup("<span>{} {}</span>").format(name, row.versions[name]) for name in packages)
    return (
        backend,
        Cell(names.said(_STATES[row.state]), row.state),
        _bands(row, names),
        _number(f"{row.seconds:.1f}"),
        _number(_whole(row.memory_mib)),
        _number(_whole(row.device_mib)) if row.elsewhere else Cell(device_name(row.device)),
        Cell(_small(versions)),
        Cell(_date(row.date)),
    )


def _bands(row: Row, names: Names) -> Cell:
    """Return the cell that says how many claims hold, and which do not."""
    if not row.claims:
        return Cell(names.said("{count}个，无断言", count=len(row.metrics)) if row.metrics else "—")
    text = Markup("{}").format(
        names.said("{good} / {claims}成立", good=row.claims - len(row.broken), claims=row.claims)
    )
    wrong = Markup("").join(Markup("<br>") + _code(claim) for claim in row.broken)
    return Cell(text + wrong, "broken" if row.broken else "fresh")


# ---- the last run ----


def changes_page(run: LastRun | None, names: Names) -> tuple[Markup, list[tuple[str, str]]]:
    """Return the page of what the last run has changed, and its headings: id and text."""
    if run is None:
        text = Markup(names.said(_NO_RUN))
        return fragment("results.html", head=[text], parts=(), dated=False), []
    good = [change for change in run.runs if change.status == "ok"]
    bad = [change for change in run.runs if change.status != "ok"]
    old = [change for change in good if change.before]
    found = (
        _failures(bad, run.unreached, names),
        _new([change for change in good if not change.before], names),
        _versions(run.runs, names),
        _metrics(old, names),
        _times(old, names),
        _memories(old, names),
    )
    parts = [names.told(part) for part in found if any(part.table.groups)]
    total = sum(change.now.seconds for change in run.runs)
    device = names.listed(sorted({device_name(change.now.device) for change in run.runs}))
    ended = names.said("通过{count}个", count=len(good))
    ended += names.said("，没有通过{count}个", count=len(bad)) if bad else ""
    ended += names.said("，没有轮到{count}个", count=len(run.unreached)) if run.unreached else ""
    said = "{device}：跑了{count}个运行，共{seconds}秒；{told}。"
    told = names.said(said, device=device, count=len(run.runs), seconds=_whole(total), told=ended)
    head = [_date(run.date), told, *([] if parts else [names.said("与上一次存下来的结果没有差别。")])]
    return fragment("results.html", head=head, parts=parts, dated=True), [(part.id, part.title) for part in parts]


def _failures(bad: Sequence[Change], unreached: Sequence[str], names: Names) -> Part:
    rows: list[Line] = [
        (
            *names.place(change.projection),
            Cell(names.said(_ENDS[change.status]) if change.status in _ENDS else change.status, "broken"),
            Cell(_code(change.fault)),
        )
        for change in bad
    ]
    rows += [(*names.place(key), Cell(names.said("没有轮到"), "missing"), Cell("")) for key in unreached]
    return Part("failures", "没有通过", Table(("节", "后端", "结果", "错误"), [rows]))


def _new(runs: Sequence[Change], names: Names) -> Part:
    rows = [
        (*names.place(run.projection), _number(f"{run.now.seconds:.1f}"), _number(_whole(run.now.memory_mib)))
        for run in runs
    ]
    return Part("new", "第一次运行", Table(("节", "后端", "秒", "内存（MiB）"), [rows]))


def _versions(runs: Sequence[Change], names: Names) -> Part:
    counts = Counter(
        (run.projection.partition("/")[0], package, *pair) for run in runs for package, pair in run.versions.items()
    )
    rows = [
        (_head(names.backend(backend)), Cell(package), Cell(old or "—"), Cell(new or "—"), _number(str(number)))
        for (backend, package, old, new), number in sorted(counts.items())
    ]
    return Part("versions", "版本有变", Table(("后端", "软件包", "此前", "这次", "运行"), [rows]))


def _metrics(runs: Sequence[Change], names: Names) -> Part:
    all_ = [(run, name, old, new) for run in runs for name, (old, new) in run.metrics.items()]
    rows = [
        (
            *names.place(run.projection),
            Cell(_code(name)),
            _number(_value(old)),
            _number(_value(new)),
            _number(_relative(old, new)),
        )
        for run, name, old, new in all_
        if old is None or new is None or abs(new - old) > ROUNDING * abs(old)
    ]
    same = sum(run.same_metrics for run in runs)
    few = len(all_) - len(rows)
    rounded = names.said("{count}个只差在末几位，", count=few) if few else ""
    said = "{count}个指标与此前存的不同；另有{rounded}{same}个一位不差。"
    words = names.said(said, count=len(rows), rounded=rounded, same=same)
    return Part("metrics", "指标有变", Table(("节", "后端", "指标", "此前", "这次", "相差"), [rows]), words)


def _times(runs: Sequence[Change], names: Names) -> Part:
    pairs = [(run, run.before.seconds, run.now.seconds) for run in runs if run.before]
    before, now = sum(old for _, old, _ in pairs), sum(new for _, _, new in pairs)
    said = names.said("合计从{before}到{now}。", before=_whole(before), now=_whole(now))
    return Part("seconds", "时间有变", *_compared(pairs, SLOWER, WORTH, "秒", names, said))


def _memories(runs: Sequence[Change], names: Names) -> Part:
    pairs = [(run, run.before.memory_mib, run.now.memory_mib) for run in runs if run.before]
    return Part("memory", "内存有变", *_compared(pairs, MORE, WORTH_MIB, "MiB", names))


def _compared(
    pairs: Sequence[tuple[Change, float, float]], factor: float, worth: float, unit: str, names: Names, said: str = ""
) -> tuple[Table, str]:
    """Return a table of the numbers that differ much, largest difference first, with a line on all of them."""
    much = [item for item in pairs if _much(item[1], item[2], factor, worth)]
    much.sort(key=lambda item: (abs(item[1] - item[2]), item[0].projection))
    rows = [
        (
            *names.place(run.projection),
            _number(f"{old:.1f}"),
            _number(f"{new:.1f}"),
            _number(names.said("{ratio}倍", ratio=f"{new / old:.2f}") if old else "—"),
        )
        for run, old, new in reversed(much)
    ]
    table = Table(("节", "后端", f"此前（{unit}）", f"这次（{unit}）", "之比"), [rows])
    words = "{said}以下各项相差两成以上，并且多于{worth} {unit}。"
    shown = unit if unit != "秒" or is_chinese(names.config.lang) else "s"
    return table, names.said(words, said=said, worth=f"{worth:g}", unit=shown)


def _much(old: float, new: float, factor: float, worth: float) -> bool:
    return max(old, new) > factor * min(old, new) and abs(old - new) > worth


# ---- pieces ----


def _head(text: str) -> Cell:
    return Cell(text, scope="row")


def _number(text: str) -> Cell:
    return Cell(text, "text-right")


def _small(text: str) -> Markup:
    return Markup("<small>{}</small>").format(text)


def _code(text: str) -> Markup:
    return Markup("<code>{}</code>").format(text)


def _date(date: str) -> Markup:
    """Return a date, to which a script adds the age."""
    return Markup('<time datetime="{}">{}</time>').format(date, date)


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _value(value: float | None) -> str:
    return "—" if value is None else f"{value:.{_DIGITS}g}".replace("-", "−")


def _relative(old: float | None, new: float | None) -> str:
    if old is None or new is None or not old:
        return "—"
    return f"{(new - old) / abs(old):+.1e}".replace("-", "−")


def headings(outline: Iterable[tuple[str, str]], titles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield id and plain text of headings; chapters stand there by their docnames, whose ``titles`` are known."""
    for name, text in outline:
        yield name, titles.get(text, text)
