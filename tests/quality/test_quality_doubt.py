"""Where a quality model is unsure."""

import numpy as np
import torch

from wordmend.quality.config import QualityModelConfig
from wordmend.quality.doubt import doubt
from wordmend.quality.evaluate import NEGATIONS
from wordmend.quality.weights import build_quality_model


def test_doubt_is_one_where_both_texts_fit_equally_well_and_less_elsewhere(textured):
    torch.manual_seed(0)
    model = build_quality_model(QualityModelConfig(image_size=32)).eval()
    pictures = [np.rint(textured(seed=seed) * 255).astype(np.uint8) for seed in range(3)]
    found = doubt(model, pictures)
    assert set(found) == {pair.dimension for pair in NEGATIONS}
    assert all(
        values.shape == (3,) and (values >= 0).all() and (values <= 1).all() for values in found.values()
    )
    with torch.no_grad():
        model.log_scale.fill_(-20.0)  # all texts fit alike
    assert all(np.allclose(values, 1, atol=1e-6) for values in doubt(model, pictures).values())
