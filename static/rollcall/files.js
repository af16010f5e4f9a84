"use strict";
// A form that takes a while says so, and is sent once.
for (const form of document.querySelectorAll("form[data-busy]")) {
  const button = form.querySelector("button[type=submit]");
  if (!button) continue;
  const words = button.textContent;
  form.addEventListener("submit", () => {
    button.disabled = true;
    button.textContent = form.dataset.busy;
  });
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    button.textContent = words;
  });
}
// Unfold looks for its own text beside every file input when one is chosen, and breaks without it: this one is plain.
for (const input of document.querySelectorAll("input[type=file]")) input.hasChangeListener = true;
