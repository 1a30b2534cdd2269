"""The words of the quality language, as conf/base/quality_language.yml lists them."""

from pydantic import Field, ValidationError, model_validator

from wordmend.comments.entry import DIMENSIONS, Dimension
from wordmend.config import Config
from wordmend.errors import LanguageError

Turns = dict[str, str | None]
"""Words, each with what takes its place when its meaning is turned round; None: only "not" turns it."""


class DimensionWords(Config):
    """The words that tell about one dimension."""

    good_words: Turns = Field(default_factory=dict)
    """Adjectives that praise."""
    defect_words: Turns = Field(default_factory=dict)
    """Adjectives that name a defect."""
    stand_ins: dict[str, str] = Field(default_factory=dict)
    """Counterparts of `defect_words` for where "not" can't stand ("noisy sky", "noise-free sky")."""
    defect_nouns: list[str] = Field(default_factory=list)
    """Nouns, singular, that name a defect."""
    good_nouns: list[str] = Field(default_factory=list)
    """Nouns, singular, that name something an image should have."""


class PhraseTemplate(Config):
    """Two texts about the same thing, with `{subject}` where the place is named."""

    defect: str
    """Tells of the defect."""
    good: str
    """Tells that it isn't there."""


class Sayings(Config):
    """How people put it; `[a|b]` and `{one}`, `{many}` stand for what may be chosen there."""

    defect: list[str] = Field(min_length=1)
    """Tell of the defect."""
    good: list[str] = Field(min_length=1)
    """Tell that all is well."""


class Phrases(Config):
    """Texts that the program makes itself."""

    subjects: list[str] = Field(min_length=1)
    """What a whole image may be called, without article."""
    severities: list[str] = Field(min_length=3, max_length=3)
    """Three words for how strong a defect is, mild to strong."""
    places: list[list[str]] = Field(min_length=3, max_length=3)
    """Names of the nine places of an image: three rows from the top, three columns from the left."""
    pairs: dict[Dimension, list[PhraseTemplate]]
    """Templates of each dimension."""
    things: list[str] = Field(min_length=1)
    """What is spoken of in a saying, singular, with its article: `{one}`."""
    many_things: list[str] = Field(min_length=1)
    """The same in the plural: `{many}`."""
    sayings: dict[Dimension, Sayings] = Field(default_factory=dict)
    """Sayings of each dimension that has some."""

    @model_validator(mode="after")
    def _refuse_gaps(self) -> "Phrases":
        if any(len(row) != 3 for row in self.places):
            raise ValueError("places has three rows of three names each")
        for dimension in DIMENSIONS:
            if not self.pairs.get(dimension):
                raise ValueError(f"pairs has no templates for {dimension}")
        return self


class Lexicon(Config):
    """All words; the lists are explained where they stand, in conf/base/quality_language.yml."""

    dimensions: dict[Dimension, DimensionWords]
    evaluations: list[str]
    negators: dict[str, str]
    reaching_negators: list[str]
    present: dict[str, str]
    absent: dict[str, str]
    before_adjectives: list[str]
    distributed: list[str]
    removing: Turns
    rebuilding: list[str]
    removing_nouns: list[str]
    rebuilding_nouns: list[str]
    mended_well: dict[str, str]
    mended_badly: dict[str, str]
    intensifiers: list[str]
    hedges: list[str]
    temporal: list[str]
    excess: list[str]
    negative_only: list[str]
    showing: list[str]
    having: list[str]
    copulas: list[str]
    helpers: list[str]
    definite: list[str]
    indefinite: list[str]
    modifiers: list[str]
    neutral: list[str]
    parts: list[str]
    uncountable: list[str]
    separators: list[str]
    contrasts: list[str]
    wishes: list[str]
    feelings: list[str]
    spellings: dict[str, str]
    phrases: Phrases

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> "Lexicon":
        for dimension in DIMENSIONS:
            if dimension not in self.dimensions:
                raise ValueError(f"dimensions lacks {dimension}")
        owner: dict[str, str] = {}
        for dimension, words in self.dimensions.items():
            lists = (words.good_words, words.defect_words, words.defect_nouns, words.good_nouns)
            for name, group in zip(
                ("good_words", "defect_words", "defect_nouns", "good_nouns"), lists, strict=True
            ):
                for word in group:
                    place = f"dimensions.{dimension}.{name}"
                    if word in owner:
                        raise ValueError(f"{word!r} stands in {owner[word]} and in {place}; keep one of them")
                    owner[word] = place
            for word in words.stand_ins:
                if word not in words.defect_words:
                    raise ValueError(
                        f"dimensions.{dimension}.stand_ins: {word!r} is none of its defect_words"
                    )
        both = sorted(set(self.present) & set(self.absent))
        if both:
            raise ValueError(f"{both[0]!r} stands in present and in absent; keep one of them")
        return self


def read_lexicon(lexicon: dict[str, object]) -> Lexicon:
    """The validated lexicon.

    Raises:
        LanguageError: names the key and what is wrong with it.
    """
    try:
        return Lexicon.model_validate(lexicon)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(["quality_language", *map(str, first["loc"])])
        raise LanguageError(f"{key}: {first['msg']}; mend it in conf/base/quality_language.yml") from error
