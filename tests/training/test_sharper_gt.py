import torch

from wordmend.comments.entry import Dimension
from wordmend.comments.words import TargetText
from wordmend.training.sharper_gt import sharper_where_named
from wordmend.training.word_source import NOTHING, Found, Words


def found(dimension: Dimension, words: Words = "said") -> Found:
    return Found(words, (TargetText("whatever", dimension, None, "person", None, "sample"),))


def test_only_what_words_called_unsharp_is_sharper():
    torch.manual_seed(0)
    gt = torch.rand(4, 3, 16, 16)
    before = gt.clone()
    words = [found("noise"), found("sharpness"), NOTHING, found("sharpness", "preset")]
    sharper = sharper_where_named(gt, words, 0.5)
    assert torch.equal(gt, before)
    assert [torch.equal(one, other) for one, other in zip(sharper, gt, strict=True)] == [
        True,
        False,
        True,
        True,
    ]
    assert sharper.min() >= 0 and sharper.max() <= 1
    assert torch.equal(sharper_where_named(gt, words, 0.0), gt)


def test_an_edge_gets_steeper_by_the_strength_and_flat_parts_stay():
    gt = torch.full((1, 1, 16, 32), 0.4)
    gt[..., 16:] = 0.6
    contrasts = []
    for strength in (0.0, 0.4, 0.8):
        sharper = sharper_where_named(gt, [found("sharpness")], strength)[0, 0, 8]
        contrasts.append(float(sharper[16] - sharper[15]))
        assert torch.allclose(sharper[:8], torch.tensor(0.4)) and torch.allclose(
            sharper[24:], torch.tensor(0.6)
        )
    first, second = contrasts[1] - contrasts[0], contrasts[2] - contrasts[1]
    assert first > 0.01
    assert abs(first - second) < 1e-4
