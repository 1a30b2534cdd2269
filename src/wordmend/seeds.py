"""Seeds for the parts of a run: independent of each other and of the order in which they are asked for."""

import hashlib


def seed_for(seed: int, name: str) -> int:
    """A seed for the part called `name` (for example "stage1 weights"), in [0, 2**63)."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
