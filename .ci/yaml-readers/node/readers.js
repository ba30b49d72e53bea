// npm `yaml` as YAML 1.1 and 1.2, and js-yaml, against the cases on stdin.

import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as jsyaml from "js-yaml";
import * as yaml from "yaml";

const readers = {
  "npm-yaml-1.1": (text) => yaml.parse(text, { version: "1.1" }),
  "npm-yaml-1.2": (text) => yaml.parse(text, { version: "1.2" }),
  "js-yaml": (text) => jsyaml.load(text),
};

// -0 and 0 are one number to JSON, and objects differ in their prototypes.
function normal(value) {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(normal);
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  return new Map(
    Object.keys(value)
      .sort()
      .map((key) => [key, normal(value[key])]),
  );
}

const exceptions = readFileSync(process.argv[2], "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => line.split("\t"));
const cases = readFileSync(0, "utf8")
  .split("\n")
  .filter((line) => line)
  .map((line) => JSON.parse(line));
process.removeAllListeners("warning");
process.on("warning", () => {});

for (const [reader, read] of Object.entries(readers)) {
  const known = new Set(exceptions.filter(([name]) => name === reader).map(([, hazard]) => hazard));
  let [passed, failed, excepted] = [0, 0, 0];
  for (const { yaml: text, data, hazards } of cases) {
    let got;
    try {
      got = read(text);
    } catch (error) {
      got = error;
    }
    if (isDeepStrictEqual(normal(got), normal(data))) {
      passed += 1;
    } else if (hazards.some((hazard) => known.has(hazard))) {
      excepted += 1;
    } else {
      failed += 1;
      if (failed <= 10) {
        const found = got instanceof Error ? got.message.split("\n")[0] : JSON.stringify(got);
        console.error(`${reader}: ${JSON.stringify(text)} is ${JSON.stringify(data)}, not ${found}`);
      }
    }
  }
  console.log([reader, passed, failed, excepted].join("\t"));
}
