// Pictures with sliders. Every number and every curve was computed by refgd when the
// site was built; here the slider only chooses which of the frames is shown.
for (const box of document.querySelectorAll(".gd:not(.play)")) {
  const { frames, values } = JSON.parse(box.querySelector("script").textContent);
  const inputs = [...box.querySelectorAll("input")];
  const show = () => {
    const at = inputs.reduce((i, input, k) => i * values[k].length + +input.value, 0);
    const { paths, texts } = frames[at];
    for (const [name, d] of Object.entries(paths)) box.querySelector(`[data-path="${name}"]`).setAttribute("d", d);
    for (const [name, text] of Object.entries(texts)) box.querySelector(`[data-text="${name}"]`).textContent = text;
    inputs.forEach((input, k) => {
      input.nextElementSibling.textContent = values[k][input.value];
      input.setAttribute("aria-valuetext", values[k][input.value]);
    });
  };
  inputs.forEach((input) => input.addEventListener("input", show));
  box.querySelector(".gd-controls").hidden = false;
  show(); // a reload may have kept another position
}
