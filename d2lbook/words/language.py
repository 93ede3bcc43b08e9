"""Words that the engine writes, in the book's language: ours in Chinese and English, Sphinx's catalogues for others.

The engine's own texts are written in Chinese, and only so: whole sentences are looked up (``said``, in ``sentences``);
what is put together, templates and scripts are made of the phrases below, longest first (``spoken``). What is not
English comes from Sphinx's catalogue where that has the words, else it stays English.
"""

from __future__ import annotations

import functools
import gettext
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from d2lbook.words.sentences import SENTENCES

NAMES = {"figure": "图", "table": "表", "equation": "式", "section": "节"}
_SPHINX = {"figure": "Fig. %s", "table": "Table %s", "section": "Section %s"}
_ENGLISH = {"figure": "Figure {}", "table": "Table {}", "equation": "({})", "section": "Section {}"}
_WRITTEN = {
    "figure": ("figure", "figures", "fig.", "figs."),
    "table": ("table", "tables", "tab."),
    "section": ("section", "sections", "sec.", "chapter", "chapters", "chap."),
    "equation": (),
}
"""Words before a reference that say what it leads to already."""
_CATALOGUE = {
    "上一节": "Previous topic", "下一节": "Next topic", "搜索": "Search", "目录": "Table of Contents", "索引": "Index",
    "本页目录": "Contents",
}  # fmt: skip
"""Phrases that Sphinx's catalogues have, with what they are called there."""
_RULE = "代码或它用到的函数改动以后，相应的输出要重新运行才能发布；正文里取自输出的数字由程序从运行记录里填写。"
PHRASES = {
    "未运行": "not run",
    "此后代码有改动，输出待更新": "the code has changed since; outputs to be run again",
    "本节没有": "This section has no version for ",
    "版本。": ".",
    "这一步没有": "This step has no code for ",
    "的代码。": ".",
    "答案": "Answer",
    "本章答案": "Answers",
    "练习": "Exercise",
    "见第□页": "page □",
    "订阅更新": "Feed of changes",
    "提示": "Hint",
    "先猜一猜": "Guess first",
    "常见故障": "Pitfall",
    "今天怎么用": "How to use it today",
    "准备：": "Preparation: ",
    "导入": "imports",
    "看结果": "Show the result",
    "约十分钟": "about ten minutes",
    "约半小时": "about half an hour",
    "约一个晚上": "an evening",
    "标准错误": "standard error",
    "出错信息": "error",
    "参考文献": "References",
    "：代码": ": code",
    "本段的链接": "Link to this place",
    "后端": "Backend",
    "上面代码画出的图": "What the code above drew",
    "次实际运行": "real runs",
    "条断言成立": "claims hold",
    "软件版本": "versions",
    "最近一次运行": "last run",
    "筛选": "Narrow",
    "各后端": "All",
    "这个后端还没有它": "not there yet",
    "会动的图：": "Moving picture: ",
    "上一步": "Back",
    "下一步": "On",
    "播放": "Play",
    "暂停": "Pause",
    "还原": "Still picture",
    "选一种": "Choose one",
    "下载笔记本": "Download the notebook",
    "在Colab中打开": "Open in Colab",
    "记下读过的节": "Remember what I have read",
    "不记读过的节（并清除）": "Forget what I have read",
    "继续阅读": "Read on: ",
    "读过": "read",
    "报告错误": "Report a fault",
    "上一节": "Previous",
    "下一节": "Next",
    "前后章节": "Previous and next",
    "跳到正文": "Skip to the text",
    "目录": "Contents",
    "搜索全书": "Search the book",
    "搜索": "Search",
    "切换明暗，现在": "Switch theme, now ",
    "切换明暗": "Switch between light and dark",
    "全书目录": "Contents of the book",
    "开始阅读": "Start reading",
    "下载网站、PDF和笔记本": "Download site, PDF and notebooks",
    "本页目录": "On this page",
    "在GitHub上修改本页": "Edit this page on GitHub",
    "并排对照": "Side by side",
    "与哪些后端并排": "Beside which backends",
    "只看一个": "One only",
    "复制代码": "Copy the code",
    "已复制": "Copied",
    "复制": "Copy",
    "代码不折行": "Don't wrap code",
    "代码折行": "Wrap code",
    "可以滚动的内容": "Can be scrolled",
    "随系统": "system",
    "明暗：": "Theme: ",
    "没有找到": "Nothing found",
    "没有一页写着“": "No page says “",
    "”，下面": "”; nearest are the ",
    "页最相近": " pages below",
    "找到${literal}页${many}": "Found on ${literal} pages${many}",
    '"以上"': '" or more"',
    "术语 · ": "Term · ",
    '"暗"': '"dark"',
    '"亮"': '"light"',
    "地址可能写错了，也可能这一页已经改名。可以用上方的搜索找一找，或者从": "The address is mistyped, or "
    "the page was renamed. Search above, or begin at the ",
    "首页": "front page",
    "的目录进去。": ".",
    "找到": "Found on ",
    "length}页": "length} pages",
    "（今天）": " (today)",
    "天前）": " days ago)",
    "术语表": "Glossary",
    "d2l函数索引": "Functions of d2l",
    "没有这一页": "No such page",
    "运行结果": "Results",
    "最近一次运行的变化": "Changes of the last run",
    "索引": "Index",
    "这些输出是怎样得到的": "How these outputs came about",
    "书中的代码还没有运行过。": "The code of this book has not been run.",
    "书中的代码和输出来自": "Code and outputs come from ",
    "次实际运行，": " real runs, ",
    "运行于": "made on ",
    "，设备是": " on ",
    "，用时合计": ", in ",
    "秒。": " seconds.",
    "软件版本：": "Versions: ",
    _RULE: "Where code or a function that it uses has changed, its outputs are run again before they are published; "
    "numbers in the text that come from outputs are filled in from the records of the runs.",
    "# 书中其他函数从此也用上面的定义": "# the book's other functions use these definitions from here on",
    "准备：本节要用的d2l在{folder}.zip里，与本文件放在一起": "Preparation: d2l is in {folder}.zip, to be put beside "
    "this file",
    "准备：本节要用的d2l在{folder}.zip里，不在旁边就取来": "Preparation: d2l is in {folder}.zip, fetched unless "
    "it lies here",
    "，共": ", ",
    "个；各后端用同样的名字和同样的参数。导入用": " names; the same in every backend. Import with ",
    "书中存进": "Names saved into ",
    "的名字": "",
    "（换一个后端只换模块的名字，如": " (another backend: another module, such as ",
    "没有": "none",
    "这个后端不需要它": "this backend does not need it",
    "定义于 ": "Defined in ",
    "版本": "Version ",
}
"""The engine's phrases, and what they are in English."""
_PUNCTUATION = {
    "：": ": ",
    "，": ", ",
    "；": "; ",
    "。": ". ",
    "（": " (",
    "）": ")",
    "、": ", ",
    "\u3000": " ",
    "“": "“",
    "”": "”",
}
_HAN = re.compile(r"[\u3400-\u9fff，。：；（）、\u3000]")
_PHRASE = re.compile("|".join(map(re.escape, sorted((*PHRASES, *_PUNCTUATION), key=len, reverse=True))))

_WORDS = re.compile("|".join(map(re.escape, sorted(PHRASES, key=len, reverse=True))))


def is_chinese(lang: str) -> bool:
    """Tell whether a book's language is Chinese, in whatever script."""
    return lang.lower().startswith("zh")


def spoken(text: str, lang: str, source: bool = False) -> str:
    """Return a text of the engine's own in a book's language; authors' words are not to be given to it.

    ``source``: it is a template or a script, whose signs stay.
    """
    if is_chinese(lang) or not _HAN.search(text):
        return text
    return (_WORDS if source else _PHRASE).sub(lambda match: _phrase(match[0], lang), text)


def said(text: str, lang: str, **values: object) -> str:
    """Return a whole sentence, or a term, of the engine's own in a book's language, what stands in braces filled in.

    It is one of ``sentences``: in a book that is not Chinese KeyError for any other.
    """
    return (text if is_chinese(lang) else SENTENCES[text]).format(**values)


def listed(texts: Iterable[str], lang: str) -> str:
    """Return texts as a list in a sentence."""
    return ("、" if is_chinese(lang) else ", ").join(texts)


def named(kind: str, number: str, lang: str, before: str = "") -> str:
    """Return what a figure, table, equation or section is called by its number: 图3.2, Figure 3.2, Section 3.1.

    ``before``: the text before it, which may hold the word already. ``lang`` is none of Chinese, but for figures and
    tables.
    """
    if is_chinese(lang):
        return number if before.endswith(NAMES[kind]) else NAMES[kind] + number
    if before.rstrip(" ~\n\u00a0").lower().endswith(_WRITTEN[kind]) and _WRITTEN[kind]:
        return number
    pattern = _ENGLISH[kind]
    if not lang.lower().startswith("en") and kind in _SPHINX:
        told = _catalogue(lang).gettext(_SPHINX[kind])
        pattern = pattern if told == _SPHINX[kind] else told.replace("%s", "{}")
    return pattern.format(number)


def _phrase(phrase: str, lang: str) -> str:
    if not lang.lower().startswith("en") and phrase in _CATALOGUE:
        told = _catalogue(lang).gettext(_CATALOGUE[phrase])
        if told != _CATALOGUE[phrase]:
            return told
    return PHRASES.get(phrase, _PUNCTUATION.get(phrase, phrase))


@functools.cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    spec = find_spec("sphinx")
    folder = Path(spec.origin).parent / "locale" if spec and spec.origin else Path()
    names = [lang.replace("-", "_"), re.split(r"[-_]", lang)[0]]
    return gettext.translation("sphinx", folder, languages=names, fallback=True)
