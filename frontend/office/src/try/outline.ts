/**
 * A quick look at a track file: its positions only, for showing. Times, accuracies and everything that is judged are read
 * by the server; what cannot be read here gives no line and the server says why.
 */
import type { Position } from "geojson";
import { positions } from "../../../shared/src/geodesy.ts";
import { parsed } from "../map/drawing.ts";

/** Lines of a GPX, CSV or GeoJSON file; none when nothing was found. */
export function outline(name: string, text: string): Position[][] {
  const lines = /\.csv$/i.test(name) ? [fromCsv(text)] : /^\s*</.test(text) ? fromGpx(text) : [fromGeoJson(text)];
  return lines.filter((line) => line.length > 1);
}

function fromGpx(text: string): Position[][] {
  const tree = new DOMParser().parseFromString(text, "application/xml");
  return [...tree.querySelectorAll("trkseg, rte")].map((part) =>
    [...part.querySelectorAll("trkpt, rtept")].flatMap((point) => pair(point.getAttribute("lon"), point.getAttribute("lat"))),
  );
}

function fromCsv(text: string): Position[] {
  const [head = "", ...rows] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const names = head.toLowerCase().split(/[,;\t]/).map((name) => name.trim().replace(/^"|"$/g, ""));
  const [lon, lat] = [names.indexOf("lon"), names.indexOf("lat")];
  if (lon < 0 || lat < 0) return [];
  return rows.flatMap((row) => {
    const cells = row.split(/[,;\t]/);
    return pair(cells[lon], cells[lat]);
  });
}

function fromGeoJson(text: string): Position[] {
  return [...positions(parsed(text))].map(([lon, lat]) => [lon, lat]);
}

function pair(lon: string | null | undefined, lat: string | null | undefined): Position[] {
  const [x, y] = [Number.parseFloat(lon ?? ""), Number.parseFloat(lat ?? "")];
  return Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [[x, y]] : [];
}
