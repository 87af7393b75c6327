"""How good lists are on real playlists and listeners: `python -m benchmarks.quality [--quick]`.

Needs the data in ``../shared/data``; says what it leaves out where a set is absent.
"""

import sys

from benchmarks.sections import Command

QUALITY = Command(
    "quality",
    __doc__,
    {
        "playlists": "benchmarks.replays:playlists",
        "tidytuesday": "benchmarks.replays:tidytuesday",
        "lastfm": "benchmarks.replays:lastfm",
        "cold-start": "benchmarks.coldstart:measure",
        "reasons": "benchmarks.reasons:measure",
    },
)

if __name__ == "__main__":
    sys.exit(QUALITY.main())
