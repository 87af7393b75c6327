"""How the genres of the demo sound: one table, mean±spread of each feature, typed in by ear."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.features import FEATURE_NAMES

# style: which words its titles and artists are made of (see words.py).
# share: per cent of the catalogue.  years: how old half of its tracks are.
TABLE = """
genre           style     share  tempo    energy   dance    valence  acoustic instrum. loudness speech   minutes  years
pop             pop       17.0   117±24   .65±.17  .65±.13  .52±.21  .24±.24  .02±.08   -6.2±2.3 .07±.06  3.4±0.6   5
rock            rock       9.5   124±26   .76±.17  .50±.14  .50±.22  .16±.22  .08±.18   -7.0±3.0 .06±.04  4.0±1.0  18
hip hop         street     8.0   108±28   .64±.15  .73±.12  .48±.20  .19±.20  .02±.07   -6.9±2.5 .23±.12  3.3±0.7   6
indie pop       indie      5.5   119±25   .60±.18  .59±.14  .47±.22  .32±.28  .07±.17   -7.6±2.8 .05±.03  3.6±0.7   6
house           club       4.4   124±4    .80±.13  .72±.10  .50±.24  .06±.10  .38±.36   -7.2±2.5 .06±.05  5.1±1.4   6
country         country    4.2   121±28   .64±.18  .57±.12  .54±.20  .30±.26  .01±.05   -6.9±2.6 .04±.02  3.4±0.6  12
r&b             soul       4.0   107±28   .54±.16  .66±.13  .47±.21  .32±.26  .02±.08   -7.9±2.6 .11±.09  3.6±0.7   8
alternative     rock       3.8   125±26   .74±.18  .51±.14  .44±.21  .14±.21  .09±.19   -6.9±2.8 .06±.04  3.9±0.8  14
metal           metal      3.2   126±29   .92±.08  .41±.13  .31±.18  .02±.06  .21±.30   -5.2±2.0 .09±.06  4.8±1.4  15
jazz            jazz       2.9   112±31   .36±.18  .53±.14  .47±.23  .76±.20  .42±.38  -14.5±4.5 .05±.04  4.9±1.7  35
folk            folk       2.7   117±28   .36±.18  .51±.14  .43±.21  .73±.23  .10±.22  -12.1±3.8 .04±.03  3.7±0.9  14
classical       classical  2.6   104±31   .16±.13  .30±.14  .22±.18  .95±.06  .85±.19  -22.5±5.5 .04±.01  5.2±2.6  25
techno          club       2.3   130±6    .84±.12  .70±.10  .32±.24  .05±.10  .78±.20   -8.6±2.6 .06±.04  6.1±1.3   5
soul            soul       2.1   112±28   .52±.18  .60±.14  .60±.22  .42±.28  .03±.11   -9.8±3.4 .05±.04  3.5±0.8  30
electropop      pop        2.0   119±20   .70±.15  .66±.12  .50±.22  .13±.17  .06±.16   -6.3±2.2 .06±.05  3.5±0.6   5
latin pop       latin      1.9   112±27   .68±.15  .67±.12  .62±.21  .28±.23  .01±.04   -6.1±2.1 .07±.06  3.6±0.5   7
reggaeton       latin      1.7    96±13   .76±.11  .77±.08  .64±.18  .17±.15  .01±.04   -5.0±1.7 .11±.08  3.5±0.5   4
punk            rock       1.6   148±31   .90±.09  .45±.13  .52±.20  .05±.11  .05±.15   -5.1±2.1 .08±.06  2.6±0.6  20
ambient         drift      1.5    97±29   .19±.14  .30±.15  .13±.12  .77±.23  .85±.15  -20.5±5.5 .05±.02  5.6±2.4   8
blues           jazz       1.4   116±30   .50±.21  .54±.14  .57±.22  .50±.29  .10±.21  -10.8±3.9 .05±.04  4.0±1.2  32
reggae          island     1.3   113±32   .58±.15  .72±.12  .69±.19  .20±.21  .03±.11   -7.6±2.7 .11±.09  3.9±0.7  20
funk            soul       1.2   112±16   .74±.14  .74±.10  .77±.16  .20±.20  .10±.21   -8.4±3.1 .07±.05  4.3±1.1  28
k-pop           seoul      1.2   120±23   .77±.14  .66±.11  .57±.20  .15±.18  .01±.04   -4.6±1.6 .08±.06  3.4±0.4   4
lo-fi           drift      1.1    84±13   .31±.14  .62±.13  .38±.20  .68±.24  .76±.24  -13.2±3.6 .08±.07  2.3±0.5   3
drum and bass   club       1.0   173±4    .88±.09  .53±.10  .33±.20  .05±.09  .45±.36   -5.5±2.2 .08±.06  4.6±0.9   6
synthwave       neon       0.95  110±16   .72±.15  .60±.11  .42±.23  .05±.10  .68±.30   -8.1±2.5 .04±.02  4.2±0.7   4
disco           neon       0.90  119±8    .77±.13  .73±.09  .80±.15  .14±.17  .11±.22   -8.9±3.2 .05±.03  4.4±1.3  38
singer-songwriter folk     0.90  116±27   .39±.17  .54±.13  .40±.20  .61±.27  .03±.11  -10.1±3.2 .04±.03  3.7±0.6  10
salsa           latin      0.85   99±22   .75±.12  .66±.09  .83±.11  .42±.23  .02±.07   -7.0±2.6 .05±.03  4.5±0.8  22
trip hop        drift      0.80   96±20   .55±.15  .62±.12  .36±.20  .21±.22  .47±.33   -9.3±2.8 .07±.06  4.7±0.9  20
bossa nova      brazil     0.75  116±27   .33±.14  .61±.12  .57±.20  .76±.17  .17±.28  -13.6±4.0 .05±.03  3.3±0.8  32
trance          club       0.75  136±4    .88±.09  .55±.09  .29±.21  .02±.04  .62±.31   -7.4±2.3 .05±.03  6.5±1.2  10
afrobeat        africa     0.70  113±13   .72±.13  .74±.10  .75±.17  .24±.22  .12±.23   -7.4±2.7 .09±.07  5.0±1.7   9
grunge          rock       0.65  125±27   .80±.16  .46±.13  .41±.20  .07±.15  .10±.21   -6.5±2.8 .05±.03  4.0±0.9  27
shoegaze        indie      0.60  122±24   .73±.17  .34±.13  .28±.18  .10±.19  .55±.34   -7.0±2.7 .04±.02  4.6±1.1  16
chanson         paris      0.60  112±30   .41±.19  .52±.14  .47±.23  .65±.25  .04±.14  -10.6±3.7 .07±.08  3.4±0.7  28
city pop        tokyo      0.55  113±17   .66±.15  .65±.11  .69±.19  .22±.22  .05±.14   -8.6±3.0 .04±.02  4.4±0.6  36
bluegrass       country    0.55  128±29   .52±.17  .55±.12  .67±.20  .74±.19  .17±.30  -10.3±3.1 .04±.02  3.1±0.7  18
flamenco        spain      0.50  118±31   .50±.18  .55±.14  .51±.21  .75±.18  .12±.27   -9.6±3.6 .06±.04  4.1±1.0  20
cumbia          latin      0.50   96±13   .67±.13  .76±.09  .85±.10  .35±.22  .05±.15   -6.9±2.7 .06±.05  3.4±0.6  16
gospel          soul       0.45  113±30   .57±.20  .49±.13  .43±.20  .42±.30  .01±.05   -8.1±3.2 .06±.05  4.8±1.2  16
opera           classical  0.40   99±31   .24±.14  .26±.11  .17±.13  .95±.06  .21±.29  -17.3±5.0 .05±.02  4.3±1.7  34
ska             island     0.40  138±30   .80±.13  .60±.13  .77±.16  .10±.15  .07±.18   -6.0±2.6 .07±.05  3.1±0.6  22
post-rock       drift      0.40  119±26   .52±.22  .31±.12  .18±.14  .25±.28  .82±.16  -11.2±3.9 .04±.02  6.8±2.2  12
celtic          folk       0.35  118±29   .40±.20  .46±.14  .48±.24  .68±.25  .41±.37  -12.3±4.1 .04±.02  3.8±0.9  18
tango           spain      0.30  119±26   .35±.16  .56±.13  .55±.20  .87±.12  .36±.38  -12.5±4.1 .07±.06  3.0±0.6  50
fado            brazil     0.25  108±30   .33±.14  .44±.12  .37±.17  .82±.13  .02±.09  -10.1±3.1 .04±.02  3.3±0.6  26
dub             island     0.25  122±27   .50±.15  .74±.11  .62±.20  .15±.18  .66±.28   -9.6±2.9 .10±.08  4.4±0.9  24
"""  # noqa: E501

# How features go together within any genre, beyond its means.
CORRELATIONS: dict[tuple[str, str], float] = {
    ("energy", "loudness"): 0.70,
    ("energy", "acousticness"): -0.55,
    ("loudness", "acousticness"): -0.42,
    ("danceability", "valence"): 0.42,
    ("energy", "valence"): 0.28,
    ("tempo", "energy"): 0.18,
    ("tempo", "danceability"): -0.20,
    ("instrumentalness", "valence"): -0.20,
    ("instrumentalness", "loudness"): -0.25,
    ("instrumentalness", "speechiness"): -0.12,
    ("danceability", "speechiness"): 0.15,
    ("energy", "instrumentalness"): -0.08,
}

# What a listener, or a second genre tag, may like besides.
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "pop": ("electropop", "indie pop", "r&b"),
    "rock": ("alternative", "grunge", "blues"),
    "hip hop": ("r&b", "trip hop", "lo-fi"),
    "indie pop": ("shoegaze", "singer-songwriter", "electropop"),
    "house": ("techno", "disco", "trance"),
    "country": ("bluegrass", "folk", "singer-songwriter"),
    "r&b": ("soul", "hip hop", "pop"),
    "alternative": ("rock", "indie pop", "grunge"),
    "metal": ("punk", "rock", "post-rock"),
    "jazz": ("bossa nova", "soul", "blues"),
    "folk": ("singer-songwriter", "celtic", "bluegrass"),
    "classical": ("opera", "ambient"),
    "techno": ("house", "trance", "drum and bass"),
    "soul": ("funk", "gospel", "r&b"),
    "electropop": ("pop", "synthwave", "house"),
    "latin pop": ("reggaeton", "salsa", "cumbia"),
    "reggaeton": ("latin pop", "hip hop", "cumbia"),
    "punk": ("ska", "alternative", "metal"),
    "ambient": ("post-rock", "lo-fi", "classical"),
    "blues": ("rock", "soul", "jazz"),
    "reggae": ("dub", "ska", "afrobeat"),
    "funk": ("disco", "soul", "afrobeat"),
    "k-pop": ("electropop", "pop", "city pop"),
    "lo-fi": ("trip hop", "ambient", "hip hop"),
    "drum and bass": ("techno", "trance", "dub"),
    "synthwave": ("electropop", "disco", "city pop"),
    "disco": ("funk", "house", "city pop"),
    "singer-songwriter": ("folk", "indie pop", "country"),
    "salsa": ("cumbia", "latin pop", "jazz"),
    "trip hop": ("lo-fi", "dub", "ambient"),
    "bossa nova": ("jazz", "fado", "lo-fi"),
    "trance": ("techno", "house", "drum and bass"),
    "afrobeat": ("funk", "reggae", "jazz"),
    "grunge": ("alternative", "rock", "punk"),
    "shoegaze": ("indie pop", "post-rock", "alternative"),
    "chanson": ("folk", "jazz", "tango"),
    "city pop": ("disco", "funk", "synthwave"),
    "bluegrass": ("country", "folk", "celtic"),
    "flamenco": ("tango", "salsa", "fado"),
    "cumbia": ("salsa", "reggaeton", "latin pop"),
    "gospel": ("soul", "blues", "r&b"),
    "opera": ("classical",),
    "ska": ("reggae", "punk", "dub"),
    "post-rock": ("ambient", "shoegaze", "metal"),
    "celtic": ("folk", "bluegrass", "singer-songwriter"),
    "tango": ("flamenco", "chanson", "classical"),
    "fado": ("bossa nova", "flamenco", "chanson"),
    "dub": ("reggae", "trip hop", "drum and bass"),
}

_FEATURE_OF = {"dance": "danceability", "acoustic": "acousticness", "instrum.": "instrumentalness"}
_FEATURE_OF |= {"speech": "speechiness"}


@dataclass(frozen=True, slots=True)
class Genre:
    """One line of the table."""

    name: str
    style: str
    share: float
    means: NDArray[np.float64]
    """(8,) in the order of `FEATURES`."""
    spreads: NDArray[np.float64]
    minutes: tuple[float, float]
    median_age_years: float


def read_table() -> list[Genre]:
    """Return the genres of the table, largest first."""
    header, *rows = TABLE.strip().splitlines()
    columns = header.split()
    return [_genre(columns, row) for row in rows]


def _genre(columns: list[str], row: str) -> Genre:
    # The name is all that may hold spaces.
    *name, style, share = row.rsplit(maxsplit=len(columns) - 1)[:3]
    cells = dict(zip(columns[3:], row.split()[-len(columns) + 3 :], strict=True))
    pairs = {
        _FEATURE_OF.get(column, column): tuple(float(part) for part in cell.split("±"))
        for column, cell in cells.items()
        if "±" in cell
    }
    return Genre(
        name=" ".join(name),
        style=style,
        share=float(share),
        means=np.array([pairs[feature][0] for feature in FEATURE_NAMES]),
        spreads=np.array([pairs[feature][1] for feature in FEATURE_NAMES]),
        minutes=(pairs["minutes"][0], pairs["minutes"][1]),
        median_age_years=float(cells["years"]),
    )


def correlation_matrix() -> NDArray[np.float64]:
    """Return the (8, 8) correlations of features within a genre."""
    matrix = np.eye(len(FEATURE_NAMES))
    for (one, other), value in CORRELATIONS.items():
        row, column = FEATURE_NAMES.index(one), FEATURE_NAMES.index(other)
        matrix[row, column] = matrix[column, row] = value
    return matrix
