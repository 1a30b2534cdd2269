"""Kedro's project settings."""

import os
from pathlib import Path

from omegaconf.resolvers import oc

for _switch in ("DO_NOT_TRACK", "DVC_NO_ANALYTICS", "HF_HUB_DISABLE_TELEMETRY", "KEDRO_DISABLE_TELEMETRY"):
    os.environ.setdefault(_switch, "1")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from wordmend.hooks import (  # noqa: E402  # after telemetry is off
    CheckpointHooks,
    LineageHooks,
    ParameterHooks,
    SummaryHooks,
    VersioningHooks,
)

PROJECT_PATH = Path(__file__).resolve().parents[2]

HOOKS = (ParameterHooks(), LineageHooks(), SummaryHooks(), VersioningHooks(), CheckpointHooks())

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "config_patterns": {
        "parameters": ["parameters*", "parameters*/**", "**/parameters*", "quality_language*"],
        "mlflow": ["mlflow*", "mlflow*/**"],
    },
    # `--params stage2.w_text=0` changes one value and keeps its siblings; so does another environment
    "merge_strategy": {"parameters": "soft"},
    "custom_resolvers": {
        "oc.env": oc.env,
        "project_path": lambda: str(PROJECT_PATH),
        # a server keeps artifacts where it wants; those of the local store must not follow the current folder
        "mlflow_artifacts": lambda: (
            None if os.environ.get("MLFLOW_TRACKING_URI") else (PROJECT_PATH / "mlartifacts").as_uri()
        ),
    },
}
