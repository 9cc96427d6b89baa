// Each visible text of the article whose contrast to its ground is under `enough`:
// WCAG 2.2's relative luminance, with transparent colours laid over what is behind.
(enough) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], ground) => [r, g, b].map((c, i) => a * c + (1 - a) * ground[i]);
  const ground = (element) => {
    const behind = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
    return over(rgba(getComputedStyle(element).backgroundColor), behind);
  };
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const faint = new Set();
  const walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    const text = walk.currentNode.data.trim();
    if (!text || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest("script, .headerlink, .katex-mathml, .md-clipboard, nav")) continue;
    const style = getComputedStyle(element);
    const behind = ground(element.closest("svg") ? element.closest("svg").parentElement : element);
    const ink = over(rgba(element.closest("svg") ? style.fill : style.color), behind);
    const [low, high] = [light(ink), light(behind)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < enough) faint.add(`${contrast.toFixed(2)}: ${text.slice(0, 40)} (${element.tagName}.${element.className.baseVal ?? element.className})`);
  }
  return [...faint];
};
