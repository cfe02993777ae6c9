// Boundary polygons of districts, cities and provinces, decoded from the maps that echarts 4 carries.
//
// Shape written, stable:
//   {"features": [{"code": "310115", "name": "浦东新区", "rings": [[[lon, lat], ...], ...]}, ...]}
// code   division code, GB/T 2260, six digits; features are sorted by it
// name   as the source has it (provinces without 省/市)
// rings  every ring of every polygon, closed (first point = last point), degrees with three decimals; holes are rings
//        like any other, so draw with the even-odd rule
//
// The source keeps about 1/1024 degree (100 m), and lines are thinned to what a picture 1500 points wide can show;
// no ring is left out, however small the island. Good for a picture, never for deciding in which area a point lies.

// The source gives 崇明区 no code; GB/T 2260 as of its change from county to district in 2016.
const missingCodes = new Map([["崇明区", "310151"]]);

/**
 * One ring: each pair of characters is the zigzag-coded step from the point before, offset by 64, in 1/1024 degree.
 *
 * @param {string} text
 * @param {[number, number]} offset start of the ring, in 1/1024 degree
 * @returns {number[][]}
 */
export function decodeRing(text, offset) {
  const unzigzag = (/** @type {number} */ n) => (n >> 1) ^ -(n & 1);
  let [x, y] = offset;
  const ring = [];
  for (let i = 0; i + 1 < text.length; i += 2) {
    x += unzigzag(text.charCodeAt(i) - 64);
    y += unzigzag(text.charCodeAt(i + 1) - 64);
    const point = [round(x / 1024), round(y / 1024)];
    const last = ring[ring.length - 1];
    if (!last || last[0] !== point[0] || last[1] !== point[1]) ring.push(point);
  }
  const first = ring[0];
  const last = ring[ring.length - 1];
  if (first && last && (first[0] !== last[0] || first[1] !== last[1])) ring.push([...first]);
  return ring;
}

/** @param {{UTF8Encoding?: boolean, features: any[]}} map */
export function decodeMap(map) {
  if (!map.UTF8Encoding) throw new Error("map is not in the encoded form of echarts 4");
  const features = map.features
    .map((feature) => {
      const { type, coordinates, encodeOffsets } = feature.geometry;
      // A polygon is a list of rings, a multipolygon a list of polygons; offsets are nested alike.
      const polygons = type === "Polygon" ? [coordinates] : coordinates;
      const offsets = type === "Polygon" ? [encodeOffsets] : encodeOffsets;
      const rings = polygons.flatMap((/** @type {string[]} */ polygon, /** @type {number} */ i) =>
        polygon.map((ring, j) => decodeRing(ring, offsets[i][j])),
      );
      const name = feature.properties.name;
      return {
        code: String(feature.id ?? feature.properties.id ?? missingCodes.get(name) ?? ""),
        name,
        rings: rings.filter((/** @type {number[][]} */ ring) => ring.length >= 4),
      };
    })
    .sort((a, b) => (a.code < b.code ? -1 : 1));
  const longitudes = features.flatMap((feature) => feature.rings.flat().map((point) => point[0]));
  const width = longitudes.reduce((a, b) => Math.max(a, b)) - longitudes.reduce((a, b) => Math.min(a, b));
  for (const feature of features) feature.rings = feature.rings.map((ring) => thin(ring, width / 1500));
  return features;
}

/**
 * A closed ring without the points that lie nearer than `tolerance` to the line that remains (Douglas and Peucker,
 * 1973), applied to its two halves; a ring that would collapse stays as it is.
 *
 * @param {number[][]} ring
 * @param {number} tolerance degrees
 */
export function thin(ring, tolerance) {
  const middle = ring.length >> 1;
  const kept = [...line(ring, 0, middle, tolerance), ...line(ring, middle, ring.length - 1, tolerance), ring[ring.length - 1]];
  return kept.length >= 4 ? kept : ring;
}

/** The points kept from `first` up to, not including, `last`. */
function line(/** @type {number[][]} */ points, first, last, tolerance) {
  const [ax, ay] = points[first];
  const [bx, by] = points[last];
  const length = Math.hypot(bx - ax, by - ay);
  let farthest = first;
  let distance = tolerance;
  for (let i = first + 1; i < last; i++) {
    const [x, y] = points[i];
    const off = length === 0 ? Math.hypot(x - ax, y - ay) : Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
    if (off > distance) [farthest, distance] = [i, off];
  }
  if (farthest === first) return [points[first]];
  return [...line(points, first, farthest, tolerance), ...line(points, farthest, last, tolerance)];
}

function round(/** @type {number} */ degrees) {
  return Math.round(degrees * 1e3) / 1e3;
}
