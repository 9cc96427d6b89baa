"""Every exhibit with its label, room after room."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from refgd.testing.accumulation import check_accumulation
from refgd.testing.gradient import GradientError, check_gradient
from refgd.testing.known_bugs import _many_weights as many
from refgd.testing.known_bugs import _one_weight as one
from refgd.testing.known_bugs import _parts as parts

Room = Literal[
    "n", "factors", "samples", "products", "shapes", "intercept", "manners", "parts"
]

FACTOR = "the exact gradient, and the loss's own central difference"
DOUBLED = "the exact gradient; also: duplicated data change nothing"
SAMPLES = "the exact gradient; also: the order of the samples changes nothing"
VECTOR = "the exact gradient of every coordinate"
INPUTS = "inputs compared after the call"
UNEVEN = "parts of unequal size"
REPEATED = "the same numbers give the same answer"


class Bug(NamedTuple):
    """A wrong function.

    Attributes:
        function: The function itself.
        room: Where it hangs in the museum.
        title: The mistake in a few words.
        where: Where it really happened.
        diagnosis: What the kit says of it.
        caught_by: The property that it breaks.
        check: What says it: `check_gradient` or `check_accumulation`.
    """

    function: Callable[..., Any]
    room: Room
    title: str
    where: str
    diagnosis: str
    caught_by: str = FACTOR
    check: Callable[..., Any] = check_gradient

    @property
    def name(self) -> str:
        """What it is called here: the function's name."""
        return self.function.__name__

    def caught(self) -> GradientError | None:
        """Return what its check raises, or None if it sees nothing."""
        try:
            self.check(self.function)
        except GradientError as error:
            return error
        return None


OF_GRADIENTS = (
    Bug(
        one.tutorial,
        "n",
        "the sum for the mean: dot has summed already, mean does nothing",
        "patrickloeber/pytorchTutorial, pull requests 5, 10 and 11: the tutorial's "
        "line from 2019-12 to 2021-10",
        "n times the gradient: a sum where the mean is meant",
        DOUBLED,
    ),
    Bug(
        one.summed,
        "n",
        "the sum for the mean",
        "aimacode/aima-python#414; eriklindernoren/ML-From-Scratch#74 and #124",
        "n times the gradient: a sum where the mean is meant",
        DOUBLED,
    ),
    Bug(
        one.divided_twice,
        "n",
        "it divides by n twice",
        "a mean of means",
        "divided by n once more",
        DOUBLED,
    ),
    Bug(
        one.unbiased,
        "n",
        "n − 1 for n",
        "the habit of the unbiased variance",
        "divided by n − 1 where n is meant",
        DOUBLED,
    ),
    Bug(
        one.fixed_batch,
        "n",
        "a fixed batch size for n",
        "apache/spark#3399; mitmul/chainer-cifar10#1",
        "it divides by 4, whatever n is",
        DOUBLED,
    ),
    Bug(
        many.divided_by_size,
        "n",
        "divided by every entry of x, not by every row",
        "x.size for len(x): right until a second feature comes",
        "divided by d, the number of features",
        VECTOR,
    ),
    Bug(
        one.halved,
        "factors",
        "the factor 2 is missing",
        "42-AI/bootcamp_machine_learning#20; SethHWeidman/DLFS_code#9",
        "half the gradient: the factor 2 is missing",
    ),
    Bug(
        one.doubled,
        "factors",
        "a factor 2 too many",
        "davisking/dlib#1169",
        "twice the gradient",
    ),
    Bug(
        one.swapped_residual,
        "factors",
        "the residual is turned around",
        "joelgrus/data-science-from-scratch#65; oxford-cs-deepnlp-2017/lectures#10",
        "minus the gradient: the sign is turned around",
    ),
    Bug(
        one.rate_folded_in,
        "factors",
        "the learning rate inside the gradient",
        "gpleiss/nnlr#4; aimacode/aima-python#285: then it is applied twice",
        "0.01 times the gradient, everywhere; is a learning rate folded in?",
    ),
    Bug(
        one.off_by_one,
        "samples",
        "the last sample is left out",
        "off by one in a loop",
        "the last sample is missing",
        SAMPLES,
    ),
    Bug(
        one.counted_from_one,
        "samples",
        "the loop starts at 1",
        "formulas that count samples from 1",
        "the first sample is missing",
        SAMPLES,
    ),
    Bug(
        one.first_sample,
        "samples",
        "one sample for all",
        "a stochastic step left in a full-batch gradient",
        "only the first sample counts",
        SAMPLES,
    ),
    Bug(
        one.odd_one_out,
        "samples",
        "half the samples, rounded down, twice",
        "two workers that share n samples and drop the odd one",
        "wrong only where n is odd",
        "examples with odd n",
    ),
    Bug(
        one.no_chain_rule,
        "products",
        "the chain rule stops before x",
        "a derivative with respect to the prediction, not the weight",
        "the factor x is missing",
    ),
    Bug(
        one.means_apart,
        "products",
        "the mean of each factor for the mean of the product",
        "mean(x · r) taken apart",
        "mean(x) · mean(residual)",
    ),
    Bug(
        one.residual_size,
        "products",
        "the residual's size for the residual",
        "mean absolute error's gradient mixed in",
        "it takes |residual|",
    ),
    Bug(
        one.positive_only,
        "products",
        "|x| for x",
        "a sign lost in 'cleaning' the features",
        "right only for x ≥ 0",
        "examples with negative x",
    ),
    Bug(
        one.clipped,
        "products",
        "clipped terms",
        "a gradient clip inside the gradient",
        "x is cut at ±10",
        "examples of more than one scale",
    ),
    Bug(
        one.paired,
        "shapes",
        "(n, 1) against (n,): an (n, n) matrix of residuals",
        "pytorch/pytorch#19699, #16045, #4938; tensorflow/tensorflow#37770; "
        "LAMDA-Tabular/TALENT#92",
        "every residual was paired with every other",
    ),
    Bug(
        many.not_transposed,
        "shapes",
        "the transpose is missing",
        "milLearningGroup/cama_summer_school_2017#6",
        "xᵀ is missing: it runs only where n = d",
        "examples with n ≠ d",
    ),
    Bug(
        many.features_reversed,
        "shapes",
        "the features are mixed up",
        "h2oai/datatable#3234: features updated in the wrong order",
        "the entries are in reverse order",
        VECTOR,
    ),
    Bug(
        many.no_intercept,
        "intercept",
        "the intercept's gradient is left out",
        "nntrainer/nntrainer#219; rasbt/stat453-deep-learning-ss21#5",
        "the intercept's entry is always 0",
        VECTOR,
    ),
    Bug(
        many.intercept_twice,
        "intercept",
        "the intercept's gradient twice",
        "nntrainer/nntrainer#219: Adam's step was done twice for it",
        "the intercept's entry is doubled",
        VECTOR,
    ),
    Bug(
        many.intercept_summed,
        "intercept",
        "the intercept's gradient is summed, the slopes' averaged",
        "trekhleb/homemade-machine-learning#63",
        "the intercept's entry is a sum, not a mean",
        DOUBLED,
    ),
    Bug(
        many.intercept_first,
        "intercept",
        "the intercept stands in the wrong place",
        "ones in the first column, the intercept read from the last",
        "the intercept stands first",
        VECTOR,
    ),
    Bug(
        many.penalized,
        "manners",
        "a penalty that nobody asked for",
        "ageron/handson-ml2#510; thejakeyboy/umich-eecs545-lectures#2",
        "the weight is added to it: a penalty",
        VECTOR,
    ),
    Bug(
        one.writes_into_y,
        "manners",
        "it writes into the targets",
        "ml-explore/mlx#4426; statsmodels/statsmodels#2928",
        "it changes its input y",
        INPUTS,
    ),
    Bug(
        one.remembers,
        "manners",
        "a gradient that is not cleared before the next",
        "zero_grad() forgotten: pytorch's gradients add up",
        "it remembers an earlier call",
        REPEATED,
    ),
)

#: Each by its function, mistake, place, diagnosis, and what catches it.
OF_PARTS = (
    Bug(
        parts.token_means,
        "parts",
        "a mean of means: every batch the same, short or long",
        "huggingface/transformers#24725 and #34191; huggingface/trl#2175; "
        "meta-pytorch/torchtune#1875; karpathy/nanochat#59",
        "every batch counts the same, however many tokens it has",
        UNEVEN,
        check_accumulation,
    ),
    Bug(
        parts.token_ranks,
        "parts",
        "the tokens of this rank for those of all",
        "huggingface/transformers#34242 and #34373: what the first fix left",
        "every rank counts the same, however many tokens it has",
        UNEVEN,
        check_accumulation,
    ),
    Bug(
        parts.batch_means,
        "parts",
        "the last batch is smaller, and counts as much",
        "keras-team/keras#20241; Lightning-AI/pytorch-lightning#20350",
        "every batch counts the same, however many samples it has",
        UNEVEN,
        check_accumulation,
    ),
    Bug(
        parts.rank_means,
        "parts",
        "the ranks have unequal shares, and count as much",
        "pytorch/pytorch#37359 and #67253; huggingface/transformers#608",
        "every rank counts the same, however many samples it has",
        UNEVEN,
        check_accumulation,
    ),
    Bug(
        parts.means_added,
        "parts",
        "the sum of the means for their mean",
        "karpathy/nanoGPT#168; openai/guided-diffusion#111; verl-project/verl#3332; "
        "huggingface/transformers#35207: two months after the first fix",
        "the means of the batches are added up",
        "more than one batch",
        check_accumulation,
    ),
    Bug(
        parts.means_scaled_twice,
        "parts",
        "divided by the number of batches twice",
        "deepspeedai/Megatron-DeepSpeed#42",
        "a mean of means, divided once more by the number of batches",
        "more than one batch",
        check_accumulation,
    ),
    Bug(
        parts.fixed_steps,
        "parts",
        "divided by the batches that were planned",
        "Lightning-AI/pytorch-lightning#19987: the end of an epoch",
        "the means are added up and divided by 4",
        "numbers of batches",
        check_accumulation,
    ),
    Bug(
        parts.cleared_each_time,
        "parts",
        "the gradient is cleared before every batch",
        "bytetriper/RAE#67; pytorch/torchtitan#3575; allenai/open-instruct#1498",
        "only the last batch counts, divided by the number of batches",
        "more than one batch",
        check_accumulation,
    ),
    Bug(
        parts.left_over,
        "parts",
        "what the last epoch left over counts in the next",
        "meta-pytorch/torchtune#2745",
        "it remembers an earlier call",
        REPEATED,
        check_accumulation,
    ),
    Bug(
        parts.padding_counted,
        "parts",
        "the padding counts in the denominator",
        "d2l-ai/d2l-en#2076; NovaSky-AI/SkyRL#462; tracel-ai/burn#5568",
        "the padding is counted",
        "padding",
        check_accumulation,
    ),
)

EXHIBITS = OF_GRADIENTS + OF_PARTS
