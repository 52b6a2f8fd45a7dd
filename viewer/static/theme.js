// Light or dark, before anything is painted: as the reader chose, else as the system has it.
"use strict";
const dark = matchMedia("(prefers-color-scheme: dark)");
function theme() {
  return localStorage.getItem("theme") || (dark.matches ? "dark" : "light");
}
function paint() {
  document.documentElement.dataset.theme = theme();
  document.dispatchEvent(new Event("theme"));
}
paint();
dark.addEventListener("change", paint);
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme").addEventListener("click", () => {
    localStorage.setItem("theme", theme() === "dark" ? "light" : "dark");
    paint();
  });
});
