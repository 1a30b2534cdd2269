"""The page."""

from label_studio_sdk.label_interface import LabelInterface

from wordmend.comments.entry import DIMENSIONS
from wordmend.labelstudio.labelling_config import PICTURE, REGION, labelling_config


def test_the_page_is_one_that_label_studio_takes():
    interface = LabelInterface(labelling_config())
    interface.validate()
    assert set(interface.get_control(REGION).labels) >= set(DIMENSIONS)
    assert interface.get_object(PICTURE).value_name == "pages"


def test_no_key_means_two_things():
    page = labelling_config()
    keys = [part.split('"')[0] for part in page.split('hotkey="')[1:]]
    assert len(keys) == len(set(keys)) == 10
