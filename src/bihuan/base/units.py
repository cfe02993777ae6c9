"""单位: the one registry of units, with exact conversion; a number never changes its unit on the way by guessing.

Factors are exact fractions: an acre of China (亩) is 2000/3 m², a degree Fahrenheit 5/9 K. Codes are the common codes of
UNECE Recommendation 20, as GS1 EPCIS uses them for `uom`; where none is known to us for sure, it is left empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from bihuan.base.errors import Fault, Invalid, Words

DIMENSIONS: dict[str, Words] = {
    "mass": Words("质量", "mass"),
    "time": Words("时间", "time"),
    "temperature": Words("温度", "temperature"),
    "length": Words("长度", "length"),
    "area": Words("面积", "area"),
    "volume": Words("体积", "volume"),
    "concentration": Words("质量浓度", "mass concentration"),
    "ratio": Words("比率", "ratio"),
    "money": Words("金额", "money"),
    "persons": Words("人数", "number of people"),
    "count": Words("数量", "count"),
    "speed": Words("速度", "speed"),
    "flow": Words("流量", "flow"),
    "energy": Words("能量", "energy"),
    "power": Words("功率", "power"),
    "voltage": Words("电压", "voltage"),
    "current": Words("电流", "electric current"),
    "frequency": Words("频率", "frequency"),
    "pressure": Words("压力", "pressure"),
    "angle": Words("角度", "angle"),
    "level": Words("声级", "sound level"),
    "acidity": Words("酸碱度", "acidity"),
    "turbidity": Words("浊度", "turbidity"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: base units of its dimension = (value + offset) × factor."""

    symbol: str
    """As it is shown and declared: `mg/L`."""
    words: Words
    dimension: str
    factor: Fraction
    code: str = ""
    """Common code of UNECE Recommendation 20."""
    offset: Fraction = Fraction(0)
    also: tuple[str, ...] = ()
    """Other spellings under which it is found, in lower case."""
    short: str = ""
    """Its name in files of limits, in ASCII; the symbol where none is given."""


def _of(
    symbol: str, zh: str, en: str, dimension: str, factor: str, code: str = "", also: str = "", short: str = "", offset: str = "0"
) -> Unit:
    return Unit(symbol, Words(zh, en), dimension, Fraction(factor), code, Fraction(offset), tuple(also.split()), short or symbol)


UNITS: tuple[Unit, ...] = (
    _of("kg", "千克", "kilograms", "mass", "1", "KGM", "千克 公斤"),
    _of("g", "克", "grams", "mass", "1/1000", "GRM", "克"),
    _of("mg", "毫克", "milligrams", "mass", "1/1000000", "MGM", "毫克"),
    _of("µg", "微克", "micrograms", "mass", "1/1000000000", "MC", "微克 ug", "ug"),
    _of("t", "吨", "tonnes", "mass", "1000", "TNE", "吨 tonne tonnes"),
    _of("万吨", "万吨", "ten thousand tonnes", "mass", "10000000"),
    _of("µs", "微秒", "microseconds", "time", "1/1000000", "B98", "微秒 us", "us"),
    _of("ms", "毫秒", "milliseconds", "time", "1/1000", "C26", "毫秒"),
    _of("s", "秒", "seconds", "time", "1", "SEC", "秒 sec second seconds"),
    _of("min", "分钟", "minutes", "time", "60", "MIN", "分 分钟 minute minutes mins"),
    _of("h", "小时", "hours", "time", "3600", "HUR", "小时 时 hour hours hr"),
    _of("d", "天", "days", "time", "86400", "DAY", "天 日 day days"),
    _of("周", "周", "weeks", "time", "604800", "WEE", "week weeks wk", "wk"),
    _of("°C", "摄氏度", "degrees Celsius", "temperature", "1", "CEL", "℃ cel c celsius degc 摄氏度", "cel", "5463/20"),
    _of("°F", "华氏度", "degrees Fahrenheit", "temperature", "5/9", "FAH", "℉ degf f fah fahrenheit [degf] 华氏度", "degf", "45967/100"),
    _of("K", "开尔文", "kelvins", "temperature", "1", "KEL", "kel kelvin kelvins 开尔文"),
    _of("m", "米", "metres", "length", "1", "MTR", "米 metre metres"),
    _of("km", "千米", "kilometres", "length", "1000", "KMT", "千米 公里"),
    _of("cm", "厘米", "centimetres", "length", "1/100", "CMT", "厘米"),
    _of("nmi", "海里", "nautical miles", "length", "1852", "NMI", "海里"),
    _of("mm", "毫米", "millimetres", "length", "1/1000", "MMT", "毫米"),
    _of("m²", "平方米", "square metres", "area", "1", "MTK", "m2 m^2 平方米 平米", "m2"),
    _of("km²", "平方千米", "square kilometres", "area", "1000000", "KMK", "km2 km^2 平方千米 平方公里", "km2"),
    _of("公顷", "公顷", "hectares", "area", "10000", "HAR", "ha hectare hectares", "ha"),
    _of("亩", "亩", "mu", "area", "2000/3", "", "mu"),
    _of("m³", "立方米", "cubic metres", "volume", "1", "MTQ", "m3 m^3 立方米", "m3"),
    _of("L", "升", "litres", "volume", "1/1000", "LTR", "升 litre litres"),
    _of("mL", "毫升", "millilitres", "volume", "1/1000000", "MLT", "毫升"),
    _of("g/L", "克每升", "grams per litre", "concentration", "1000", "GL"),
    _of("mg/L", "毫克每升", "milligrams per litre", "concentration", "1", "M1"),
    _of("µg/L", "微克每升", "micrograms per litre", "concentration", "1/1000", "H29", "ug/l"),
    _of("g/m³", "克每立方米", "grams per cubic metre", "concentration", "1", "A93", "g/m3"),
    _of("mg/m³", "毫克每立方米", "milligrams per cubic metre", "concentration", "1/1000", "GP", "mg/m3"),
    _of("µg/m³", "微克每立方米", "micrograms per cubic metre", "concentration", "1/1000000", "GQ", "ug/m3"),
    _of("1", "一", "one", "ratio", "1", "", "one"),
    _of("%", "百分之", "per cent", "ratio", "1/100", "P1", "％ percent"),
    _of("‰", "千分之", "per mille", "ratio", "1/1000", "NX", "per_mille", "permille"),
    _of("ppm", "百万分之", "parts per million", "ratio", "1/1000000", "59"),
    _of("mg/kg", "毫克每千克", "milligrams per kilogram", "ratio", "1/1000000", "NA"),
    _of("元", "元", "yuan", "money", "1", "", "yuan cny rmb ¥ 人民币元", "yuan"),
    _of("万元", "万元", "ten thousand yuan", "money", "10000", "", "", "wan_yuan"),
    _of("亿元", "亿元", "hundred million yuan", "money", "100000000", "", "", "yi_yuan"),
    _of("人", "人", "people", "persons", "1", "IE", "person persons people 名", "persons"),
    _of("万人", "万人", "ten thousand people", "persons", "10000", "", "", "wan_persons"),
    _of("个", "个", "pieces", "count", "1", "C62", "件 piece pieces each ea", "pieces"),
    _of("次", "次", "times", "count", "1", "", "times 起 宗", "times"),
    _of("m/s", "米每秒", "metres per second", "speed", "1", "MTS"),
    _of("km/h", "千米每小时", "kilometres per hour", "speed", "5/18", "KMH", "公里/小时 kph"),
    _of("kn", "节", "knots", "speed", "463/900", "KNT", "节 knot knots"),
    _of("L/s", "升每秒", "litres per second", "flow", "1/1000", "G51"),
    _of("m³/s", "立方米每秒", "cubic metres per second", "flow", "1", "MQS", "m3/s"),
    _of("m³/h", "立方米每小时", "cubic metres per hour", "flow", "1/3600", "MQH", "m3/h"),
    _of("m³/d", "立方米每天", "cubic metres per day", "flow", "1/86400", "G52", "m3/d"),
    _of("kWh", "千瓦时", "kilowatt hours", "energy", "3600000", "KWH", "千瓦时"),
    _of("MWh", "兆瓦时", "megawatt hours", "energy", "3600000000", "MWH", "兆瓦时"),
    _of("W", "瓦", "watts", "power", "1", "WTT", "瓦"),
    _of("MW", "兆瓦", "megawatts", "power", "1000000", "MAW", "兆瓦"),
    _of("V", "伏", "volts", "voltage", "1", "VLT", "伏"),
    _of("A", "安", "amperes", "current", "1", "AMP", "安"),
    _of("Hz", "赫兹", "hertz", "frequency", "1", "HTZ", "赫兹"),
    _of("次/周", "每周次数", "times a week", "frequency", "1/604800", short="per_week"),
    _of("kW", "千瓦", "kilowatts", "power", "1000", "KWT", "千瓦"),
    _of("Pa", "帕", "pascals", "pressure", "1", "PAL", "帕"),
    _of("hPa", "百帕", "hectopascals", "pressure", "100", "A97", "百帕"),
    _of("kPa", "千帕", "kilopascals", "pressure", "1000", "KPA", "千帕"),
    _of("MPa", "兆帕", "megapascals", "pressure", "1000000", "MPA", "兆帕"),
    _of("°", "度", "degrees", "angle", "1", "DD", "deg degree degrees", "deg"),
    _of("dB", "分贝", "decibels", "level", "1", "2N", "分贝 db(a)"),
    _of("pH", "pH", "pH", "acidity", "1", "Q30"),
    _of("NTU", "NTU", "NTU", "turbidity", "1"),
)
_BY_SYMBOL = {unit.symbol: unit for unit in UNITS}
_MILLI_OR_MEGA = {"mg", "mg/L", "mg/m³", "mg/kg", "mL", "ms", "mm", "MW", "MWh", "MPa"}
_BY_CODE = {unit.code: unit for unit in UNITS if unit.code}
_PLAIN = str.maketrans({"μ": "u", "µ": "u", "²": "2", "³": "3", "％": "%"})


def _plain(text: str) -> str:
    """Without case, superscripts, micro sign or Greek mu."""
    return text.strip().lower().translate(_PLAIN)


_BY_SPELLING = {_plain(text): unit for unit in UNITS for text in (unit.symbol, unit.short, *unit.also)}


def find_unit(text: str) -> Unit | None:
    """The unit that people or files write so: by symbol, else without regard to case or spelling; None when unknown."""
    written = text.strip()
    found = _BY_SYMBOL.get(written) or _BY_SPELLING.get(_plain(text))
    if found is not None and found.symbol in _MILLI_OR_MEGA and written[0] in "mM" and written[0] != found.symbol[0]:
        return None  # mW is no MW: a factor of a thousand million
    return found


def unit(text: str) -> Unit:
    """The unit of that name; Invalid names what is not known."""
    found = find_unit(text)
    if found is None:
        raise _unknown(text)
    return found


def unit_by_code(code: str) -> Unit:
    """The unit with a common code of Recommendation 20, e.g. `KGM`; Invalid names a code that is not known."""
    found = _BY_CODE.get(code)
    if found is None:
        raise _unknown(code)
    return found


def convert(value: Decimal, given: Unit | str, wanted: Unit | str, places: int | None = None) -> Decimal:
    """A value in another unit of the same dimension, exactly.

    With `places` rounded half to even to so many decimals; without, Invalid when no finite decimal is exact (1 °F in °C).
    Invalid names both units when their dimensions differ.
    """
    source = given if isinstance(given, Unit) else unit(given)
    target = wanted if isinstance(wanted, Unit) else unit(wanted)
    if source.dimension != target.dimension:
        one, other = DIMENSIONS[source.dimension], DIMENSIONS[target.dimension]
        words = Words(
            f"{source.symbol}（{one.zh}）不能换算为 {target.symbol}（{other.zh}）。",
            f"{source.symbol} ({one.en}) cannot be converted into {target.symbol} ({other.en}).",
        )
        raise Invalid(*words, code="unit", faults=[Fault("unit", "dimension", words)])
    if source is target and places is None:
        return value
    exact = (Fraction(value) + source.offset) * source.factor / target.factor - target.offset
    if places is not None:
        return _rounded(exact, places)
    return _decimal(exact, source, target)


def _rounded(exact: Fraction, places: int) -> Decimal:
    whole = round(exact * 10**places)  # half to even, exact
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -places))


def _decimal(exact: Fraction, source: Unit, target: Unit) -> Decimal:
    rest, places = exact.denominator, 0
    for prime in (2, 5):
        times = 0
        while rest % prime == 0:
            rest, times = rest // prime, times + 1
        places = max(places, times)
    if rest != 1:
        words = Words(
            f"由 {source.symbol} 换算为 {target.symbol} 得不到有限小数，须说明保留几位。",
            f"From {source.symbol} into {target.symbol} there is no finite decimal; say how many places to keep.",
        )
        raise Invalid(*words, code="unit", faults=[Fault("unit", "inexact", words)])
    return _rounded(exact, places)


def _unknown(text: str) -> Invalid:
    words = Words(f"不认识的单位“{text}”。", f"Unknown unit “{text}”.")
    return Invalid(*words, code="unit", faults=[Fault("unit", "unit", words)])
