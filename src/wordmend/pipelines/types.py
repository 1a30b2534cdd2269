"""Types in the signatures of nodes.

Kedro resolves a node's annotations when it validates parameters, for every pipeline and every command. The
types that are heavy to import stand there for readers and the type checker only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame
    from PIL.Image import Image

    from wordmend.labelstudio.annotations import AnnotatedTask
    from wordmend.labelstudio.connection import LabelStudioServer
    from wordmend.labelstudio.live import LivePeople
    from wordmend.pairs.image_pair import ImagePair
    from wordmend.pairs.library import PairLibrary
    from wordmend.quality.model import QualityModel
    from wordmend.restorers.weights import Restorer
    from wordmend.samples.restored import RestoredImage, RestoredLibrary
    from wordmend.study.project import Project as StudyProject
else:
    DataFrame = Image = ImagePair = PairLibrary = QualityModel = Restorer = Any
    RestoredImage = RestoredLibrary = AnnotatedTask = LabelStudioServer = LivePeople = StudyProject = Any

__all__ = [
    "AnnotatedTask",
    "DataFrame",
    "Image",
    "ImagePair",
    "LabelStudioServer",
    "LivePeople",
    "PairLibrary",
    "QualityModel",
    "RestoredImage",
    "RestoredLibrary",
    "Restorer",
    "StudyProject",
]
