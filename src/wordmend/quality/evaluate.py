"""How well a quality model tells what is true of pictures that it has not seen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from wordmend.comments.entry import Entry
from wordmend.comments.phrases import PhrasePair
from wordmend.errors import TableError
from wordmend.images.channels import ByteImage
from wordmend.quality.clear_cases import ClearCase
from wordmend.quality.model import QualityModel
from wordmend.quality.paraphrases import Paraphrase, paraphrases
from wordmend.quality.samples import QualitySamples
from wordmend.quality.windows import cut_window, region_corner

NEGATIONS = (
    PhrasePair("sharpness", defect="the image is not clear", good="the image is clear"),
    PhrasePair("noise", defect="the image is noisy", good="the image is not noisy"),
    PhrasePair("scratches", defect="the image is scratched", good="the image is not scratched"),
    PhrasePair("missing_parts", defect="the image is not complete", good="the image is complete"),
)
"""Pairs of texts that differ in a negation alone, one for each dimension."""

CommentedPictures = Iterable[tuple[ByteImage, Sequence[Entry]]]
"""Pictures `(H, W, 3) uint8` with what was said of them, `QualitySamples` for one."""

_BATCH = 64


@dataclass(frozen=True)
class QualityScores:
    """How well a quality model does, all in [0, 1]; NaN where there is nothing to tell it from."""

    accuracy: float
    """How often a similarity above .5 goes with words that conform, over texts and their opposites."""
    negation_accuracy: float
    """How often the right one of two texts that differ in a negation alone is the closer one."""
    paraphrase_accuracy: float
    """How often a similarity above .5 goes with words that are true, over what people would say."""
    auc: float
    """Area under the ROC curve of similarity against `conforms`, over the same texts as `accuracy`."""
    accuracy_of: dict[str, float]
    """`accuracy` by dimension."""
    negation_accuracy_of: dict[str, float]
    """`negation_accuracy` by dimension."""
    paraphrase_accuracy_of: dict[str, float]
    """`paraphrase_accuracy` by dimension."""

    def summary(self) -> dict[str, float]:
        """The four numbers of the report."""
        return {
            "accuracy": self.accuracy,
            "negation_accuracy": self.negation_accuracy,
            "paraphrase_accuracy": self.paraphrase_accuracy,
            "auc": self.auc,
        }


def evaluate_quality(
    model: QualityModel,
    samples: QualitySamples,
    clear_cases: Sequence[ClearCase],
    negations: Sequence[PhrasePair] = NEGATIONS,
) -> QualityScores:
    """Judge a quality model on held-out samples and on clear-cut cases.

    Args:
        model: in eval mode.
        samples: of photographs that took no part in training.
        clear_cases: pictures of known quality.
        negations: pairs of texts that differ in a negation alone.

    Raises:
        TableError: nothing was said about the samples.
    """
    judged = judge_statements(model, samples)
    right = (judged["similarity"] > 0.5) == (judged["conforms"] == 1)
    negated = judge_negations(model, clear_cases, negations)
    paraphrased = judge_paraphrases(model, clear_cases)
    return QualityScores(
        accuracy=float(right.mean()),
        negation_accuracy=float(negated["right"].mean()),
        paraphrase_accuracy=float(paraphrased["right"].mean()),
        auc=_area(judged),
        accuracy_of=_by_dimension(right, judged),
        negation_accuracy_of=_by_dimension(negated["right"], negated),
        paraphrase_accuracy_of=_by_dimension(paraphrased["right"], paraphrased),
    )


def statement_scores(model: QualityModel, samples: CommentedPictures) -> dict[str, float]:
    """`accuracy` and `auc` of `QualityScores` alone, for a look while training."""
    judged = judge_statements(model, samples)
    right = (judged["similarity"] > 0.5) == (judged["conforms"] == 1)
    return {"accuracy": float(right.mean()), "auc": _area(judged)}


@torch.no_grad()
def judge_statements(model: QualityModel, samples: CommentedPictures) -> pd.DataFrame:
    """The similarity of every text and opposite to its picture, or to the window around its region.

    Returns:
        Columns `comment_id, dimension, text, conforms, similarity`, one row a text.

    Raises:
        TableError: nothing was said about the samples.
    """
    views: dict[tuple[int, object], int] = {}
    pictures: list[ByteImage] = []
    rows = []
    for index, (picture, entries) in enumerate(samples):
        for entry in entries:
            if (index, entry.region) not in views:
                views[index, entry.region] = len(pictures)
                window = picture
                if entry.region is not None:
                    height, width = picture.shape[:2]
                    x, y = region_corner(entry.region, height, width, model.image_size)
                    window = cut_window(picture, x, y, model.image_size)
                pictures.append(window)
            for text, conforms in ((entry.text, entry.conforms), (entry.opposite, 1 - entry.conforms)):
                if text is not None:
                    view = views[index, entry.region]
                    rows.append((entry.comment_id, entry.dimension, text, conforms, view))
    if not rows:
        raise TableError(
            "there are no comments on held-out photographs to judge the quality model by: "
            "give more photographs, or comment on samples of the split"
        )
    judged = pd.DataFrame(rows, columns=["comment_id", "dimension", "text", "conforms", "view"])
    texts = list(dict.fromkeys(judged["text"]))
    place = {text: number for number, text in enumerate(texts)}
    text_vectors = torch.cat([model.encode_texts(texts[i : i + 256]) for i in range(0, len(texts), 256)])
    image_vectors = encode_pictures(model, pictures)
    similarity = model.similarity(
        image_vectors[torch.tensor(judged["view"].to_numpy())],
        text_vectors[torch.tensor([place[text] for text in judged["text"]])],
    )
    judged["similarity"] = similarity.float().cpu().numpy()  # NumPy has no bfloat16
    return judged.drop(columns="view")


@torch.no_grad()
def judge_negations(
    model: QualityModel, cases: Sequence[ClearCase], negations: Sequence[PhrasePair] = NEGATIONS
) -> pd.DataFrame:
    """Whether the right one of two texts is the closer one; equally close counts as wrong.

    Returns:
        Columns `dimension, defect, right`, one row a case and pair of texts about its dimension.
    """
    vectors = encode_pictures(model, [case.image for case in cases]) if cases else torch.empty(0, 1)
    rows = []
    for pair in negations:
        good, defect = model.encode_texts([pair.good, pair.defect])
        for case, vector in zip(cases, vectors, strict=True):
            if case.dimension != pair.dimension:
                continue
            praise, blame = (float(model.logits(vector, text)) for text in (good, defect))
            right = blame > praise if case.defect else praise > blame
            rows.append((pair.dimension, case.defect, right))
    return pd.DataFrame(rows, columns=["dimension", "defect", "right"])


@torch.no_grad()
def judge_paraphrases(
    model: QualityModel, cases: Sequence[ClearCase], texts: Sequence[Paraphrase] | None = None
) -> pd.DataFrame:
    """How people's own words are understood, on pictures of which it is known whether they are true.

    Args:
        model: in eval mode.
        cases: pictures of known quality.
        texts: what is said of them; None: `paraphrases`.

    Returns:
        Columns `text, dimension, defect, right, ranked`, one row a text with cases of its dimension. `right`:
        the share of the cases in which its similarity is above .5 if and only if it is true; `ranked`: that
        of the cases and texts of the other polarity in which the true text is the closer one.
    """
    texts = paraphrases() if texts is None else texts
    rows = []
    for dimension in dict.fromkeys(case.dimension for case in cases):
        of_it = [text for text in texts if text.dimension == dimension]
        seen = [case for case in cases if case.dimension == dimension]
        if not of_it:
            continue
        pictures = encode_pictures(model, [case.image for case in seen])
        words = model.encode_texts([text.text for text in of_it])
        logits = model.logits(pictures[:, None], words).float().cpu().numpy()  # (cases, texts)
        blames = np.array([text.defect for text in of_it])
        true = np.array([case.defect for case in seen])[:, None] == blames
        for place, text in enumerate(of_it):
            margin = logits[:, [place]] - logits[:, blames != text.defect]
            right = ((logits[:, place] > 0) == true[:, place]).mean()
            ranked = np.where(true[:, [place]], margin > 0, margin < 0)
            rows.append((text.text, dimension, text.defect, right, ranked.mean() if ranked.size else np.nan))
    return pd.DataFrame(rows, columns=["text", "dimension", "defect", "right", "ranked"])


@torch.no_grad()
def encode_pictures(model: QualityModel, pictures: Sequence[ByteImage]) -> Tensor:
    """Vectors `(N, D)` of pictures `(H, W, 3) uint8` of any sizes, on the model's device."""
    places: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, picture in enumerate(pictures):
        places[picture.shape].append(number)
    vectors: dict[int, Tensor] = {}
    for numbers in places.values():
        for start in range(0, len(numbers), _BATCH):
            chunk = numbers[start : start + _BATCH]
            batch = torch.from_numpy(np.stack([pictures[n] for n in chunk])).to(model.bias.device)
            encoded = model.encode_images(batch.permute(0, 3, 1, 2).float() / 255)
            vectors.update(zip(chunk, encoded, strict=True))
    return torch.stack([vectors[number] for number in range(len(pictures))])


def _by_dimension(right: "pd.Series[Any]", judged: pd.DataFrame) -> dict[str, float]:
    return {str(name): float(part.mean()) for name, part in right.groupby(judged["dimension"])}


def _area(judged: pd.DataFrame) -> float:
    if judged["conforms"].nunique() < 2:
        return float("nan")
    return float(roc_auc_score(judged["conforms"], judged["similarity"]))
