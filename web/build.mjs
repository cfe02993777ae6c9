// Builds what the browser and the maps need into src/bihuan/ends/static/bundle/ (not kept in git, shipped in the wheel):
//   htmx.min.js   as published
//   app.js        the bundle of web/src/app.ts
//   islands/*.js  one bundle for each file of web/src/islands/, loaded by the pages that need it
//   <area>.json   boundary polygons, see boundaries.mjs
// Usage: node build.mjs [folder to write to]

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { decodeMap } from "./boundaries.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "..", "src", "bihuan", "ends", "static", "bundle"));
const packages = join(here, "node_modules");

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

copyFileSync(join(packages, "htmx.org", "dist", "htmx.min.js"), join(out, "htmx.min.js"));

// The font of printed sheets, with its licence: the setter's own process reads it, browsers never load it.
const font = join(packages, "@expo-google-fonts", "noto-sans-sc");
mkdirSync(join(out, "fonts"));
for (const weight of ["400Regular", "700Bold"]) {
  copyFileSync(join(font, weight, `NotoSansSC_${weight}.ttf`), join(out, "fonts", `NotoSansSC_${weight}.ttf`));
}
copyFileSync(join(font, "LICENSE_FONT"), join(out, "fonts", "LICENSE"));

const islandFolder = join(here, "src", "islands");
const islands = existsSync(islandFolder)
  ? readdirSync(islandFolder).filter((name) => name.endsWith(".ts")).map((name) => join(islandFolder, name))
  : [];
await build({
  entryPoints: [
    { in: join(here, "src", "app.ts"), out: "app" },
    ...islands.map((path) => ({ in: path, out: `islands/${path.slice(islandFolder.length + 1, -3)}` })),
  ],
  outdir: out,
  bundle: true,
  format: "iife",
  target: "es2021",
  minify: true,
  charset: "utf8",
  legalComments: "inline",
  logLevel: "warning",
});

// Areas drawn on a page: file name, source map in echarts, code of the enclosing area, number of features expected.
const areas = [
  ["china", "china", "", 34],
  ["shanghai", "province/shanghai", "31", 16],
  ["jiangsu", "province/jiangsu", "32", 13],
  ["zhejiang", "province/zhejiang", "33", 11],
  ["anhui", "province/anhui", "34", 16],
  ["guangdong", "province/guangdong", "44", 21],
];
for (const [name, source, prefix, expected] of areas) {
  const encoded = JSON.parse(readFileSync(join(packages, "echarts", "map", "json", `${source}.json`), "utf8"));
  const features = decodeMap(encoded);
  const wrong = features.filter((feature) => !/^\d{6}$/.test(feature.code) || !feature.code.startsWith(prefix));
  if (features.length !== expected || wrong.length > 0) {
    throw new Error(`${source}: ${features.length} areas, ${expected} expected; wrong codes: ${wrong.map((f) => f.name)}`);
  }
  writeFileSync(join(out, `${name}.json`), `${JSON.stringify({ features })}\n`);
}

console.log(`web: ${readdirSync(out).length} files in the bundle`);
