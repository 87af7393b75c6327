# ruff: noqa: E501 - lists of words
"""The words of the demo: what its artists, titles and listeners are called, style by style.

A phrase is a pattern with words in brackets; each bracket names a list. ``a | b`` lists phrases.
"""


def _list(text: str) -> tuple[str, ...]:
    return tuple(" ".join(item.split()) for item in text.replace("\n", " ").split("|"))


WORDS: dict[str, tuple[str, ...]] = {
    name: _list(text)
    for name, text in {
        # Shared by several styles
        "color": """Amber | Silver | Crimson | Cobalt | Ivory | Copper | Indigo | Saffron | Coral |
            Slate | Emerald | Ochre | Pearl | Rust | Lilac | Umber | Teal | Golden | Scarlet""",
        "soft": """Paper | Velvet | Quiet | Hollow | Gentle | Distant | Tender | Sleepy | Woollen |
            Faded | Slow | Little | Tiny | Patient | Borrowed | Folded | Pale | Honest""",
        "bright": """Electric | Brilliant | Neon | Sugar | Sparkling | Crystal | Magnetic | Candy |
            Dazzling | Glass | Holographic | Sunlit | Weightless | Starlit""",
        "rough": """Broken | Rusted | Iron | Burning | Crooked | Feral | Stray | Wicked | Concrete |
            Restless | Loud | Jagged | Savage | Scorched | Reckless | Wired""",
        "nature": """Harbor | Meadow | River | Canyon | Orchard | Valley | Lighthouse | Prairie |
            Glacier | Forest | Island | Lagoon | Mountain | Delta | Cliff | Shore | Garden |
            Thicket | Estuary | Moor""",
        "bird": """Heron | Sparrow | Kingfisher | Magpie | Swift | Owl | Starling | Lark | Curlew |
            Plover | Nightjar | Wren | Finch | Goldcrest | Lapwing | Bunting""",
        "animal": """Foxes | Wolves | Otters | Lynxes | Badgers | Moths | Hares | Coyotes | Herons |
            Bees | Whales | Ravens | Stags | Salmon | Sparrows | Tigers""",
        "thing": """Letters | Maps | Lanterns | Mirrors | Telegrams | Postcards | Umbrellas |
            Matches | Photographs | Satellites | Carousels | Compasses | Windows | Balloons |
            Ladders | Bicycles | Fireworks | Thermometers""",
        "one": """Letter | Lantern | Mirror | Postcard | Umbrella | Photograph | Satellite |
            Carousel | Compass | Window | Balloon | Ladder | Bicycle | Staircase | Kite | Piano |
            Telescope | Ribbon""",
        "sky": """Moon | Comet | Aurora | Eclipse | Horizon | Nebula | Orbit | Skyline | Thunder |
            Daybreak | Zenith | Meteor | Constellation""",
        "time": """Midnight | Morning | Sunday | Friday Night | July | September | Tomorrow |
            Tonight | Winter | Summer | Daylight | Dusk | Yesterday | Monday | April | Sunrise""",
        "month": "January | February | March | April | May | June | August | October | November",
        "feel": """Hope | Wonder | Longing | Mercy | Trouble | Patience | Courage | Silence | Gravity |
            Comfort | Doubt | Honesty | Nostalgia | Relief | Grace | Joy""",
        "verb": """Running | Falling | Dreaming | Waiting | Dancing | Drifting | Driving | Floating |
            Breathing | Wandering | Singing | Holding On | Calling | Swimming | Turning""",
        "place": """Alder Street | the Ferry | Platform Nine | the Corner Store | Willow Park |
            the Rooftop | Marlow Bridge | the Drive-In | Cedar Avenue | the Observatory |
            Harbor Lane | the Laundromat | the Last Stop | Juniper Road | the Boardwalk""",
        "given": """Mara | Eli | Nadia | Jonah | Ivy | Theo | Leona | Casper | Wren | Felix | Odette |
            Silas | Freya | Hugo | Talia | Ansel | Juno | Rafe | Petra | Emmett | Lior | Sunniva |
            Delphine | Cormac | Anouk | Barnaby | Zelda | Tobin | Marlo | Ottilie""",
        "family": """Ashgrove | Fennimore | Tolliver | Merriweather | Lindqvist | Okonjo | Brandvold |
            Castellane | Holloway-Reed | Vantongeren | Quill | Marchetti-Lowe | Pemberwick |
            Sorrel | Hartigan-Wells | Novakova | Drummond-Vale | Thistlewood | Abernott | Larkspur |
            Wexcombe | Fairbourne | Osterling | Bellamore | Greywater | Kestrelton | Ravensby |
            Underhay | Yarrowby | Corvallen""",
        # Pop and electropop
        "crush": """Heartbeat | Daydream | Butterflies | Fever | Sugar Rush | Déjà Vu | Good Thing |
            Secret | Spark | Afterglow | Perfume | Lipstick Note | Favorite Song | Slow Motion""",
        "please": """Call Me Back | Stay a Minute | Don't Overthink It | Say It Again | Look at Us |
            Take the Long Way | Meet Me Halfway There | Keep the Change | Leave the Light On Please |
            Tell Your Sister | Save Me a Dance | Text Me When You're Home""",
        # Hip hop
        "handle": """Kayo | Dex | Mello | Juke | Saint | Nova | Tempo | Rook | Indigo | Cipher | Vee |
            Marq | Lumen | Onyx | Pharo | Zeph | Quest | Domino | Jett""",
        "rank": """Verse | Avenue | Deluxe | Parallel | the Architect | Monroe Park | Lowkey | Ledger |
            & Sons | Blueprint | of the Block | Tha Scholar | Nine Lives | Overtime | Theory""",
        "hustle": """Corner Office | Overtime | Receipts | Day One | No Days Off | Window Seat |
            Block Party | Grandma's Kitchen | Fresh Laces | Bus Pass | Main Character | Second Wind |
            Paper Route | Crown Heights View | Cold Brew | Checkmate | Front Porch Talk""",
        # Metal
        "doom": """Obsidian | Ashen | Grave | Storm | Iron | Frost | Thorn | Bone | Raven | Cinder |
            Winter | Wyrm | Hollow | Void | Ember""",
        "realm": """Throne | Monolith | Oath | Colossus | Sanctum | Serpent | Forge | Citadel |
            Covenant of Ash | Leviathan | Bastion | Tempest | Requiem | Dominion | Labyrinth""",
        "wrath": """Ashes of the Giant | Beneath the Frozen Gate | Hymn to the Anvil | Crown of Rust |
            March of the Glaciers | Eternal Furnace | When Mountains Kneel | The Last Torch |
            Blood Moon Harvest | Wolves at the Citadel | Black Tide Rising | The Hollow King""",
        # Jazz and blues
        "combo": """Trio | Quartet | Quintet | Sextet | Octet | Ensemble | Big Band""",
        "swing": """Blues for | Waltz for | Ballad for | Conversation with | Letter to | A Walk with |
            Lullaby for | Breakfast with | Variations for""",
        "standard": """Half Past Blue | The Late Tram | Smoke Ring Waltz | Three Steps Down |
            Rain on Alder Street | The Cat Upstairs | Corduroy | Minor Inconvenience | Lemon Twist |
            Slow Elevator | Second Cup | The Understudy | Sidewalk Serenade | Autumn Errand""",
        "bluesman": """Lonesome | Barefoot | Sweet | Cottonmouth | Gravel | Slim | One-String | Blind
            Alley | Rooster | Sugarcane""",
        # Country and folk
        "rural": """Gravel Road | Tailgate | Porch Swing | Screen Door | Cornfield | County Fair |
            Pickup | Old Barn | Creek Bed | Wildflower | Fence Line | Feed Store | Kitchen Table |
            Front Pew | Water Tower""",
        "state": """Oklahoma | Wyoming | Tennessee | Montana | Kentucky | Dakota | Carolina |
            Nebraska | Georgia | Arkansas""",
        "craft": """Miller | Weaver | Shepherd | Tinker | Ferryman | Blacksmith | Beekeeper | Cooper |
            Chandler | Gardener | Lamplighter | Fiddler | Clockmaker""",
        "isle": """Inverlorn | Ballycraig | Skerravore | Dunmorrow | Kilbrannoch | Lochanside |
            Glenfarrow | Tirnaveen | Carrowmoor | Ardnish""",
        # Classical
        "form": """Sonata | Nocturne | Prelude | Étude | Suite | String Quartet | Fantasia | Partita |
            Rondo | Intermezzo | Ballade | Serenade | Concerto | Impromptu | Divertimento""",
        "marking": """Andante | Allegro | Adagio | Largo | Presto | Lento espressivo | Scherzo |
            Allegretto | Moderato cantabile | Vivace | Grave | Andantino | Allegro ma non troppo""",
        "orchestra": """Chamber Orchestra | Sinfonia | Philharmonia | String Quartet | Consort |
            Collegium | Soloists | Camerata | Piano Duo""",
        "hall": """Aldersee | Monteverra | Lindenhof | Castelbruno | Vesterholm | Sankt Florin |
            Waldstetten | Belcastro | Nordhaven | Pontamare | Eichenau | Valdorra | Rosenlund""",
        "aria": """O dolce notte | Sola nel vento | Addio, mia stella | Tace la selva | Lieto giorno |
            Ah, perché non torni | Dorme il mare | Vieni, o aurora | Nel tuo silenzio | Pace, mio cor |
            Chiara luna | Canta, fontana""",
        # Club and neon
        "machine": """Modular | Circuit | Vector | Static | Phase | Pulse | Signal | Voltage | Carbon |
            Quartz | Module | Cassette | Array | Lattice""",
        "unit": """Assembly | Department | Theory | Bureau | 404 | Works | District | Unit | Protocol |
            Syndrome | Transit | Motel | Division Nine | Sector""",
        "drop": """Strobe | Warehouse | Basement | Subsonic | Hypnotic | Peak Time | Nightshift |
            Afterhours | Terminal | Parallel | Night Bus | Reactor | Tunnel | Kilohertz""",
        "mix": """Extended Mix | Dub Mix | Club Mix | Night Version | Radio Edit | Sunrise Mix""",
        "retro": """Chrome | Laser | Turbo | VHS | Arcade | Starlight | Pacific | Midnight | Hologram |
            Palm | Ocean Drive | Video | Sunset""",
        "grid": """Highway | Boulevard | Cruiser | Rider | Horizon | Mirage | Hotel | Runner | Skyline |
            Chase | Cassette | Patrol | Marina""",
        "groove": """Get on the Floor | Roller Rink Romance | Mirrorball | Move It, Marvin | Good Foot
            Forward | Platform Shoes | All Night Elevator | Keep It Spinning | Strut | Boogie Tax |
            Sunday Strut | Brass Section""",
        # Soul, funk, gospel
        "choir": """Brothers | Sisters | Revue | Review Band | Family | Singers | Society | Express |
            Congregation | Union""",
        "devotion": """Hold My Hand, Lord | Been So Good | Sunday Shoes | River of Mercy | Lift Me
            Higher Still | Carry Me Over | Ain't No Distance | Sweet Reward | Light in the Kitchen |
            Everything You Gave | Standing on the Porch of Heaven | One More Blessing""",
        "love": """Your Side of the Bed | Love on Layaway | Ordinary Love | Tell It Slow | Honey, Wait |
            Warm Hands | Two Spoons | Come Home Easy | Soft Landing | Butter & Bread | Lay It Down |
            Good to You""",
        # Latin, Spanish, Portuguese, French
        "nombre": """Marisol | Joaquín | Lucía | Emiliano | Valentina | Tadeo | Paloma | Iñigo |
            Ximena | Rodrigo | Candela | Amaro | Noelia | Facundo | Itzel | Renata""",
        "apellido": """Cienfuegos | Robledal | Villamar | Del Olmo | Santacruz | Zaldívar | Monteluna |
            Arroyuelo | Quintanar | Barrancas | Peñalver | Luján Ríos | Cazorla Paz | Altamira Sol""",
        "luna": """Luna | Noche | Brisa | Arena | Fuego | Corazón | Playa | Ciudad | Lluvia | Guitarra |
            Ventana | Madrugada | Azúcar | Canela | Esquina | Calle""",
        "lugar": """Abril | Papel | la Habana Vieja | Sal | mi Barrio | Verano | Cristal | Medianoche |
            Domingo | Terciopelo | Miel | otro Tiempo | Plata | Enero""",
        "frase": """Báilame Despacio | No Me Digas Adiós | Dime la Verdad | Contigo Hasta el Final |
            Todo Me Sabe a Ti | Una Vuelta Más | Sin Permiso | Te Vi Pasar | Así Me Gusta |
            Que Suene el Tambor | Nadie Como Tú | Ya Es Tarde""",
        "palo": """Soleá | Bulería | Alegrías | Seguiriya | Tango | Rumba | Farruca | Milonga""",
        "nome": """Helena | Caetano | Inês | Tomé | Marina | Duarte | Beatriz | Joaquim | Lívia |
            Baltazar | Clarice | Vicente""",
        "sobrenome": """Arvoredo | Valadares Luz | Maresia | Campo Belo | Quaresma | Lisboeta |
            Figueiral | da Ribeira | Monteclaro | Serpa Melo | do Cais | Laranjeira Sá""",
        "tarde": """Tarde | Saudade | Manhã | Janela | Maré | Canção | Varanda | Chuva | Noite | Rede |
            Lua | Andorinha""",
        "cais": """no Cais | de Setembro | na Guanabara | sem Pressa | de Alfazema | à Beira-Mar |
            do Bairro Alto | de Sal | ao Entardecer | em Silêncio | de Laranja | na Ladeira""",
        "prenom": """Margaux | Lucien | Solène | Achille | Capucine | Bastien | Apolline | Gaspard |
            Odile | Octave | Fleur | Anatole""",
        "nom": """Beaurivage | Delacourvoie | Montrachet-Lys | Rochebrune | Vaillancourt Noir |
            Lavandier | Clairefontaine | Desmarets-Vert | Sauvignac | Belétoile | Hautecombe""",
        "chose": """Les Dimanches | La Valise | Le Dernier Métro bleu | Les Cerises | La Fenêtre |
            Le Facteur | Mon Parapluie | Les Amants | La Boulangère | Un Café | Le Tournesol |
            Les Étoiles""",
        "suite": """de Montmartre | d'octobre | sous la pluie | à minuit | de Clémence | sans toi |
            du canal | en hiver | qui dansent | pour deux | de mon père | au bord de l'eau""",
        # Island, Africa
        "sun": """Sunshine | Hillside | Lionheart | Roots | Riddim | Mango | Bamboo | Seaside | Blue
            Mountain | Coconut | Market Day | Rain Barrel""",
        "crew": """Collective | Sound System | All-Stars | Rockers | Uprising Band | Players | Station |
            Hi-Fi | Brigade""",
        "skank": """Easy Morning | One Good Harvest | Rudeboy Umbrella | Checkerboard Shoes | Give
            Thanks | Rain a Fall | Sweet Plantain | Steady Now | Hillside Radio | Bicycle Riddim |
            Pass the Sunshine | No Hurry""",
        "coast": """Lagoon | Harmattan | Baobab | Savanna | Palm Wine | Kola | Ebony Coast | Marketplace |
            Okra Street | Talking Drum | Rainy Season""",
        "ade": """Kunle | Adaeze | Femi | Yewande | Kofi | Abena | Tunde | Ngozi | Sekou | Amara |
            Olumide | Efua""",
        "surade": """Adebanke | Okoroji | Mensahene | Balogunle | Diabatera | Ekwuemeka | Owusuaa |
            Afolarin | Tourékoné""",
        # Seoul, Tokyo
        "idol": """LUMI | NOVAE | HALO7 | ARIA.N | PRISMA | VELLA | ECLAIR | ORBIT9 | MIRAE:X | SOLARA |
            ZENITH4 | CHERRYN | DAZZL | AURELIX | Y0UNI | STARLIT8 | BLOOMIN | KITE.U""",
        "hangul": """별빛 | 봄밤 | 첫눈 | 달빛 | 여름비 | 푸른 밤 | 비밀 | 나비 | 너의 계절 | 무지개""",
        "gloss": """Starlight | Spring Night | First Snow | Moonbeam | Summer Rain | Blue Night |
            Secret Code | Butterfly Effect | Your Season | Prism | Ring Ring | Sweet Alarm""",
        "nihon": """真夜中の | 夏の | 海辺の | 雨の | 金曜日の | 都会の | 七月の | 夕暮れの""",
        "koto": """ドライブ | 電話 | 約束 | シグナル | 窓辺 | メロディ | ホテル | 横顔 | さよなら | 灯り""",
        "tokyo_given": "Haruka | Ren | Mizuki | Sora | Akari | Kaito | Yume | Nagisa | Reiko | Jun",
        "tokyo_family": """Asanuma-Bay | Tsukishiro | Minamikaze | Hoshizato | Umeda Line | Kirishio |
            Natsukawa Drive | Yoimachi | Aozora""",
        # Drift
        "haze": """Snow | Fog | Tide | Lichen | Dust | Moss | Mist | Echo | Drift | Cloud | Pollen |
            Frost | Ripple | Vapour""",
        "study": """Study | Fragment | Field Notes | Interval | Reflection | Sketch | Loop | Diagram""",
    }.items()
}  # fmt: skip

ARTISTS: dict[str, str] = {
    "pop": "[given] [family] | [given] [family] | [bright] [bird] | [color] [sky] | [given] & the "
    "[thing]",
    "rock": "The [rough] [thing] | [rough] [nature] | The [color] [animal] | [nature] [unit] | "
    "[given] [family] Band | The [craft]s of [nature] | [rough] [bird]",
    "street": "[handle] [rank] | [handle] [rank] | [color] [handle] | MC [handle] [family] | "
    "[handle] x [handle] [rank]",
    "indie": "[soft] [nature] | [soft] [one] Club | The [soft] [animal] | [bird] [one] | "
    "[thing] for [given] | [month] [bird]",
    "club": "[machine] [unit] | [machine] [sky] | [given] [machine] | [color] [machine] | DJ [bird]"
    " [unit]",
    "country": "[given] [family] | [given] Lee [family] | The [rural] Boys | [state] [bird] | "
    "[given] & [given] [family] | The [nature] Pickers",
    "soul": "[given] [family] | The [color] [choir] | The [nature] [choir] | [given] & the "
    "[color] [choir] | [feel] [choir]",
    "metal": "[doom] [realm] | [doom] [realm] | The [doom] [realm] | [realm] of [doom] [nature]",
    "jazz": "[given] [family] [combo] | [family] & [family] | [given] [family] | [bluesman] "
    "[given] [family] | [nature] [combo]",
    "folk": "[given] [family] | The [craft]'s [one] | [bird] & [bird] | The [isle] [combo] | "
    "The [soft] [craft]s",
    "classical": "[hall] [orchestra] | [given] [family] | [hall] [orchestra] | [given] [hall]",
    "latin": "[nombre] [apellido] | [nombre] [apellido] | Los [apellido] | Sonora [apellido] | "
    "Orquesta [luna] y [luna]",
    "drift": "[haze] [study] | [soft] [haze] | [haze] & [haze] | [given] [haze] | [color] [haze] "
    "[unit]",
    "island": "[sun] [crew] | [sun] [sky] | The [sun] [crew] | [given] [sun] | King [bird] & the "
    "[crew]",
    "neon": "[retro] [grid] | [retro] [sky] | [bright] [grid] '[year] | [color] [retro] [unit]",
    "seoul": "[idol] | [idol] [color] | [idol] & [idol] | [bright] [idol]",
    "brazil": "[nome] [sobrenome] | [nome] [sobrenome] | Trio [sobrenome] | [nome] e [nome]",
    "africa": "[ade] [surade] | [ade] & the [coast] [crew] | [coast] [crew] | [coast] [combo]",
    "paris": "[prenom] [nom] | [prenom] [nom] | Les [nom] | [prenom] et [prenom]",
    "tokyo": "[tokyo_given] [tokyo_family] | [color] [grid] Tokyo | [tokyo_given] & [tokyo_given]"
    " | [retro] [tokyo_family]",
    "spain": "[nombre] [apellido] | [nombre] [apellido] | Cuarteto [apellido] | Orquesta "
    "[apellido]",
}

TITLES: dict[str, str] = {
    "pop": "[crush] | [please] | [bright] [crush] | [time] [crush] | [verb] on [place] | [please] "
    "([time]) | [color] [crush] | [crush], [crush] | Like [thing] | [time] Without You",
    "rock": "[rough] [nature] | [verb] from [place] | [feel] & [thing] | The [rough] [one] | "
    "[time] Is Loud | [rough] [feel] | [thing] on Fire | Back to [place] | Nobody's [one]",
    "street": "[hustle] | [hustle], Pt. [part] | [hustle] (feat. [handle]) | [color] [hustle] | "
    "[feel] on [place] | [time] Freestyle | [handle]'s Interlude | [hustle] / [hustle]",
    "indie": "[soft] [one] | [month] [thing] | [given]'s [one] | [verb] Past [place] | "
    "[thing] & [thing] | I Kept Your [one] | [soft] [feel] | [month] at [place] | How to Fold a "
    "[one]",
    "club": "[drop] | [drop] [machine] | [machine] [feel] | [drop] ([mix]) | [machine] [number] | "
    "[color] [drop] | [feel] ([mix]) | [time] [drop] | [drop] at [place]",
    "country": "[rural] [feel] | [rural] in [state] | [state] [time] | Back on the [rural] | "
    "[given]'s [rural] | [color] [rural] | Goodbye, [state] | That Old [rural] | [rural] Radio",
    "soul": "[love] | [love] | [devotion] | [feel] Is a [one] | [color] [feel] | [love] (Part "
    "[part]) | [groove] | [time], Baby | [given], Come Home",
    "metal": "[wrath] | [doom] [realm] | [realm] of the [doom] [sky] | [doom] Within | The [doom] "
    "[one] | [wrath] (Part [part]) | [rough] [realm] | Hymn for the [doom] [realm]",
    "jazz": "[standard] | [swing] [given] | [standard] (Take [part]) | [month] in [color] | "
    "[swing] a [bird] | [color] [one] Blues | [soft] [time] | [place], [time]",
    "folk": "The [craft]'s [feel] | The Road to [isle] | [bird] Over [isle] | [given] of the "
    "[nature] | [month] [feel] | The [craft] and the [bird] | [soft] [nature] | Farewell to [isle] "
    "| [color] Were the [thing] | [isle] Reel",
    "classical": "[form] No. [number] in [scale]: [numeral]. [marking] | [form] in [scale], Op. "
    "[opus] | [form] No. [number] in [scale], Op. [opus]: [numeral]. [marking] | The [hall] "
    "Variations: [numeral]. [marking] | [aria]",
    "latin": "[frase] | [luna] de [lugar] | [luna] y [luna] | [frase] | La [luna] de [nombre] | "
    "[luna] en [lugar] | Mi [luna] | [nombre]",
    "drift": "[haze] [study] [number] | [haze] Over [nature] | [soft] [haze] | [time] [haze] | "
    "[study] in [color] | [haze] / [haze] | [verb] | [nature] at [time] | [color] [haze]",
    "island": "[skank] | [skank] | [sun] [feel] | [sun] Dub | [skank] (Version) | [time] [sun] | "
    "[verb] in the [sun] | [feel] a Come",
    "neon": "[retro] [grid] | [groove] | [retro] [time] | [verb] Through [retro] [grid] | [color] "
    "[grid] | [groove] ([mix]) | [bright] [grid] | [retro] [feel]",
    "seoul": "[hangul] ([gloss]) | [gloss] | [gloss]! | [color] [gloss] | [hangul] | [bright] "
    "[gloss] | [gloss] ([time] Ver.)",
    "brazil": "[tarde] [cais] | [tarde] e [tarde] | [tarde] [cais] | A [tarde] de [nome] | [nome] "
    "[cais]",
    "africa": "[coast] [feel] | [coast] Shuffle | [time] for the Drums | [ade]'s [one] | [coast] "
    "[time] | [feel], [feel], [feel] | [color] [coast] | [coast], Pts. [part] & [number]",
    "paris": "[chose] [suite] | [chose] [suite] | [chose] | [prenom] [suite] | Chanson pour "
    "[prenom]",
    "tokyo": "[nihon][koto] | [retro] [grid] | [nihon][koto] | [color] [time] | [retro] [koto] | "
    "[time] [grid]",
    "spain": "[palo] de [lugar] | [luna] de [lugar] | [palo] para [nombre] | [luna] y [luna] | El "
    "[apellido] | [palo] de la [luna]",
}

ALBUMS = (
    "[titled] | [titled] | [titled] | [soft] [thing] | [color] [nature] | [time] [thing] | "
    "[feel] | Songs from [place] | [nature] [feel] | [number] [thing] | Live at [place]"
)
"""``[titled]`` is one of the album's own titles."""

USERNAMES = (
    "[soft].[bird] | [color].[bird] | [given]_[number] | [given].[nature] | [color]_[one][number] | "
    "[bird][number] | [soft]_[one] | [given]-[bird]"
)
