"""Whole sentences and terms that the engine writes, in English: those of the pages of results, of libraries, of zips.

What is put together of phrases stands in ``language``.
"""

from __future__ import annotations

SENTENCES = {
    "各后端": "By backend",
    "后端": "Backend",
    "版本": "Versions",
    "通过": "Passed",
    "共用秒数": "Seconds in all",
    "最长一节（秒）": "Longest section (s)",
    "内存峰值（MiB）": "Peak memory (MiB)",
    "最早的运行": "Earliest run",
    "节": "Section",
    "结果": "Result",
    "指标": "Metrics",
    "秒": "Seconds",
    "内存（MiB）": "Memory (MiB)",
    "设备内存（MiB）": "Device memory (MiB)",
    "设备": "Device",
    "日期": "Date",
    "错误": "Error",
    "软件包": "Package",
    "此前": "Before",
    "这次": "Now",
    "运行": "Runs",
    "相差": "Difference",
    "之比": "Ratio",
    "此前（秒）": "Before (s)",
    "这次（秒）": "Now (s)",
    "此前（MiB）": "Before (MiB)",
    "这次（MiB）": "Now (MiB)",
    "没有通过": "Not passed",
    "第一次运行": "Run for the first time",
    "版本有变": "Versions changed",
    "指标有变": "Metrics changed",
    "时间有变": "Times changed",
    "内存有变": "Memory changed",
    "待更新": "stale",
    "未运行": "not run",
    "版本不同": "other versions",
    "出错": "failed",
    "超时": "timed out",
    "内存不够": "out of memory",
    "输出过多": "too much output",
    "内核中止": "kernel died",
    "被停止": "stopped",
    "空跑": "ran empty",
    "未跑（缺设备）": "not run (no such device)",
    "机器丢失": "machine lost",
    "未采用": "refused",
    "没有轮到": "not reached",
    "，": "; ",
    "{count}个{state}": "{count} {state}",
    "正文的断言共判{claims}次，有{broken}次不成立": "of {claims} judgements of claims {broken} fail",
    "正文的断言共判{claims}次，全部成立": "all {claims} judgements of claims hold",
    "正文没有断言": "the text makes no claims",
    "全书共{count}个运行，一节在一个后端里算一个：{told}；{bands}。“待更新”是指运行之后代码、函数库或版本又有"
    "改动；失败的运行不会存下来，它的上一次结果仍在这里。这张表由存下来的输出生成。": "{count} runs, "
    "one for each section in each backend: {told}; {bands}. “Stale” means that code, library or versions have changed "
    "since; a run that fails is not stored, and its last result still stands here. This table is made from the "
    "stored outputs.",
    "页面上的输出来自CPU；同样的代码在这个设备上另跑一遍，只记下指标、时间、内存与版本。“版本不同”是指那台机器上的包与"
    "锁定的版本不同，版本一栏写的是实际所用的。设备内存是运行期间占用的最大值，包括框架预留的部分。": "The outputs "
    "on the pages come from a CPU; the same code ran on this device too, where metrics, times, memory and versions "
    "were noted. “Other versions” means that packages there are not those that are pinned. Device memory is the most "
    "that was taken, what the framework reserves included.",
    "{count}个，无断言": "{count}, no claims",
    "{good} / {claims}成立": "{good} / {claims} hold",
    "这里还没有运行的记录：合并各份运行（<code>d2lbook merge</code>）或跑一次<code>d2lbook eval</code>之后才有。": "No "
    "run is on record: there will be one when runs are merged (<code>d2lbook merge</code>), or after "
    "<code>d2lbook eval</code>.",
    "通过{count}个": "{count} passed",
    "，没有通过{count}个": ", {count} did not",
    "，没有轮到{count}个": ", {count} were not reached",
    "{device}：跑了{count}个运行，共{seconds}秒；{told}。": "{device}: {count} runs, {seconds} seconds in all; {told}.",
    "与上一次存下来的结果没有差别。": "Nothing differs from what was stored before.",
    "{count}个只差在末几位，": "{count} differ in the last digits only, ",
    "{count}个指标与此前存的不同；另有{rounded}{same}个一位不差。": "{count} metrics differ from those stored before; "
    "{rounded}{same} are the same to the last digit.",
    "合计从{before}到{now}。": "In all from {before} to {now}. ",
    "{ratio}倍": "{ratio} times",
    "在{name}中打开": "Open in {name}",
    "《{title}》的代码库，每个后端一个包：": "The library of “{title}”, a package for each backend:",
    "与框架无关的代码，每个后端的包都包含它。": "Code without a framework, which each package holds.",
    "{title}版的d2l库。": "The library d2l for {title}.",
    "在Colab里先取来{folder}文件夹，d2l在其中；在别处只设好路径": "on Colab the folder {folder}, which holds d2l, is "
    "fetched first; elsewhere this only sets the path",
    "这些版本要Python {newest}：在命令面板里选“更改运行时版本”，换好后从头运行": "these versions need Python {newest}: "
    "change the runtime version, and run from the top",
    "{title}：笔记本": "{title}: notebooks",
    "版本{release}的笔记本，每个后端一个文件夹：{names}。\n由程序从正文生成，请勿在此修改。": "Notebooks of version "
    "{release}, a folder for each backend: {names}.\nMade from the text by a program; don't change them here.",
    "有NVIDIA显卡时把`requirements.txt`换成`{cuda}`。": "With an NVIDIA GPU take `{cuda}` in place of "
    "`requirements.txt`.",
    "、`%pip install -q {pins}`": ", `%pip install -q {pins}`",
    "；要先把运行时版本换成Python {newest}的": "; before, change the runtime to one with Python {newest}",
    "许可见{licences}。": "Licences: {licences}. ",
    "作者": "The authors",
    "通用": "Any",
    "{said}以下各项相差两成以上，并且多于{worth} {unit}。": "{said}What follows differs by more than a fifth, and by "
    "more than {worth} {unit}.",
}
"""English by the Chinese text; braces hold what is filled in."""
