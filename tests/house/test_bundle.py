"""The boundary polygons that set-up writes for the maps."""

import json
from pathlib import Path

import pytest
from shapely import Point, Polygon
from shapely.ops import unary_union

BUNDLE = Path(__file__).resolve().parent.parent.parent / "src" / "bihuan" / "ends" / "static" / "bundle"

# GB/T 2260: Shanghai's sixteen districts since 2016.
SHANGHAI = {
    **{"310101": "黄浦区", "310104": "徐汇区", "310105": "长宁区", "310106": "静安区", "310107": "普陀区"},
    **{"310109": "虹口区", "310110": "杨浦区", "310112": "闵行区", "310113": "宝山区", "310114": "嘉定区"},
    **{"310115": "浦东新区", "310116": "金山区", "310117": "松江区", "310118": "青浦区", "310120": "奉贤区"},
    "310151": "崇明区",
}


def areas(name: str) -> dict[str, tuple[str, list[list[list[float]]]]]:
    features = json.loads((BUNDLE / f"{name}.json").read_text(encoding="utf-8"))["features"]
    return {feature["code"]: (feature["name"], feature["rings"]) for feature in features}


def test_shanghai_has_its_sixteen_districts() -> None:
    assert {code: name for code, (name, _) in areas("shanghai").items()} == SHANGHAI


@pytest.mark.parametrize(
    ("name", "count", "code", "title"),
    [
        ("china", 34, "310000", "上海"),
        ("jiangsu", 13, "320500", "苏州市"),
        ("zhejiang", 11, "330100", "杭州市"),
        ("anhui", 16, "340100", "合肥市"),
        ("guangdong", 21, "440300", "深圳市"),
    ],
)
def test_each_map_is_whole(name: str, count: int, code: str, title: str) -> None:
    found = areas(name)
    assert len(found) == count
    assert found[code][0] == title
    for rings in (rings for _, rings in found.values()):
        assert rings
        assert all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings)


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "code"),
    [
        ("Yangshan customs office, Lingang", 121.90, 30.90, "310115"),
        ("People's Square", 121.475, 31.232, "310101"),
        ("Hongqiao airport", 121.34, 31.195, "310105"),
        ("Chongming town", 121.397, 31.627, "310151"),
    ],
)
def test_known_places_lie_in_their_district(place: str, longitude: float, latitude: float, code: str) -> None:
    inside = [
        district
        for district, (_, rings) in areas("shanghai").items()
        if any(Polygon(ring).buffer(0).contains(Point(longitude, latitude)) for ring in rings)
    ]
    assert inside == [code], place


def test_districts_neither_overlap_nor_leave_gaps_that_a_map_would_show() -> None:
    districts = [unary_union([Polygon(ring).buffer(0) for ring in rings]) for _, rings in areas("shanghai").values()]
    whole = unary_union(districts)
    assert sum(district.area for district in districts) == pytest.approx(whole.area, rel=0.005)
    # Holes between districts: thinning each border on its own may open slivers, not regions.
    parts = getattr(whole, "geoms", [whole])
    holes = sum(Polygon(ring).area for part in parts for ring in part.interiors)
    assert holes < 0.002 * whole.area
