import platform
import subprocess
import sys

import pytest
import torch

from wordmend.memory import free_memory

PAGES = """
import resource, torch
from wordmend.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(64 << 20, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
before = faults()
keep_freed_memory()
faults()
print(before, faults())
"""


KEPT = """
import psutil, torch
from wordmend.memory import give_back_freed_memory, keep_freed_memory

keep_freed_memory()
large = [torch.ones(32 << 20, dtype=torch.uint8) for _ in range(16)]
last = torch.ones(1 << 20, dtype=torch.uint8)  # above them, so that the heap can't just end lower
del large
kept = psutil.Process().memory_info().rss
give_back_freed_memory()
print(kept - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to")
def test_what_is_kept_is_given_back():
    found = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, check=True)
    assert int(found.stdout) > 400 << 20


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to")
def test_freed_memory_is_not_got_page_by_page_again():
    found = subprocess.run([sys.executable, "-c", PAGES], capture_output=True, text=True, check=True)
    before, after = map(int, found.stdout.split())
    assert before > 1000  # fewer where the system has huge pages
    assert after < before / 20


def test_there_is_memory_here():
    assert free_memory(torch.device("cpu")) > 10**8
