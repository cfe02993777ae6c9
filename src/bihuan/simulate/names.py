"""Invented names for the simulated city: they sound like Shanghai and belong to nobody."""

from __future__ import annotations

AUTHORITIES = (
    ("customs", "示例口岸查验处", "Example Port Inspection Office", "310115"),
    ("authority", "示例市场监管所", "Example Market Supervision Office", "310115"),
    ("laboratory", "示例检测一所", "Example Laboratory One", "310115"),
    ("laboratory", "示例检测二所", "Example Laboratory Two", "310112"),
)
"""Kind, name, English name, area."""

PLACES = (
    ("yangshan-pickup", "pickup", "洋山提货点", "Yangshan pick-up point", "310115-YS", 122.060, 30.625),
    ("waigaoqiao-pickup", "pickup", "外高桥提货点", "Waigaoqiao pick-up point", "310115-WGQ", 121.600, 31.345),
    ("pudong-airport-pickup", "pickup", "浦东机场货运提货点", "Pudong airport cargo", "310115-PD", 121.800, 31.165),
    ("lingang-transit", "transit", "浦东临港一号中转查验库", "Lingang transit warehouse 1", "310115", 121.880, 30.895),
    ("luojing-transit", "transit", "宝山罗泾二号中转查验库", "Luojing transit warehouse 2", "310113", 121.355, 31.465),
    ("anting-transit", "transit", "嘉定安亭三号中转查验库", "Anting transit warehouse 3", "310114", 121.190, 31.300),
    ("nanqiao-transit", "transit", "奉贤南桥四号中转查验库", "Nanqiao transit warehouse 4", "310120", 121.470, 30.910),
    ("pujiang-transit", "transit", "闵行浦江五号中转查验库", "Pujiang transit warehouse 5", "310112", 121.505, 31.075),
    ("hangtou-store", "store", "浦东航头冷链一库", "Hangtou cold store 1", "310115", 121.590, 31.050),
    ("huaxin-store", "store", "青浦华新冷链二库", "Huaxin cold store 2", "310118", 121.215, 31.225),
    ("xinqiao-store", "store", "松江新桥冷链三库", "Xinqiao cold store 3", "310117", 121.300, 31.060),
    ("taopu-store", "store", "普陀桃浦冷链四库", "Taopu cold store 4", "310107", 121.365, 31.280),
    ("guohe-store", "store", "杨浦国和冷链五库", "Guohe cold store 5", "310110", 121.525, 31.310),
    ("fengjing-store", "store", "金山枫泾冷链六库", "Fengjing cold store 6", "310116", 121.030, 30.890),
    ("changxing-store", "store", "崇明长兴冷链七库", "Changxing cold store 7", "310151", 121.690, 31.395),
    ("taicang-store", "store", "太仓港口氨制冷八库", "Taicang harbour ammonia store 8", "320585", 121.230, 31.620),
)  # fmt: skip
"""Id, kind, name, English name, area, longitude, latitude."""

IMPORTERS = (
    ("示例海纳水产进口行", "Example Haina Seafood Imports", "310115"),
    ("示例澄江冻品进口行", "Example Chengjiang Frozen Imports", "310115"),
    ("示例牧原之外肉类行", "Example Outer Pasture Meats", "310104"),
    ("示例北纬渔获行", "Example North Latitude Catch", "310110"),
    ("示例南美牛脊行", "Example Southern Beef", "310112"),
    ("示例安第果品行", "Example Andes Produce", "310105"),
    ("示例浦左食品行", "Example Puzuo Foods", "310115"),
    ("示例苏河冷食行", "Example Suhe Cold Foods", "310107"),
)

CARRIERS = (
    ("示例临港冷运队", "Example Lingang Cold Haulage", "310115"),
    ("示例港城集卡队", "Example Harbour Lorries", "310115"),
    ("示例嘉宝冷运队", "Example Jiabao Cold Haulage", "310113"),
    ("示例杭湾集卡队", "Example Bay Lorries", "310120"),
    ("示例江海冷运队", "Example River and Sea Haulage", "310112"),
)

CLEANERS = (
    ("示例净港消杀社", "Example Clean Port Disinfection", "310115"),
    ("示例清浦消杀社", "Example Clear River Disinfection", "310112"),
    ("示例百洁消杀社", "Example Thorough Disinfection", "310113"),
)
"""Name, English name, area."""

PRODUCTS = (
    ("冻虾", "frozen shrimp", ("EC", "IN", "AR")),
    ("冻牛肉", "frozen beef", ("BR", "UY", "AU")),
    ("冻猪肉", "frozen pork", ("ES", "DK", "BR")),
    ("冻三文鱼", "frozen salmon", ("CL", "NO")),
    ("冻鳕鱼", "frozen cod", ("RU", "IS")),
    ("冻鸡爪", "frozen chicken feet", ("BR", "US")),
    ("冻鱿鱼", "frozen squid", ("PE", "AR")),
    ("冻带鱼", "frozen hairtail", ("PK", "OM")),
)
"""Name, English name, countries of origin."""
