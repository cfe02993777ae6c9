"""坐标体检: whether a stated position can be where it is said to be, and what most likely went wrong. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.base.errors import Fault, Words


@dataclass(frozen=True, slots=True)
class Box:
    """The latitudes and longitudes (degrees) within which an area lies."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a position lies in it, edges included."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


JIANGSU = Box(30.7, 35.2, 116.3, 122.0)


def position_fault(lat: float | None, lon: float | None, box: Box) -> Fault | None:
    """What is wrong with a position that should lie in a box: missing, swapped, a wrong sign, or elsewhere; None when right."""
    if lat is None or lon is None:
        words = Words("缺少经度或纬度。", "Latitude or longitude is missing.")
        return Fault("lat" if lat is None else "lon", "missing", words)
    if box.holds(lat, lon):
        return None
    for a, b in ((lon, lat), (-lon, lat), (lon, -lat), (-lon, -lat)):
        if box.holds(a, b):
            return Fault("lat", "swapped", Words("经度与纬度写反了。", "Latitude and longitude are swapped."))
    for a, b in ((lat, -lon), (-lat, lon), (-lat, -lon)):
        if box.holds(a, b):
            return Fault("lon" if a == lat else "lat", "sign", Words("正负号写错了。", "The sign is wrong."))
    where = f"{box.south}–{box.north}, {box.west}–{box.east}"
    return Fault("lat", "outside", Words(f"位置不在该辖区内（{where}）。", f"The position lies outside the area ({where})."))
