"""The Chinese of what pages read from the code: exhibits, variants, translations.

What a program prints stays English on every page; these are words of the tables.
"""

import re

#: The museum's exhibits: what is wrong.
TITLES = {
    "tutorial": "该取平均却求了和：dot 已经求过和，mean 不起作用",
    "summed": "该取平均却求了和",
    "divided_twice": "除了两次 n",
    "unbiased": "把 n 写成 n − 1",
    "fixed_batch": "用固定的批量大小代替 n",
    "divided_by_size": "除以了 x 的项数，而不是行数",
    "halved": "少了因子 2",
    "doubled": "多了一个因子 2",
    "swapped_residual": "残差反过来了",
    "rate_folded_in": "学习率混进了梯度",
    "off_by_one": "漏掉了最后一个样本",
    "counted_from_one": "循环从 1 开始",
    "first_sample": "用一个样本代替全部",
    "odd_one_out": "把样本数的一半向下取整，再乘以二",
    "no_chain_rule": "链式法则在 x 之前就停了",
    "means_apart": "用两个因子各自的平均之积代替积的平均",
    "residual_size": "用残差的大小代替残差",
    "positive_only": "用 |x| 代替 x",
    "clipped": "各项被截断",
    "paired": "(n, 1) 与 (n,) 相减：得到 (n, n) 的残差矩阵",
    "not_transposed": "缺少转置",
    "features_reversed": "特征的次序错了",
    "no_intercept": "漏掉了截距的梯度",
    "intercept_twice": "截距的梯度算了两次",
    "intercept_summed": "截距的梯度求了和，斜率的却取了平均",
    "intercept_first": "截距放错了位置",
    "penalized": "多了一个没人要的惩罚项",
    "writes_into_y": "改写了目标值",
    "remembers": "下一次之前没有把梯度清零",
    "token_means": "平均数的平均：每批一样重，不论长短",
    "token_ranks": "用本机的词元数代替所有机器的词元数",
    "batch_means": "最后一批较小，却一样重",
    "rank_means": "各机器分到的份额不等，却一样重",
    "means_added": "用各批平均之和代替它们的平均",
    "means_scaled_twice": "除了两次批数",
    "fixed_steps": "除以了计划的批数",
    "cleared_each_time": "每批之前都把梯度清零",
    "left_over": "上一个迭代周期剩下的算进了下一个",
    "padding_counted": "分母里算进了填充",
}

#: What catches them.
CATCHES = {
    "the exact gradient of every coordinate": "每一项的精确梯度",
    "the exact gradient, and the loss's own central difference": "精确的梯度，"
    "以及损失自己的中心差商",
    "the exact gradient; also: duplicated data change nothing": "精确的梯度；"
    "还有：数据抄成几份，结果不变",
    "the exact gradient; also: the order of the samples changes nothing": "精确的梯度；"
    "还有：样本换顺序，结果不变",
    "examples with odd n": "n 为奇数的样例",
    "examples with negative x": "x 为负的样例",
    "examples of more than one scale": "不止一种尺度的样例",
    "examples with n ≠ d": "n ≠ d 的样例",
    "inputs compared after the call": "调用之后核对输入",
    "the same numbers give the same answer": "同样的数给出同样的结果",
    "parts of unequal size": "大小不等的各部分",
    "more than one batch": "不止一批",
    "numbers of batches": "不同的批数",
    "padding": "填充",
}

#: Where they come from, in the order in which they are replaced.
ORIGINS = {
    ": the tutorial's line from 2019-12 to 2021-10": "：教程中的这一行，"
    "从 2019 年 12 月到 2021 年 10 月",
    ", pull requests ": " 的合并请求 ",
    ": then it is applied twice": "：于是它乘了两次",
    ": features updated in the wrong order": "：特征更新的次序错了",
    ": Adam's step was done twice for it": "：对它做了两次 Adam 的更新",
    ": what the first fix left": "：第一次修正遗留下来的",
    ": two months after the first fix": "：第一次修正的两个月之后",
    ": the end of an epoch": "：迭代周期的末尾",
    "a mean of means": "平均数的平均",
    "the habit of the unbiased variance": "无偏方差的习惯",
    "x.size for len(x): right until a second feature comes": "用 x.size 代替 len(x)："
    "只有一列特征时碰巧是对的",
    "off by one in a loop": "循环差一",
    "formulas that count samples from 1": "从 1 开始给样本编号的公式",
    "a stochastic step left in a full-batch gradient": "整批梯度里留下的随机一步",
    "two workers that share n samples and drop the odd one": "两个进程平分 n 个样本，"
    "丢掉多出的一个",
    "a derivative with respect to the prediction, not the weight": "对预测求导，"
    "而不是对权重",
    "mean(x · r) taken apart": "把 mean(x · r) 拆开了",
    "mean absolute error's gradient mixed in": "混入了平均绝对误差的梯度",
    "a sign lost in 'cleaning' the features": "“清洗”特征时丢了符号",
    "a gradient clip inside the gradient": "把梯度裁剪写进了梯度",
    "ones in the first column, the intercept read from the last": "全 1 的列在最前，"
    "截距却从最后一列读取",
    "zero_grad() forgotten: pytorch's gradients add up": "忘了 zero_grad()："
    "pytorch 的梯度会累加",
    "; ": "；",
    " and ": " 和 ",
}

#: The variants of the Rosetta stone, piece by piece.
#: Why an optimizer has no dialect.
ABSENCES = {
    "a line search: it reads the loss at several points before it steps": (
        "线搜索：更新之前要在好几个点上求损失"
    ),
    "its rule is one of matrices alone": "它的规则只对矩阵有定义",
    "its step is as long as the value of the loss says": "步长由损失的值决定",
    "it adds random noise, drawn by jax, to each gradient": (
        "它给每个梯度加上 jax 抽取的随机噪声"
    ),
    "after a step as long as w it shrinks w: no rule of refgd's does": (
        "走完与 w 一样长的一步之后，它再缩小 w：refgd 没有这样的规则"
    ),
    "it steps by Adam's direction and by its change; refgd's optimistic steps by the "
    "gradient": "它按 Adam 的方向及其变化更新；refgd 的 optimistic 按梯度",
    "it goes around any optimizer; schedule_free_sgd and schedule_free_adamw are what "
    "it makes of two": (
        "它套在任何优化器之外；schedule_free_sgd 和 schedule_free_adamw "
        "是套在其中两个上的"
    ),
    "it has no rule: it scales the loss, and gives what is scaled back to another": (
        "它没有规则：它放大损失，再把缩回来的梯度交给另一个优化器"
    ),
    "it has no rule: it gives each part of the weights to another optimizer": (
        "它没有规则：它把权重的各部分交给不同的优化器"
    ),
}

VARIANTS = {
    "of a gradient with every entry: eps before the correction": (
        "梯度的每一项都在时：eps 在修正之前"
    ),
    "w decays, in Adam's step of z": "w 衰减，放在 z 的 Adam 更新里",
    "plain": "普通",
    "coupled decay": "耦合衰减",
    "coupled decay, which enters the velocity": "耦合衰减，进入速度",
    "heavy ball, lr outside the velocity": "重球，lr 在速度之外",
    "heavy ball, lr inside the velocity": "重球，lr 在速度之内",
    "heavy ball, the first velocity is the gradient undamped": "重球，"
    "第一个速度是不加阻尼的梯度",
    "Nesterov, lr outside": "Nesterov，lr 在外",
    "Nesterov, lr inside": "Nesterov，lr 在内",
    "eps outside the root, accumulator from 0": "eps 在根号外，累积量从 0 开始",
    "eps inside the root, accumulator from 0.1": "eps 在根号内，累积量从 0.1 开始",
    "lr / (1 + lr_decay t), t from 0": "lr / (1 + lr_decay t)，t 从 0 开始",
    "eps outside the root": "eps 在根号外",
    "eps inside the root": "eps 在根号内",
    "eps outside the root, lr outside the velocity": "eps 在根号外，lr 在速度之外",
    "eps inside the root, lr inside the velocity": "eps 在根号内，lr 在速度之内",
    "sqrt(v - m²) + eps, lr outside the velocity": "sqrt(v - m²) + eps，lr 在速度之外",
    "sqrt(v - m² + eps), lr inside the velocity": "sqrt(v - m² + eps)，lr 在速度之内",
    "the paper's, times lr": "论文中的，再乘以 lr",
    "the paper's, plus eps": "论文中的，再加 eps",
    "the paper's": "论文中的",
    "Algorithm 1: eps after the bias correction": "算法 1：eps 在偏差修正之后",
    "eps before the bias correction": "eps 在偏差修正之前",
    "maximum of the raw v, corrected by 1 - beta2^t": "原始 v 的最大值，"
    "除以 1 - beta2^t 修正",
    "maximum of the raw v, eps before the correction": "原始 v 的最大值，"
    "eps 在修正之前",
    "maximum of the corrected v": "修正后的 v 的最大值",
    "decay times lr": "衰减乘以 lr",
    "decay times lr, maximum of the raw v": "衰减乘以 lr，原始 v 的最大值",
    "decay times lr, which does not enter the velocity": "衰减乘以 lr，不进入速度",
    "decay times lr: this is AdamW": "衰减乘以 lr：这就是 AdamW",
    "decay times lr, eps before the bias correction": "衰减乘以 lr，eps 在偏差修正之前",
    "u = max(beta2 u, |g| + eps), decay times lr": "u = max(beta2 u, |g| + eps)，"
    "衰减乘以 lr",
    "u = max(beta2 u, |g|), m / (u + eps)": "u = max(beta2 u, |g|)，m / (u + eps)",
    "rectified from rho > 5, eps before the bias correction": "rho > 5 起作修正，"
    "eps 在偏差修正之前",
    "rectified from rho >= 5, eps after the bias correction": "rho >= 5 起作修正，"
    "eps 在偏差修正之后",
    "a turn rests: no way back; lr is the first step size": "转向时停一步，不退回；"
    "lr 是第一步的步长",
    "the lr of the step before; the average is apart": "用上一步的 lr；平均另存",
    "v corrected as Adam's, eps outside, Nesterov with lr inside": "v 的修正同 Adam，"
    "eps 在外，Nesterov，lr 在内",
    "NAdam with a constant mu": "mu 固定的 NAdam",
    "mu is beta1 throughout: no schedule": "mu 始终是 beta1，不随步数变",
    "mu is beta1 throughout, decay times lr": "mu 始终是 beta1，衰减乘以 lr",
    "the sign of the gradient": "梯度的符号",
    "the sign of the average gradient": "平均梯度的符号",
    "eps_root is added to s in every step": "每一步都给 s 加上 eps_root",
    "eps_root is added to s in every step, Nesterov": "每一步都给 s 加上 eps_root，"
    "Nesterov",
    "m and v from 1e-6": "m 和 v 从 1e-6 开始",
    "(alpha + beta) g - beta times the last g": "(alpha + beta) g 减去 "
    "beta 乘以上一个 g",
    "the change of g counts by 1 - b2, not by the paper's b2": "g 的变化量的权重是 "
    "1 - b2，而不是论文中的 b2",
    "Adam's direction, as long as w": "Adam 的方向，长度同 w",
    "the decay counts in the norm": "衰减计入范数",
    "Nesterov, lr inside the velocity": "Nesterov，lr 在速度之内",
    "coupled decay, inside the one norm": "耦合衰减，在一个共同的范数之内",
    "a step as long as w, times lr and the trust; lr inside": "步长同 w，再乘以 lr 和"
    "信任系数；lr 在内",
    "below 128 rows or columns each weight has its own v": "不足 128 行或列时，"
    "每个权重各有自己的 v",
    "v by rows and columns": "v 按行和列保存",
    "decay beside the step, not times lr": "衰减在更新之外，不乘以 lr",
    "decay times lr, beside the step": "衰减乘以 lr，在更新之外",
    "decay times lr, of w and so of the average": "衰减乘以 lr，作用于 w，"
    "从而也作用于平均",
    "w decays, in the step of z": "衰减 w，写进 z 的更新",
    "eps is the least value; it is 2.2e-16 in float64": "eps 是下限，"
    "在 float64 中为 2.2e-16",
    "g over the root of the average of |g|², summed": "g 除以 |g|² 的平均的根，再累加",
    "the decay enters the sum": "衰减进入累加",
    "SM3-II, and an average of its steps; eps inside the root": "SM3-II，"
    "并对步子取平均；eps 在根号内",
    "Adam's step without momentum; lr² is the weight of a point": "没有动量的 "
    "Adam 的步子；每个点的权重是 lr²",
    "w is between z and its average; lr² is the weight of a point": "w 在 z 与"
    "它的平均之间；每个点的权重是 lr²",
    "w is between z and its plain average": "w 在 z 与它的简单平均之间",
    "each step is taken one gradient late; a turn rests": "每一步都晚一个梯度；"
    "转向时停一步",
    "w max(0, 1 - lr alpha) before the step, lr eta0 / (t + 1)^power_t": "更新之前 "
    "w max(0, 1 - lr alpha)，lr 为 eta0 / (t + 1)^power_t",
    "w max(0, 1 - lr alpha) before the step": "更新之前 w max(0, 1 - lr alpha)",
    "w max(0, 1 - lr alpha) before the step, but not the intercept; lr eta0 / "
    "(t + 1)^power_t": "更新之前 w max(0, 1 - lr alpha)，截距除外；"
    "lr 为 eta0 / (t + 1)^power_t",
    "alpha (1 - l1_ratio) shrinks w before the step, alpha l1_ratio cuts after": ""
    "更新之前按 alpha (1 - l1_ratio) 缩小 w，之后按 alpha l1_ratio 截断",
    "w cut by the sum of all lr alpha that it owes": "w 按欠下的 lr alpha 之和截断",
}

VERDICTS = {"exact": "精确", "exact while": "有条件地精确", "none": "没有"}

#: What stands beside a translation: a pattern, and what takes its place.
RESERVATIONS = (
    (
        r"while lr times the decay (\S+) is at most 1 \((\w+)\)",
        r"条件：lr 乘以衰减 \1 不超过 1（\2）",
    ),
    (
        r"while the learning rate stays constant \((\w+)\)",
        r"条件：学习率保持不变（\1）",
    ),
    (
        r"while no more than (\S+) steps are taken: (\S+) is below (\S+) \((\w+)\)",
        r"条件：不超过 \1 步，这时 \2 小于 \3（\4）",
    ),
    (
        r"while (\S+) w is added to the gradient \((.+) to the loss\) \((\w+)\)",
        r"条件：给梯度加上 \1 w（给损失加上 \2）（\3）",
    ),
    (
        r"while the learning rate of step t \(from 0\) is set to (.+) by .+ \((\w+)\)",
        r"条件：第 t 步（从 0 数起）的学习率由调度器设为 \1（\2）",
    ),
    (
        r"cannot be said: the rule (\w+): the nearest is (\w+)",
        r"无法表达：规则 \1，最接近的是 \2",
    ),
    (
        r"cannot be said: (.+) is (.+) in refgd's words, and (.+) in the nearest",
        r"无法表达：\1，用 refgd 的话说是 \2，最接近的则是 \3",
    ),
    (
        r"apart after step (\d+) by (\S+) of the way; within (\d+) steps by (\S+)",
        r"第 \1 步后相差路程的 \2；\3 步之内相差 \4",
    ),
)

#: The measurements, as docs/benchmarks has them, in the order of replacement.
MEASURED = {
    "1 iteration of": "1 次迭代",
    "1,000 iterations of": "1,000 次迭代",
    "the tutorial's loop": "教程的循环",
    "torch by hand": "手写的 torch",
    "reading once": "读一遍",
    " cores;": " 核；",
    ", at a load average of ": "，平均负载 ",
    ". Other programs ran at the same time: each time is an upper bound.": "。"
    "同时还有别的程序在运行，所以每个时间都是上界。",
    "| checker | killed | one | several | intercept | loss | both "
    "| alarms: variants | float64 scales | float32 scales | blind | time |": "| 检查器 "
    "| 查出 | 一个 | 多个 | 截距 | 损失 | 两者 | 误报：写法 | float64 尺度 "
    "| float32 尺度 | 看不见 | 时间 |",
    "own data": "自己的数据",
    "the loss decreases": "损失在下降",
    "central difference, rel. < 1e-7": "中心差商，相对 < 1e-7",
    "Groups: *one*: the gradient of one weight is wrong; *several*: the gradient of "
    "several weights is wrong; *intercept*: the same with an intercept; *loss*: the "
    "loss is wrong, the gradient right; *both*: both are wrong, and fit together.": ""
    "分组：**一个**，一个权重的梯度错了；**多个**，多个权重的梯度错了；"
    "**截距**，同上，带截距；**损失**，损失错了，梯度对；**两者**，两者都错，"
    "而且互相一致。",
    "Versions: ": "版本：",
    "What refgd gets wrong:": "refgd 判错的：",
    " accepts: ": " 放过了：",
    " is blind to: ": " 看不见：",
    " rejects of the right: ": " 误判了正确的：",
    "none": "没有",
    "both: no last sample": "两者：漏了最后一个样本",
    "both: a penalty": "两者：惩罚项",
    "both: sum": "两者：求和",
    "both: half": "两者：减半",
    "both: n - 1": "两者：n - 1",
    "no odd sample": "少了奇数的一个样本",
    "equal samples once": "相同的样本只算一次",
    "zeros are missing": "漏了零",
    "r cut to integers": "r 取整",
    "clipped at 100": "在 100 处截断",
    "rounded to 4 places": "舍入到 4 位小数",
    "in float32": "用 float32 计算",
    "writes into y": "改写 y",
    "remembers the last call": "记住上一次调用",
    "(one)": "（一个）",
    "(several)": "（多个）",
    "(intercept)": "（截距）",
}


def measured(text: str) -> str:
    """Return what a benchmark has written; of its prose, what the page needs."""
    text = text[text.index("| ") :]
    for english, chinese in MEASURED.items():
        text = text.replace(english, chinese)
    return text


def origin(text: str) -> str:
    """Return where an exhibit comes from."""
    for english, chinese in ORIGINS.items():
        text = text.replace(english, chinese)
    return text


def variant(words: str) -> str:
    """Return what a variant does; a formula stays as it is."""
    return VARIANTS.get(words, words)


def absence(words: str) -> str:
    """Return why an optimizer has no dialect."""
    return ABSENCES[words]


def reservation(words: str) -> str:
    """Return what is said beside a translation."""
    for pattern, chinese in RESERVATIONS:
        if found := re.fullmatch(pattern, words):
            return found.expand(chinese)
    return words
