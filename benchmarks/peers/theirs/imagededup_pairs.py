"""imagededup's way: perceptual hashes of a folder, pairs within a distance. Runs in its own environment."""

import json
import sys
import time
from pathlib import Path

from imagededup.methods import PHash


def main(task: dict) -> dict:
    """Seconds from files to pairs, and the pairs."""
    began = time.perf_counter()
    method = PHash(verbose=False)
    neighbours = method.find_duplicates(image_dir=task["folder"], max_distance_threshold=task["distance"])
    seconds = time.perf_counter() - began
    pairs = {tuple(sorted((name, other))) for name, others in neighbours.items() for other in others}
    return {"seconds": seconds, "images": len(neighbours), "pairs": sorted(pairs)}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(main(json.loads(Path(sys.argv[1]).read_text()))))
