"""The words of stage 2: which texts a restored image is to come closer to, and whose they are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from wordmend.comments.config import WordsConfig
from wordmend.comments.entry import Dimension, Entry, Region, Source
from wordmend.comments.language import QualityLanguage
from wordmend.errors import LanguageError

_RANK: dict[Source, int] = {"person": 0, "measured": 1, "preset": 2}


@dataclass(frozen=True)
class TargetText:
    """Words for a quality that is wanted of an image."""

    text: str
    dimension: Dimension
    region: Region | None
    """Where it is wanted, in pixels of the image; None is the whole image."""
    source: Source
    """Whose words they are."""
    comment_id: str | None
    """The comment they come from; None for the preset."""
    sample_id: str | None = None
    """The picture that they were said of, or of which nothing to mend was named; None: nothing was said."""


def target_texts(
    pair_id: str, entries: Iterable[Entry], language: QualityLanguage, config: WordsConfig
) -> list[TargetText]:
    """What the restored image of a pair is to come closer to.

    The comments made on this pair's restored images name it: a person's first, then measured ones, each by
    comment_id. The target is the text of an entry that does not conform, and the opposite of one that does;
    it counts when it tells of something good, as praise of what is there names nothing to mend. The same
    words for the same region of a picture count once. Where no comment names anything, the preset stands in
    if it may.

    Raises:
        LanguageError: when a text of the preset tells of a defect or can't be read.
    """
    said = [entry for entry in entries if entry.pair_id == pair_id and entry.kind == "restored"]
    said.sort(key=lambda entry: (_RANK[entry.source], entry.comment_id))
    targets: dict[tuple[str, str, Region | None], TargetText] = {}
    for entry in said:
        target = target_of(entry, language)
        if target is not None and target.dimension in config.dimensions:
            targets.setdefault((entry.sample_id, target.text, target.region), target)
    if targets or not config.use_preset:
        return list(targets.values())
    looked_at = said[0].sample_id if said else None
    return [replace(target, sample_id=looked_at) for target in preset_texts(language, config)]


def preset_texts(language: QualityLanguage, config: WordsConfig) -> list[TargetText]:
    """The texts of the preset in their order, as far as they are about `config.dimensions`.

    Raises:
        LanguageError: when one of them tells of a defect or can't be read, so would guide the wrong way.
    """
    for number, preset in enumerate(config.preset):
        reading = language.read(preset.text)
        if reading.polarity != "good":
            found = "tells of a defect" if reading.polarity else f"can't be read: {reading.doubt}"
            raise LanguageError(f"preset[{number}]: {preset.text!r} {found}; say what is wanted instead")
    return preset_targets(config)


def preset_targets(config: WordsConfig) -> list[TargetText]:
    """The texts of the preset as they are, none where it is not to be used."""
    if not config.use_preset:
        return []
    return [
        TargetText(preset.text, preset.dimension, None, "preset", None)
        for preset in config.preset
        if preset.dimension in config.dimensions
    ]


def target_of(entry: Entry, language: QualityLanguage) -> TargetText | None:
    """What an entry wishes for; None where it names nothing to mend."""
    text = entry.text if entry.conforms == 0 else entry.opposite
    if text is None or language.read(text).polarity != "good":
        return None
    return TargetText(text, entry.dimension, entry.region, entry.source, entry.comment_id, entry.sample_id)
