// A picture as PNG: the browser draws the SVG file on a canvas, twice as fine.

const finer = 2;

async function save(svg: string, name: string): Promise<void> {
  const answer = await fetch(svg);
  if (!answer.ok) throw new Error(`${svg}: ${answer.status}`);
  const image = new Image();
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(await answer.text());
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = finer * image.naturalWidth;
  canvas.height = finer * image.naturalHeight;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((png) => {
    if (!png) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(png);
    link.download = name + ".png";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-png]")) {
  button.hidden = false;
  button.addEventListener("click", () => void save(button.dataset["png"] ?? "", button.dataset["name"] ?? "quid"));
}

export {}; // what is imported when it is needed is a module
