import torch
from torch import nn

from wordmend.training.weight_average import WeightAverage


def test_it_follows_the_weights_slowly():
    module = nn.Linear(1, 1, bias=False)
    average = WeightAverage(module, decay=0.75)
    for value in (1.0, 2.0):
        nn.init.constant_(module.weight, value)
        average.update()
    with average.in_place():
        assert module.weight.item() == 1.25
    assert module.weight.item() == 2.0
    average.keep()
    assert module.weight.item() == 1.25


def test_it_goes_on_from_its_state():
    module = nn.Linear(1, 1, bias=False)
    first, second = WeightAverage(module, 0.5), WeightAverage(module, 0.5)
    nn.init.constant_(module.weight, 4.0)
    first.update()
    second.load_state_dict(first.state_dict())
    nn.init.constant_(module.weight, 0.0)
    second.update()
    second.keep()
    assert torch.equal(module.weight, torch.tensor([[2.0]]))
