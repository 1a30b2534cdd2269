"""The model card: what the weights are, how they came about, what they can and can't do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wordmend.defects.measure import DIMENSIONS
from wordmend.evaluation.guard import sum_up_guard
from wordmend.evaluation.metrics import FIDELITY
from wordmend.evaluation.report import QUALITY_FIGURES
from wordmend.evaluation.report_data import ARM_NAMES
from wordmend.evaluation.verdict import NAMES
from wordmend.export.facts import RunFacts, data_facts, limits_of, word_facts
from wordmend.pages.formatting import number
from wordmend.restorers.margin import MARGIN
from wordmend.restorers.networks import network_of
from wordmend.restorers.onnx_export import ONE_AT_A_TIME
from wordmend.restorers.weights import Restorer

MEANINGS = {
    "psnr": "likeness to the original, dB; higher is better",
    "ssim": "likeness of structures; 1 is equal",
    "haarpsi": "likeness as people see it; 1 is equal",
    "sharpness": "share of the edges' strength that is lost or too much; 0 is best",
    "noise": "spread of texture that is too much or lacks where the original is smooth; 0 is best",
    "scratches": "how far scratches still stand out; 0 is best",
    "missing_parts": "error in parts that were missing; 0 is best",
}

_WAYS = {"stage1": ("stage1",), "control": ("stage1", "control"), "stage2": ("stage1", "stage2")}
_SHOWN = {"stage1": ("lq", "stage1"), "control": ("lq", "stage1", "control")}
_SETTINGS = ("batch_size", "pixel_loss", "w_pixel", "w_text", "loop.learning_rate", "loop.precision")


def render_model_card(
    restorer: Restorer, name: str | None, facts: RunFacts, *, with_onnx: bool, control_share: float = 0.0
) -> str:
    """Write the card, in Markdown with the front matter that the Hugging Face hub reads.

    Args:
        restorer: whose card it is.
        name: stage1, control or stage2; None where it isn't known.
        facts: what is known of its run; what isn't is left out.
        with_onnx: whether an ONNX file lies beside the weights.
        control_share: how much of its control a stage 2 has taken in to work alone.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # Markdown, of numbers and of names of our own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    arms = _arms(facts, name)
    config = restorer.config
    return environment.get_template("model_card.md.jinja").render(
        front_matter=yaml.safe_dump(_front_matter(restorer, facts, name, with_onnx), sort_keys=False),
        name=name,
        title=ARM_NAMES.get(name or "", "of unknown training"),
        config=config,
        options={**network_of(config).defaults, **config.options},
        parameters=sum(parameter.numel() for parameter in restorer.network.parameters()),
        multiple=network_of(config).multiple,
        margin=MARGIN,
        with_onnx=with_onnx,
        open_batch=config.architecture not in ONE_AT_A_TIME,
        data=None if facts.pairs is None else data_facts(facts.pairs),
        words=None if facts.comments is None or name != "stage2" else word_facts(facts.comments),
        trainings=_trainings(facts, name),
        arms=[ARM_NAMES[arm] for arm in arms],
        metrics=_metric_rows(facts, arms),
        measured_beside=name == "stage2" and _value(facts.parameters or {}, "stage2.words_where") == "fault",
        control_share=control_share,
        quality=_quality_rows(facts) if name == "stage2" else [],
        guard=None if facts.guard is None or name == "stage1" else sum_up_guard(facts.guard)["sentences"],
        limits=[] if facts.images is None or name is None else limits_of(facts.images, name),
        provenance=facts.provenance,
    )


def _arms(facts: RunFacts, name: str | None) -> list[str]:
    found = {} if facts.metrics is None else facts.metrics["evaluation"]
    return [arm for arm in _SHOWN.get(name or "", ("lq", "stage1", "control", "stage2")) if arm in found]


def _trainings(facts: RunFacts, name: str | None) -> list[dict[str, Any]]:
    """Of each training on the way: its name, how many steps it took, and what was set."""
    rows = []
    for training in _WAYS.get(name or "", ()):
        losses = facts.losses.get(training)
        # the control is trained with what is set for stage 2, but for the words
        section = "stage2" if training == "control" else training
        values = (facts.parameters or {}).get(section, {})
        rows.append(
            {
                "name": ARM_NAMES[training],
                "steps": None if losses is None or losses.empty else int(losses["step"].iloc[-1]),
                "settings": [
                    (key, found)
                    for key in _SETTINGS
                    if (found := _value(values, key)) is not None
                    and not (key == "w_text" and training != "stage2")
                ],
            }
        )
    return [row for row in rows if row["steps"] is not None or row["settings"]]


def _value(values: Mapping[str, Any], key: str) -> Any:
    for part in key.split("."):
        if part not in values:
            return None
        values = values[part]
    return values


def _metric_rows(facts: RunFacts, arms: list[str]) -> list[dict[str, Any]]:
    if not arms or facts.metrics is None:
        return []
    flat = [_flat(facts.metrics["evaluation"][arm]) for arm in arms]
    return [
        {
            "name": NAMES[metric] if metric in FIDELITY else f"{NAMES[metric]} defect",
            "meaning": MEANINGS[metric],
            "values": [number(metric, values[metric]) for values in flat],
        }
        for metric in (*FIDELITY, *DIMENSIONS)
        if any(values[metric] is not None for values in flat)
    ]


def _flat(arm: Mapping[str, Any]) -> dict[str, Any]:
    return {**arm, **arm["defects"]}


def _quality_rows(facts: RunFacts) -> list[tuple[str, str, str]]:
    values = {} if facts.metrics is None else facts.metrics["quality"]
    return [
        (title, f"{values[key]:.3f}", meaning)
        for key, (title, meaning) in QUALITY_FIGURES.items()
        if values.get(key) is not None
    ]


def _front_matter(restorer: Restorer, facts: RunFacts, name: str | None, with_onnx: bool) -> dict[str, Any]:
    tags = ["image-restoration", "wordmend", restorer.config.architecture.lower()]
    front: dict[str, Any] = {
        "library_name": "spandrel",
        "pipeline_tag": "image-to-image",
        "tags": [*tags, "onnx"] if with_onnx else tags,
    }
    if facts.metrics is not None and name in facts.metrics["evaluation"]:
        values = _flat(facts.metrics["evaluation"][name])
        metrics = [
            {"type": metric, "name": NAMES[metric], "value": round(values[metric], 4)} for metric in FIDELITY
        ]
        result = {
            "task": {"type": "image-to-image", "name": "Image restoration"},
            "dataset": {"type": "wordmend-pairs", "name": "Test pictures of the training's own photographs"},
            "metrics": metrics,
        }
        front["model-index"] = [{"name": f"wordmend-{name}", "results": [result]}]
    return front
