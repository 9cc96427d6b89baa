// For the keyboard and a screen reader: what Material makes in the browser. A button to
// copy is no landmark of the page; what scrolls can be reached and scrolled by its keys.
const SCROLLS = ".md-typeset__scrollwrap, .md-typeset .arithmatex, .md-typeset .katex-display";
const mend = () => {
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.role = "presentation";
  for (const box of document.querySelectorAll(SCROLLS)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
new MutationObserver(mend).observe(document.querySelector(".md-content"), { childList: true, subtree: true });
addEventListener("resize", mend);
mend();
