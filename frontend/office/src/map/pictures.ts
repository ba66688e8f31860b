/** The states' icons as map images: a disc in the state's colour with the icon of the sprite in it. */
import type { Map as MapView } from "maplibre-gl";
import { AREA_STATES } from "../../../shared/src/looks.ts";
import { token } from "../dom.ts";

const SIZE = 44; // pixels of the picture; shown at half, so that it stays sharp on phones

let sprite: Promise<Document> | undefined;

export async function addPictures(view: MapView): Promise<void> {
  const symbols = await (sprite ??= readSprite());
  for (const [state, look] of Object.entries(AREA_STATES)) {
    const name = `state-${state}`;
    const picture = await drawn(symbols.getElementById(look.icon)?.innerHTML ?? "", token(look.token));
    if (view.hasImage(name)) view.removeImage(name);
    view.addImage(name, picture, { pixelRatio: 2 });
  }
}

async function readSprite(): Promise<Document> {
  const answer = await fetch(document.documentElement.dataset.icons ?? "");
  return new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
}

async function drawn(shapes: string, colour: string): Promise<ImageData> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="-5 -5 34 34" fill="none" stroke="${colour}" ` +
    `stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="12" r="15.5" fill="white" stroke="${colour}" stroke-width="2"/>${shapes}</svg>`;
  const image = new Image(SIZE, SIZE);
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const brush = canvas.getContext("2d") as CanvasRenderingContext2D;
  brush.drawImage(image, 0, 0);
  return brush.getImageData(0, 0, SIZE, SIZE);
}
