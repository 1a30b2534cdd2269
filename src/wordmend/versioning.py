"""What can't be made again goes into DVC."""

import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

logger = logging.getLogger(__name__)


def keep_in_dvc(project: Path, paths: Sequence[Path]) -> bool:
    """Add files and folders to DVC: git then sees a small file of each, and `dvc push` shares them.

    Where it doesn't succeed nothing is lost: a warning says what to do.

    Args:
        project: the root of the DVC repository.
        paths: what to add; what isn't there is passed over.

    Returns:
        Whether they are in DVC now; never outside of a DVC repository.
    """
    project = project.resolve()
    there = [str((project / path).relative_to(project)) for path in paths if (project / path).exists()]
    if not there or not (project / ".dvc").is_dir():
        return False
    command = ["dvc", "add", "--quiet", *there]
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=project, capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = " ".join((done.stderr or done.stdout).split())[-300:]
        logger.warning("%s is not in DVC yet (%s); run `%s`", ", ".join(there), reason, " ".join(command))
    else:
        logger.info("in DVC: %s; commit their .dvc files to keep this version", ", ".join(there))
    return done.returncode == 0
