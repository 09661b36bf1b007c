// A photo is made small before it is kept: the book takes 5 MB, and nobody needs
// more to recognise a broken pump. What a camera writes into its pictures, such as
// the place, goes with it.

const longestSide = 1600;
const quality = 0.8;

export const mostBytes = 5 * 1024 * 1024;

// shrink returns the picture as JPEG, or the file as it is where the browser can't
// draw it (PDF, and HEIC on most).
export async function shrink(file: Blob): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = draw(bitmap, Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  bitmap.close();
  return new Promise((done) => canvas.toBlob((small) => done(small ?? file), "image/jpeg", quality));
}

function draw(bitmap: ImageBitmap, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

// thumbnail draws a kept photo small; null where it can't be drawn.
export async function thumbnail(content: Blob, label: string): Promise<HTMLCanvasElement | null> {
  try {
    const bitmap = await createImageBitmap(content);
    const scale = 96 / Math.min(bitmap.width, bitmap.height);
    const canvas = draw(bitmap, Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    bitmap.close();
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    return canvas;
  } catch {
    return null;
  }
}
