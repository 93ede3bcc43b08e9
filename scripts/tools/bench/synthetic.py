"""A synthetic book in the old dialect, as heavy as a real one, with its outputs in our store.

A section has four tabs, 18 cells with outputs in each, 40 formulas, 5 references, 2 figures, besides citations, a
table, a text tab and two saved functions. The same numbers give the same book. Old dialect only: both engines read it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.v4 import new_notebook, new_output

from d2lbook.book import book as books
from d2lbook.book.projection import Projection
from d2lbook.evidence import store
from d2lbook.execute.model import Job, Result

TABS = ("mxnet", "pytorch", "tensorflow", "jax")
LIBRARIES = {"mxnet": "np", "pytorch": "torch", "tensorflow": "tf", "jax": "jnp"}
IMPORTS = {
    "mxnet": "from mxnet import np, npx",
    "pytorch": "import torch",
    "tensorflow": "import tensorflow as tf",
    "jax": "from jax import numpy as jnp",
}
PER_CHAPTER = 10
BOUND = 5
"""Chapters in a volume: some 640 pages."""
GROUPS, COMMON = 7, 11
"""Cells with a variant for each tab, and cells for all tabs: 18 in each tab."""
_TEXT = """
我们 可以 使用 梯度 下降 模型 参数 训练 数据 样本 特征 标签 损失 函数 网络 层 权重 偏置 激活 输出 输入 卷积
注意力 循环 隐状态 序列 词元 概率 分布 期望 方差 学习率 批量 迭代 周期 泛化 误差 正则化 过拟合 矩阵 向量 张量
形状 广播 导数 因此 例如 然而 首先 接下来 通常 这个 那些 一个 两个 更新 计算 得到 表示 预测 优化 收敛 初始化
评估 精度 推断 编码器 解码器 嵌入 维度 通道 步幅 填充 池化 残差 归一化 丢弃 随机 均匀 高斯 线性 非线性 分类
回归 目标 检测 图像 文本
"""
WORDS = tuple(_TEXT.split())
CONFIG = """\
[project]
name = bench
title = 基准书
author = nobody
release = 1.0
lang = zh_CN

[build]
notebooks = *.md */*.md
resources = img/ bench.bib
tabs = {tabs}
outputs_dir = static/outputs
bibfile = bench.bib

[pdf]
bibfile = bench.bib
{volumes}

{libraries}
"""
LIBRARY = """\
[library-{tab}]
lib_file = d2l/{tab}.py
lib_name = {library}
simple_alias = ones, zeros, tensor, arange, meshgrid, sin, cos, exp, matmul, linspace, eye, stack -> stack,
    concat -> concatenate, float32, int32
fluent_alias = numpy, reshape, to, reduce_sum -> sum, argmax, astype, transpose
"""


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A book of ``sections`` numbered sections, in chapters of ten."""

    sections: int

    def names(self) -> list[str]:
        """Return the sections' docnames."""
        return [f"chapter_{place // PER_CHAPTER:02d}/s{place:03d}" for place in range(self.sections)]

    def write(self, root: Path) -> None:
        """Write sources, pictures, bibliography, settings and stored outputs into ``root``."""
        libraries = "\n".join(LIBRARY.format(tab=tab, library=library) for tab, library in LIBRARIES.items())
        _put(root / "config.ini", CONFIG.format(tabs=", ".join(TABS), libraries=libraries, volumes=self._volumes()))
        _put(root / "bench.bib", "\n".join(_entry(place) for place in range(60)))
        for tab in TABS:
            header = f"{IMPORTS[tab]}\nimport sys\nd2l = sys.modules[__name__]\n\n"
            _put(root / "d2l" / f"{tab}.py", header + "#################   WARNING   ################\n")
        self.write_index(root)
        for place, name in enumerate(self.names()):
            self.write_section(root, place, name)
        self.store_outputs(root, {name: place for place, name in enumerate(self.names())})

    def _volumes(self) -> str:
        """Return the settings of volumes of ``BOUND`` chapters each."""
        chapters = list(dict.fromkeys(name.partition("/")[0] for name in self.names()))
        parts = [chapters[start : start + BOUND] for start in range(0, len(chapters), BOUND)]
        lines = "\n    ".join(f"第{place}部分: {', '.join(part)}" for place, part in enumerate(parts, 1))
        return f"volumes = {lines}" if len(parts) > 1 else ""

    def write_index(self, root: Path) -> None:
        """Write the index and the chapters' pages."""
        chapters: dict[str, list[str]] = {}
        for name in self.names():
            chapters.setdefault(name.partition("/")[0], []).append(name.partition("/")[2])
        listed = "\n".join(f"{chapter}/index" for chapter in chapters)
        front = f"# 基准书\n\n一本合成的书。\n\n```toc\n:maxdepth: 2\n:numbered:\n\n{listed}\n```\n\n"
        _put(root / "index.md", front + "```toc\n:maxdepth: 1\n\nchapter_zz/references\n```\n")
        _put(root / "chapter_zz/references.md", "# 参考文献\n\n:bibliography:`../bench.bib`\n")
        for chapter, names in chapters.items():
            head = f"# 章{chapter[-2:]}\n:label:`chap_{chapter[-2:]}`\n\n{_sentences(random.Random(chapter), 6)}\n\n"
            _put(root / chapter / "index.md", head + "```toc\n:maxdepth: 2\n\n" + "\n".join(names) + "\n```\n")

    def write_section(self, root: Path, place: int, name: str) -> None:
        """Write one section with its pictures."""
        _put(root / f"{name}.md", "\n".join(_Section(place).lines()))
        for picture in range(2):
            _put(root / f"img/p{place:03d}-{picture}.svg", _picture(random.Random(place * 2 + picture), 40))

    @staticmethod
    def store_outputs(root: Path, places: Mapping[str, int]) -> None:
        """Store a run of each section named in ``places``, in every tab; their numbers decide what it gave."""
        book = books.load(root)
        for name, place in places.items():
            for projection in book.projections(book.section(name)):
                store.save(book, _result(book.config.root, projection, place))


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _entry(place: int) -> str:
    return (
        f"@article{{Author{place}.{1960 + place},\n  title = {{A study of number {place}}},\n"
        f"  author = {{Author{place}, Ann and Second, Bob}},\n  journal = {{Journal of Studies}},\n"
        f"  volume = {{{place}}},\n  year = {{{1960 + place}}}\n}}\n"
    )


def _sentence(chance: random.Random) -> str:
    return "，".join("".join(chance.choices(WORDS, k=chance.randint(5, 9))) for _ in range(chance.randint(2, 3))) + "。"


def _sentences(chance: random.Random, count: int) -> str:
    return "\n".join(_sentence(chance) for _ in range(count))


def _picture(chance: random.Random, shapes: int) -> str:
    parts = "".join(
        f'<path d="M{chance.randint(0, 300)} {chance.randint(0, 180)}'
        + "".join(f"L{chance.uniform(0, 300):.2f} {chance.uniform(0, 180):.2f}" for _ in range(8))
        + f'" fill="none" stroke="#{chance.randrange(1 << 24):06x}"/>'
        for _ in range(shapes)
    )
    size = 'width="300pt" height="180pt" viewBox="0 0 300 180"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{parts}</svg>'


class _Section:
    """Lines of one section."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.chance = random.Random(place)
        self.formulas = 0
        self.imported = False

    def lines(self) -> Iterator[str]:
        place = self.place
        yield from (f"# 小节{place:03d}{''.join(self.chance.choices(WORDS, k=2))}", f":label:`sec_{place}`", "")
        yield f"{_sentences(self.chance, 4)}见:citet:`Author{place % 60}.{1960 + place % 60}`。"
        yield ""
        cells = ["group"] * GROUPS + ["all"] * COMMON
        self.chance.shuffle(cells)
        parts = [cells[start : start + 3] for start in range(0, len(cells), 3)]
        number = 0
        for part, kinds in enumerate(parts):
            yield from (f"## {''.join(self.chance.choices(WORDS, k=3))}", f":label:`sub_{place}_{part}`", "")
            yield from self._prose(part)
            for kind in kinds:
                yield from self._cells(kind, number)
                yield from (_sentences(self.chance, 2) + self._inline(), "")
                number += 1
        yield from ("## 小结", "", *(f"* {_sentence(self.chance)}" for _ in range(4)), "")
        yield from ("## 练习", "", *(f"1. **推导·★。**{_sentence(self.chance)}" for _ in range(4)), "")
        yield from (":begin_tab:`mxnet, pytorch`", _sentence(self.chance), ":end_tab:", "")

    def _inline(self) -> str:
        self.formulas += 1
        a, b = self.chance.randint(1, 9), self.chance.choice("wxyzuvab")
        return f"其中$\\mathbf{{{b}}}_{{{self.place},{self.formulas}}} \\in \\mathbb{{R}}^{{{a}\\times d}}$是参数。"

    def _prose(self, part: int) -> Iterator[str]:
        chance, place = self.chance, self.place
        yield from (_sentences(chance, 3) + self._inline() + _sentence(chance) + self._inline(), "")
        tex = f"\\frac{{{chance.randint(1, 99)}}}{{n}}\\sum_{{i=1}}^n \\left(\\mathbf{{w}}^\\top x_i - y_i\\right)^2"
        yield from (f"$$L_{{{place},{part}}}(\\mathbf{{w}}, b) = {tex} + \\lambda_{{{part}}}\\|\\mathbf{{w}}\\|^2,$$",)
        yield from (f":eqlabel:`eq_{place}_{part}`", "") if part < 3 else ("",)
        self.formulas += 1
        if part < 4:
            tex = f"\\sigma(z_{{{place}}}) = \\frac{{1}}{{1 + \\exp(-{part + 1}z)}}"
            yield from (f"$${tex}.$$", "", _sentence(chance), "")
            self.formulas += 1
        if part < 2:
            name = f"p{place:03d}-{part}"
            yield from (f"![{_sentence(chance)}](../img/{name}.svg)", ":width:`300px`", f":label:`fig_{name}`", "")
        if part == 2:
            yield from (f": {_sentence(chance)}", "", "| 名称 | 值 |", "|:--|--:|")
            yield from (*(f"| {chance.choice(WORDS)} | {chance.random():.3f} |" for _ in range(5)), "")
        if part == 3:
            other = chance.randint(0, place)
            yield from (f"见 :numref:`sec_{other}`、:numref:`fig_p{place:03d}-0`、:numref:`fig_p{place:03d}-1`，", "")
            cited = f"Author{(place + 7) % 60}.{1960 + (place + 7) % 60}"
            yield from (f"又见:eqref:`eq_{place}_0`与:ref:`sec_{other}`，:cite:`{cited}`。", "")

    def _cells(self, kind: str, number: int) -> Iterator[str]:
        chance = self.chance
        rows, columns = chance.randint(2, 6), chance.randint(2, 6)
        name = f"f{self.place}_{number}"
        if kind == "all":
            lines = [f"# {_sentence(chance)}", f"x = d2l.reshape(d2l.arange({rows * columns}), ({rows}, {columns}))"]
            lines += [f"y = x * {chance.randint(2, 99)}", "for i in range(3):", "    y = y + i", "y, d2l.reduce_sum(y)"]
            if number % 3:
                lines[1] = f"x = {name}({rows}) if {rows} > 99 else {columns}"
                lines[-1] = "print(x, y)"
            yield from ("```{.python .input}", "#@tab all", *lines, "```", "")
            return
        for tab in TABS:
            library = LIBRARIES[tab]
            saved = [f"def {name}(x, scale={rows}):  #@save"] if number % 5 == 0 else [f"def {name}(x, scale={rows}):"]
            lines = [] if self.imported else [IMPORTS[tab], "", ""]
            lines += [*saved, f'    """{_sentence(chance)}"""', "    for k in range(scale):"]
            lines += [f"        x = {library}.tanh(x) + k * {columns}", "    return x", "", ""]
            lines += [f"x = {library}.arange({rows * columns})", f"{name}(x)"]
            head = ["#@tab " + tab] if tab != TABS[0] else []
            yield from ("```{.python .input}", *head, *lines, "```", "")
        self.imported = True


def _result(root: Path, projection: Projection, place: int) -> Result:
    chance = random.Random(f"{place} {projection.backend}")
    outputs = tuple(tuple(_outputs(chance, number, projection.backend)) for number in range(len(projection.cells)))
    return Result(
        Job(projection, Path("python"), root),
        "ok",
        new_notebook(),
        outputs,
        seconds=chance.uniform(1, 20),
        memory_mib=300,
    )


def _outputs(chance: random.Random, number: int, backend: str) -> Sequence[dict[str, Any]]:
    """Return what a cell gave: two plots and a table in 18, else text, half of it the same in all tabs."""
    if number in (5, 14):
        data = {"image/svg+xml": _picture(chance, 60), "text/plain": "<Figure size 350x250>"}
        return [dict(new_output("display_data", data=data))]
    if number == 9:
        rows = "".join(f"<tr><td>{place}</td><td>{chance.random():.4f}</td></tr>" for place in range(5))
        data = {"text/html": f"<table>{rows}</table>", "text/plain": "table"}
        return [dict(new_output("execute_result", data=data, execution_count=number + 1))]
    if number % 2:
        return [dict(new_output("stream", name="stdout", text=f"epoch {number}, loss 0.{number:04d}\n" * 4))]
    values = ",\n        ".join(f"[{chance.random():.4f}, {chance.random():.4f}]" for _ in range(4))
    text = f"{backend}.tensor([{values}])"
    return [dict(new_output("execute_result", data={"text/plain": text}, execution_count=number + 1))]
