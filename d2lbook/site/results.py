"""Two pages that no section is: the result of every section in every backend, and what the last run has changed.

What they say comes from the store, the results of other devices and the summary of the last run, nothing by hand. Ages
are reckoned by a script from the dates that stand there, so that the same store gives the same pages.
"""

from __future__ import annotations

import html
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from d2lbook.book.config import BASE, Config
from d2lbook.evidence.last_run import Change, LastRun
from d2lbook.evidence.provenance import device_name
from d2lbook.evidence.table import Row

RESULTS, CHANGES = "results", "changes"
TITLES = {RESULTS: "运行结果", CHANGES: "最近一次运行的变化"}
STYLES, SCRIPT = "results.css", "results.js"
"""What these pages have besides the style sheets and scripts of all pages."""
_STATES = {"fresh": "通过", "stale": "待更新", "missing": "未运行", "other": "版本不同"}
_ELSEWHERE = (
    "<p>页面上的输出来自CPU；同样的代码在这个设备上另跑一遍，只记下指标、时间、内存与版本。“版本不同”是指那台机器上的包与"
    "锁定的版本不同，版本一栏写的是实际所用的。设备内存是运行期间占用的最大值，包括框架预留的部分。</p>"
)
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
_RIGHT = ' class="text-right"'
"""What columns of numbers are called, and how they stand."""

Label = Callable[[str], str]
"""Docname to a link with the section's number and title, as HTML."""


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called on these pages."""

    config: Config
    label: Label
    chapter: Label
    """Docname of a section to that of its chapter."""

    def backend(self, name: str) -> str:
        """Return a backend's title."""
        return _text(self.config.backend(name).title)

    def place(self, key: str) -> str:
        """Return section and backend of ``backend/docname``, as two cells of a table."""
        backend, _, docname = key.partition("/")
        known = backend == BASE or backend in self.config.backend_names
        return _row_head(self.label(docname) or _text(docname)) + _cell(
            self.backend(backend) if known else _text(backend)
        )


# ---- every run ----


def results_page(rows: Sequence[Row], names: Names) -> tuple[str, list[tuple[str, str]]]:
    """Return the page of all results, and its headings: id and text."""
    canonical = [row for row in rows if not row.elsewhere]
    others = [row for row in rows if row.elsewhere]
    parts = [_head(canonical), _by_backend(canonical, names)]
    outline = [("all-backends", "各后端")]
    for number, (chapter, members) in enumerate(
        itertools.groupby(canonical, lambda row: names.chapter(row.docname)), 1
    ):
        outline.append((f"chapter-{number}", chapter))
        parts.append(_section(f"chapter-{number}", names.label(chapter), _table(list(members), names)))
    for number, (device, members) in enumerate(itertools.groupby(others, lambda row: row.device), 1):
        outline.append((f"device-{number}", device))
        parts.append(_section(f"device-{number}", _text(device), _ELSEWHERE + _table(list(members), names)))
    return "\n".join(parts), outline


def _head(rows: Sequence[Row]) -> str:
    states: Counter[str] = Counter(row.state for row in rows)
    claims, broken = sum(row.claims for row in rows if row.state != "missing"), sum(len(row.broken) for row in rows)
    told = "、".join(f"{states[name]}个{words}" for name, words in _STATES.items() if states[name])
    bands = f"正文的断言共判{claims}次，{f'有{broken}次不成立' if broken else '全部成立'}" if claims else "正文没有断言"
    return (
        f"<p>全书共{len(rows)}个运行，一节在一个后端里算一个：{told}；{bands}。“待更新”是指运行之后代码、函数库或版本又有"
        "改动；失败的运行不会存下来，它的上一次结果仍在这里。这张表由存下来的输出生成。</p>"
    )


def _by_backend(rows: Sequence[Row], names: Names) -> str:
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
        told = "，".join(f"{package} {'、'.join(versions[package])}" for package in packages)
        fresh = sum(row.state == "fresh" for row in mine)
        cells = (
            _row_head(names.backend(name)),
            _cell(f"<small>{_text(told)}</small>"),
            _number(f"{fresh} / {sum(row.backend == name for row in rows)}"),
            _number(_whole(sum(row.seconds for row in mine))),
            _number(f"{max(row.seconds for row in mine):.1f}"),
            _number(_whole(max(row.memory_mib for row in mine))),
            _cell(_date(min(row.date for row in mine))),
        )
        body.append(f"<tr>{''.join(cells)}</tr>")
    heads = ("后端", "版本", "通过", "共用秒数", "最长一节（秒）", "内存峰值（MiB）", "最早的运行")
    return _section("all-backends", "各后端", _tabled(heads, body))


def _table(rows: Sequence[Row], names: Names) -> str:
    where = "设备内存（MiB）" if rows[0].elsewhere else "设备"
    heads = ("节", "后端", "结果", "指标", "秒", "内存（MiB）", where, "版本", "日期")
    bodies = []
    for docname, members in itertools.groupby(rows, lambda row: row.docname):
        mine = list(members)
        head = f'<th scope="rowgroup" rowspan="{len(mine)}">{names.label(docname)}</th>'
        lines = [f"<tr>{head if row is mine[0] else ''}{_cells(row, names)}</tr>" for row in mine]
        bodies.append(f"<tbody>{''.join(lines)}</tbody>")
    return _tabled(heads, bodies, grouped=True)


def _cells(row: Row, names: Names) -> str:
    backend = f'<th scope="row">{names.backend(row.backend)}</th>'
    if row.state == "missing":
        return f'{backend}<td class="missing">{_STATES[row.state]}</td>' + "<td></td>" * 6
    order = {package: place for place, package in enumerate(names.config.backend(row.backend).packages)}
    packages = sorted(row.versions, key=lambda package: (order.get(package, len(order)), package))
    versions = " ".join(f"<span>{_text(package)} {_text(row.versions[package])}</span>" for package in packages)
    return backend + "".join(
        (
            f'<td class="{row.state}">{_STATES[row.state]}</td>',
            _bands(row),
            _number(f"{row.seconds:.1f}"),
            _number(_whole(row.memory_mib)),
            _number(_whole(row.device_mib)) if row.elsewhere else _cell(_text(device_name(row.device))),
            _cell(f"<small>{versions}</small>"),
            _cell(_date(row.date)),
        )
    )


def _bands(row: Row) -> str:
    """Return the cell that says how many claims hold, and which do not."""
    if not row.claims:
        return _cell(f"{len(row.metrics)}个，无断言" if row.metrics else "—")
    text = f"{row.claims - len(row.broken)} / {row.claims}成立"
    wrong = "".join(f"<br><code>{_text(claim)}</code>" for claim in row.broken)
    return f'<td class="{"broken" if row.broken else "fresh"}">{text}{wrong}</td>'


# ---- the last run ----


def changes_page(run: LastRun | None, names: Names) -> tuple[str, list[tuple[str, str]]]:
    """Return the page of what the last run has changed, and its headings: id and text."""
    if run is None:
        text = "这里还没有运行的记录：合并各份运行（<code>make merge</code>）或跑一次<code>make eval</code>之后才有。"
        return f"<p>{text}</p>", []
    good = [change for change in run.runs if change.status == "ok"]
    bad = [change for change in run.runs if change.status != "ok"]
    old = [change for change in good if change.before]
    sections = (
        ("failures", "没有通过", _failures(bad, run.unreached, names)),
        ("new", "第一次运行", _new([change for change in good if not change.before], names)),
        ("versions", "版本有变", _versions(run.runs, names)),
        ("metrics", "指标有变", _metrics(old, names)),
        ("seconds", "时间有变", _times(old, names)),
        ("memory", "内存有变", _memories(old, names)),
    )
    total = sum(change.now.seconds for change in run.runs)
    device = "、".join(sorted({device_name(change.now.device) for change in run.runs}))
    told = f"通过{len(good)}个" + (f"，没有通过{len(bad)}个" if bad else "")
    told += f"，没有轮到{len(run.unreached)}个" if run.unreached else ""
    told = f"{device}：跑了{len(run.runs)}个运行，共{_whole(total)}秒；{told}。"
    head = f'<p class="when">{_date(run.date)}</p><p>{told}</p>'
    shown = [(name, title, body) for name, title, body in sections if body]
    nothing = "" if shown else "<p>与上一次存下来的结果没有差别。</p>"
    body = "\n".join(_section(name, title, text) for name, title, text in shown)
    return f"{head}{nothing}\n{body}", [(name, title) for name, title, _ in shown]


def _failures(bad: Sequence[Change], unreached: Sequence[str], names: Names) -> str:
    rows = [
        f"<tr>{names.place(change.projection)}"
        f'<td class="broken">{_ENDS.get(change.status, change.status)}</td>'
        f"<td><code>{_text(change.fault)}</code></td></tr>"
        for change in bad
    ]
    rows += [f'<tr>{names.place(key)}<td class="missing">没有轮到</td><td></td></tr>' for key in unreached]
    return _tabled(("节", "后端", "结果", "错误"), rows) if rows else ""


def _new(runs: Sequence[Change], names: Names) -> str:
    rows = [
        f"<tr>{names.place(run.projection)}{_number(f'{run.now.seconds:.1f}')}{_number(_whole(run.now.memory_mib))}</tr>"
        for run in runs
    ]
    return _tabled(("节", "后端", "秒", "内存（MiB）"), rows) if rows else ""


def _versions(runs: Sequence[Change], names: Names) -> str:
    counts = Counter(
        (run.projection.partition("/")[0], package, *pair) for run in runs for package, pair in run.versions.items()
    )
    rows = [
        f"<tr>{_row_head(names.backend(backend))}{_cell(_text(package))}{_cell(_text(old) or '—')}"
        f"{_cell(_text(new) or '—')}{_number(str(number))}</tr>"
        for (backend, package, old, new), number in sorted(counts.items())
    ]
    return _tabled(("后端", "软件包", "此前", "这次", "运行"), rows) if rows else ""


def _metrics(runs: Sequence[Change], names: Names) -> str:
    all_ = [(run, name, old, new) for run in runs for name, (old, new) in run.metrics.items()]
    rows = [
        f"<tr>{names.place(run.projection)}<td><code>{_text(name)}</code></td>{_number(_value(old))}"
        f"{_number(_value(new))}{_number(_relative(old, new))}</tr>"
        for run, name, old, new in all_
        if old is None or new is None or abs(new - old) > ROUNDING * abs(old)
    ]
    if not rows:
        return ""
    same = sum(run.same_metrics for run in runs)
    table = _tabled(("节", "后端", "指标", "此前", "这次", "相差"), rows)
    rounded = f"{len(all_) - len(rows)}个只差在末几位，" if len(all_) > len(rows) else ""
    return f"<p>{len(rows)}个指标与此前存的不同；另有{rounded}{same}个一位不差。</p>{table}"


def _times(runs: Sequence[Change], names: Names) -> str:
    pairs = [(run, run.before.seconds, run.now.seconds) for run in runs if run.before]
    return _compared(pairs, SLOWER, WORTH, "秒", names)


def _memories(runs: Sequence[Change], names: Names) -> str:
    pairs = [(run, run.before.memory_mib, run.now.memory_mib) for run in runs if run.before]
    return _compared(pairs, MORE, WORTH_MIB, "MiB", names)


def _compared(
    pairs: Sequence[tuple[Change, float, float]], factor: float, worth: float, unit: str, names: Names
) -> str:
    """Return a table of the numbers that differ much, largest difference first, with a line on all of them."""
    much = [item for item in pairs if _much(item[1], item[2], factor, worth)]
    if not much:
        return ""
    much.sort(key=lambda item: (abs(item[1] - item[2]), item[0].projection))
    rows = [
        f"<tr>{names.place(run.projection)}{_number(f'{old:.1f}')}{_number(f'{new:.1f}')}"
        f"{_number(f'{new / old:.2f}倍' if old else '—')}</tr>"
        for run, old, new in reversed(much)
    ]
    before, now = sum(old for _, old, _ in pairs), sum(new for _, _, new in pairs)
    said = f"合计从{_whole(before)}到{_whole(now)}。" if unit == "秒" else ""
    table = _tabled(("节", "后端", f"此前（{unit}）", f"这次（{unit}）", "之比"), rows)
    return f"<p>{said}以下各项相差两成以上，并且多于{worth:g} {unit}。</p>{table}"


def _much(old: float, new: float, factor: float, worth: float) -> bool:
    return max(old, new) > factor * min(old, new) and abs(old - new) > worth


# ---- pieces ----


def _section(name: str, title: str, body: str) -> str:
    return f'<section id="{name}"><h2>{title}</h2>{body}</section>'


def _tabled(heads: Iterable[str], rows: Iterable[str], grouped: bool = False) -> str:
    head = "".join(f'<th scope="col"{_RIGHT if _NUMERIC.search(name) else ""}>{name}</th>' for name in heads)
    body = "\n".join(rows)
    body = body if grouped else f"<tbody>{body}</tbody>"
    return f'<div class="table results"><table><thead><tr>{head}</tr></thead>{body}</table></div>'


def _row_head(text: str) -> str:
    return f'<th scope="row">{text}</th>'


def _cell(text: str) -> str:
    return f"<td>{text}</td>"


def _number(text: str) -> str:
    return f'<td class="text-right">{text}</td>'


def _date(date: str) -> str:
    """Return a date, to which a script adds the age."""
    return f'<time datetime="{_text(date)}">{_text(date)}</time>'


def _whole(number: float) -> str:
    return f"{number:,.0f}"


def _value(value: float | None) -> str:
    return "—" if value is None else f"{value:.{_DIGITS}g}".replace("-", "−")


def _relative(old: float | None, new: float | None) -> str:
    if old is None or new is None or not old:
        return "—"
    return f"{(new - old) / abs(old):+.1e}".replace("-", "−")


def _text(text: str) -> str:
    return html.escape(text)


def headings(outline: Iterable[tuple[str, str]], titles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield id and plain text of headings; chapters stand there by their docnames, whose ``titles`` are known."""
    for name, text in outline:
        yield name, titles.get(text, text)
