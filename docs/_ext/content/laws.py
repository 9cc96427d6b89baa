"""The laws of gradient descent, for the pages: each with what it stands on."""

import html
import re
from typing import NamedTuple

from refgd.testing.laws import LAWS, MANY, ONE, Law, _small_problems

CODE = re.compile(r"`(\w+)`")

#: How many problems a run of pytest draws for each number of features.
DRAWN = 50

#: What is no identity, and yet follows from one, since a square is never negative.
FOLLOWS = {"learning_rate_bound_is_sharp": "rise_of_one_step"}


class Words(NamedTuple):
    """What the pages of one language call a law's kind and evidence."""

    kinds: dict[str, str]
    proved: str
    tested: str
    sizes: dict[tuple[int | None, ...], str]
    proof: str
    examples: str
    follows: str
    stop: str


WORDS = {
    "en": Words(
        {"identity": "Identity", "inequality": "Inequality", "behaviour": "Behaviour"},
        "Proved: ",
        "Tested: ",
        {
            (*ONE, *MANY): "n = 1 to 4 and d up to 3",
            ONE: "n = 1 to 4 and one weight",
            MANY: "n = 1 to 4 and d = 1 to 3",
        },
        "Symbols run through the code, for {sizes}",
        "{count} examples a run",
        "It follows from the identity {law}, which is proved, because a square is "
        "never negative",
        ". ",
    ),
    "zh": Words(
        {"identity": "恒等式", "inequality": "不等式", "behaviour": "行为"},
        "已证明：",
        "已测试：",
        {
            (*ONE, *MANY): "n = 1 到 4，d 至多为 3",
            ONE: "n = 1 到 4，一个权重",
            MANY: "n = 1 到 4，d = 1 到 3",
        },
        "让符号走过代码，{sizes}",
        "每次运行 {count} 个样例",
        "它由已证明的恒等式 {law} 推出，因为平方不会是负数",
        "。",
    ),
}

CHINESE = {
    "gradient_is_the_central_difference": "损失是二次的：对每一个 h，中心差商就是梯度",
    "descent_identity": "逆着梯度 g 走一步，损失恰好这样改变，学习率任意",
    "rise_of_one_step": "一个权重，g ≠ 0，η > 0：η 大于 1/mean(x²) 才使损失上升",
    "learning_rate_bound_is_sharp": "学习率不超过 1/mean(x²) 则损失不升，超过则不降",
    "error_shrinks_by_one_factor": "每一步都把任意两个权重之差乘以同一个矩阵 1 − η H",
    "optimum_is_a_fixed_point": "残差与 x 正交处，梯度为 0：权重不再移动",
    "predictions_are_linear": "w + v 的预测是两者预测之和，c w 的预测是 c 倍",
    "intercept_is_a_column_of_ones": "多一列 1，就给每个预测加上它的权重 b",
    "batches_average_to_the_whole": "全体样本的损失和梯度，是两部分按大小的加权平均",
    "order_of_samples_does_not_matter": "样本换一个顺序，损失和梯度不变",
    "copies_of_the_data_do_not_matter": "数据抄成几份，损失和梯度不变：是平均而非总和",
    "scaling_x": "x 换一个单位，等于 w 换成倒数的单位",
    "scaling_y_and_w": "y 和 w 换一个单位：损失按换算系数的平方变，梯度按系数变",
    "inputs_are_not_changed": "每个函数都是纯的：传入的数组保持原样",
    "same_call_same_result": "什么也不记：同样的调用，什么时候都得到同样的数",
}


def find_law(name: str) -> Law:
    """Return the law of that name.

    Raises:
        LookupError: If there is none.
    """
    for law in LAWS:
        if law.name == name:
            return law
    msg = f"a page names the law {name}: there is none"
    raise LookupError(msg)


def is_proved(law: Law) -> bool:
    """Whether it is proved: tests/core/test_proofs.py proves every identity."""
    return law.kind == "identity"


def sentence(law: Law, language: str = "en") -> str:
    """Return it in words."""
    return law.sentence if language == "en" else f"{CHINESE[law.name]}。"


def verdict(law: Law, language: str = "en") -> str:
    """Return whether it is proved or tested, as the beginning of a sentence."""
    words = WORDS[language]
    return words.proved if is_proved(law) else words.tested


def evidence(law: Law, language: str = "en") -> str:
    """Return what stands behind the verdict, in sentences."""
    words = WORDS[language]
    if is_proved(law):
        said = words.proof.format(sizes=words.sizes[law.features])
    else:
        said = words.examples.format(count=count_examples(law))
    return said + words.stop + consequence(law, language)


def count_examples(law: Law) -> int:
    """Return on how many examples a run of pytest tests it."""
    small = sum(1 for d in law.features for _ in _small_problems(d))
    return small + DRAWN * len(law.features)


def consequence(law: Law, language: str = "en") -> str:
    """Return the identity that it follows from, in a sentence; or nothing."""
    words = WORDS[language]
    if law.name not in FOLLOWS:
        return ""
    return words.follows.format(law=f"`{FOLLOWS[law.name]}`") + words.stop


def listed(language: str = "en") -> str:
    """Return every law with its formula, kind, evidence and name, as HTML."""
    rows = "".join(_row(law, language) for law in LAWS)
    return f'<ul class="tests laws">{rows}</ul>\n'


def _row(law: Law, language: str) -> str:
    words = WORDS[language]
    parts = [words.kinds[law.kind]]
    if is_proved(law):
        parts.append(f"<b>{words.proved}</b>{words.sizes[law.features]}")
    drawn = words.examples.format(count=count_examples(law))
    parts.append(f"<b>{words.tested}</b>{drawn}")
    said = words.stop.join(parts) + words.stop + consequence(law, language)
    said = CODE.sub(r"<code>\1</code>", said)
    return (
        f'<li id="law.{law.name}"><span>{html.escape(sentence(law, language))}'
        f"<code>{html.escape(law.formula)}</code></span>"
        f"<small><code>{law.name}</code> {said.strip()}</small></li>"
    )
