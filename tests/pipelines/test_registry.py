import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from wordmend.pipeline_registry import WHOLE_WAY, register_pipelines

ROOT = Path(__file__).resolve().parents[2]
PIPELINES = register_pipelines()
ASIDE = ("annotation_export", "annotation_import", "assess", "export", "restore", "study")
CONTRACT = {"__default__", *WHOLE_WAY, *ASIDE}


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    """Catalog and parameters as Kedro reads them."""
    bootstrap_project(ROOT)
    with KedroSession.create(ROOT, env="base") as session:
        loader = session.load_context().config_loader
        return {"catalog": loader["catalog"], "parameters": loader["parameters"]}


def test_the_pipelines_of_the_contract_are_there():
    assert set(PIPELINES) == CONTRACT


@pytest.mark.parametrize("name", sorted(PIPELINES))
def test_every_dataset_is_in_the_catalog(name: str, config: dict[str, Any]):
    named = {dataset for dataset in PIPELINES[name].datasets() if not dataset.startswith("params:")}
    assert named <= set(config["catalog"])


@pytest.mark.parametrize("name", sorted(PIPELINES))
def test_every_parameter_has_a_value(name: str, config: dict[str, Any]):
    named = {dataset.removeprefix("params:") for dataset in PIPELINES[name].inputs() if ":" in dataset}
    assert named <= set(config["parameters"])


def test_the_catalog_has_nothing_unused_and_no_pattern(config: dict[str, Any]):
    used = {dataset for pipeline in PIPELINES.values() for dataset in pipeline.datasets()}
    assert set(config["catalog"]) <= used
    assert not any("{" in name for name in config["catalog"])


@pytest.mark.parametrize("name", sorted(PIPELINES))
def test_nodes_are_thin(name: str):
    for node in PIPELINES[name].nodes:
        code = node.func.__code__
        lines = {line for *_, line in code.co_lines() if line is not None}
        assert len(lines) <= 40, f"{node.func.__name__} does the core's work"


def paths(stage: dict[str, Any], key: str) -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in stage.get(key, [])}


def files_of(catalog: dict[str, Any], datasets: set[str]) -> set[str]:
    found = {catalog[name].get("filepath") for name in datasets if name in catalog}
    return found - {None}


# what a table of paths names beside itself
IMAGES = {
    "data/03_primary/pairs.parquet": "data/03_primary/pairs",
    "data/04_feature/restored.parquet": "data/04_feature/restored",
}
# of use to no stage of its own: what is set for one run, and what a server is asked with
NOT_IN_GPU = {f"parameters_{name}.yml" for name in ASIDE}


@pytest.mark.parametrize("name", WHOLE_WAY)
def test_dvc_and_the_pipelines_agree(name: str, config: dict[str, Any]):
    stage = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"][name]
    pipeline, catalog = PIPELINES[name], config["catalog"]
    assert stage["cmd"] == f"kedro run --env ${{kedro_env}} --pipelines={name}"

    outputs = files_of(catalog, pipeline.all_outputs())
    outputs |= {IMAGES[path] for path in outputs & set(IMAGES)}
    assert paths(stage, "outs") | paths(stage, "metrics") == outputs

    # only give meaning to paths, or keep what is on its way
    places = {"data", "data/01_raw/annotations", "data/06_models/checkpoints"}
    inputs = files_of(catalog, pipeline.inputs()) - places
    inputs |= {IMAGES[path] for path in inputs & set(IMAGES)}
    # these files aren't there before somebody has commented, their folder is
    answers = {f"data/01_raw/annotations/{name}.json" for name in ("annotations", "judgements")}
    if inputs & answers:
        inputs = inputs - answers | {"data/01_raw/annotations"}
    dependencies = {path for path in paths(stage, "deps") if path.startswith("data/")}
    # reached by a parameter, by paths in a table
    extra = {"data/01_raw/photos", "data/04_feature/restored", "data/06_models/stage1_quality"}
    assert inputs <= dependencies <= inputs | extra

    parameters = {d.removeprefix("params:") for d in pipeline.inputs() if d.startswith("params:")}
    tracked = {key for entry in stage["params"] for keys in entry.values() for key in keys}
    assert tracked == parameters - {"annotation_export"}  # how people are asked is no part of the result


def test_dvc_knows_every_stage_of_the_whole_way():
    assert set(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]) == set(WHOLE_WAY)


def test_both_environments_name_the_same_parameter_files():
    base, gpu = (
        {path.name for path in (ROOT / "conf" / env).glob("parameters_*.yml")} for env in ("base", "gpu")
    )
    assert base - NOT_IN_GPU <= gpu


def test_loading_the_pipelines_imports_nothing_heavy():
    code = (
        "import sys, wordmend.settings, wordmend.pipeline_registry as r; r.register_pipelines();"
        "heavy = {'torch', 'torchvision', 'open_clip', 'spandrel', 'mlflow', 'cv2', 'skimage', 'sklearn'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.splitlines()[-1] == "[]"


def test_what_people_said_is_read_without_the_servers_client():
    code = (
        "import sys, wordmend.labelstudio.people, wordmend.labelstudio.judgements;"
        "print(sorted({'label_studio_sdk', 'httpx', 'torch'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.splitlines()[-1] == "[]"


def test_every_parameter_group_is_typed():
    from kedro.validation.type_extractor import TypeExtractor

    typed = TypeExtractor(PIPELINES).extract_types_from_pipelines()
    groups = {d.removeprefix("params:") for p in PIPELINES.values() for d in p.inputs() if ":" in d}
    assert set(typed) == groups - {"seed", "photos_dir", "quality_language"}
