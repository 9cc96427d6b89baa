// The playground's modules are loaded where there is one.
if (document.querySelector(".play")) import("./play/page.js");
