"""The page on which a person comments, as Label Studio's labelling configuration."""

from xml.etree import ElementTree

from wordmend.comments.entry import DIMENSIONS, Dimension
from wordmend.labelstudio.page import add_picture, as_xml, start_page

DIMENSION_NAMES: dict[Dimension, str] = {
    "sharpness": "blurred",
    "noise": "noisy",
    "scratches": "scratched",
    "missing_parts": "part missing",
    "other": "something else",
}
"""What a person chooses, each standing for a defect of one dimension."""

NOTHING_TO_OBJECT = "Nothing to object"
AS_IT_IS = "describe it as it is"
AS_WANTED = "describe what I want"

# names of the controls, by which results are read
PICTURE = "picture"
REGION = "region"
REGION_WORDS = "region_words"
VERDICT = "verdict"
DEFECTS = "defects"
WORDS = "words"
MEANING = "meaning"

_COLORS = {
    "sharpness": "#f5a524",
    "noise": "#3e63dd",
    "scratches": "#e5484d",
    "missing_parts": "#8e4ec6",
    "other": "#30a46c",
}
_REGION_KEYS = "12345"
_DEFECT_KEYS = "qwert"
_NOTHING_KEY = "n"
_STYLE = """
.wm-answers { margin-top: 12px }
"""


def labelling_config() -> str:
    """The configuration as XML.

    Left is the input, right what is commented on; turning the right one's pages shows restored, input and,
    where there is one, gt in the same place. Digits choose the defect of a region that is drawn next, letters
    name a defect of the whole picture, n objects to nothing.
    """
    view, row = start_page(_STYLE)
    add_picture(row, "input", "Input", value="$input")
    right = add_picture(row, PICTURE, "$heading", valueList="$pages")
    labels = ElementTree.SubElement(
        right,
        "RectangleLabels",
        name=REGION,
        toName=PICTURE,
        choice="single",
        showInline="true",
        canRotate="false",
    )
    for dimension, key in zip(DIMENSIONS, _REGION_KEYS, strict=True):
        ElementTree.SubElement(
            labels,
            "Label",
            value=DIMENSION_NAMES[dimension],
            alias=dimension,
            hotkey=key,
            background=_COLORS[dimension],
        )
    ElementTree.SubElement(
        right,
        "TextArea",
        name=REGION_WORDS,
        toName=PICTURE,
        perRegion="true",
        displayMode="region-list",
        maxSubmissions="1",
        editable="true",
        placeholder="What is wrong here, in your words?",
    )
    answers = ElementTree.SubElement(view, "View", className="wm-answers")
    ElementTree.SubElement(answers, "Header", value="The whole picture", size="5")
    verdict = ElementTree.SubElement(
        answers, "Choices", name=VERDICT, toName=PICTURE, choice="single", showInline="true"
    )
    ElementTree.SubElement(verdict, "Choice", value=NOTHING_TO_OBJECT, alias="nothing", hotkey=_NOTHING_KEY)
    defects = ElementTree.SubElement(
        answers, "Choices", name=DEFECTS, toName=PICTURE, choice="multiple", showInline="true"
    )
    for dimension, key in zip(DIMENSIONS, _DEFECT_KEYS, strict=True):
        if dimension != "other":  # a defect without a name needs words
            ElementTree.SubElement(
                defects, "Choice", value=DIMENSION_NAMES[dimension].capitalize(), alias=dimension, hotkey=key
            )
    ElementTree.SubElement(
        answers,
        "TextArea",
        name=WORDS,
        toName=PICTURE,
        rows="1",
        editable="true",
        placeholder="Or in your words: the hair is not clear (Enter adds it)",
    )
    meaning = ElementTree.SubElement(
        answers, "Choices", name=MEANING, toName=PICTURE, choice="single-radio", showInline="true"
    )
    ElementTree.SubElement(meaning, "Choice", value=f"My words {AS_IT_IS}", alias="as_it_is")
    ElementTree.SubElement(meaning, "Choice", value=f"My words {AS_WANTED}", alias="as_wanted")
    return as_xml(view)
