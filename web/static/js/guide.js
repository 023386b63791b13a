/* The style guide's few movements: swatches take their role's colour, the dialog opens. */

for (const swatch of document.querySelectorAll(".swatch")) {
  const element = /** @type {HTMLElement} */ (swatch);
  element.style.background = `var(--${element.dataset.role})`;
}

for (const button of document.querySelectorAll("[data-shows]")) {
  const dialog = document.getElementById(/** @type {HTMLElement} */ (button).dataset.shows ?? "");
  button.addEventListener("click", () => /** @type {HTMLDialogElement} */ (dialog).showModal());
}
