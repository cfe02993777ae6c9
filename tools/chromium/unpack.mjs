// Unpacks the browser that the npm package carries: node unpack.mjs FOLDER
// leaves the program `chromium` and two tar files (its libraries and its software renderer) in FOLDER.

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const packed = join(dirname(fileURLToPath(import.meta.url)), "node_modules", "@sparticuz", "chromium", "bin");
const out = process.argv[2];
for (const name of ["chromium", "al2023.tar", "swiftshader.tar"]) {
  writeFileSync(join(out, name), brotliDecompressSync(readFileSync(join(packed, `${name}.br`))));
}
chmodSync(join(out, "chromium"), 0o755);
