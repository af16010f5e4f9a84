// A form that was refused shows why first; each line leads into its field, also into one that the skin has replaced or folded.
document.addEventListener("DOMContentLoaded", () => {
  const why = document.querySelector("[data-has-focus]");
  if (!why) return;
  why.focus({ preventScroll: true });
  why.scrollIntoView({ block: "start" });
  // What loads late may push it away again.
  window.addEventListener("load", () => why.scrollIntoView({ block: "start" }));
  why.addEventListener("click", (event) => {
    const field = document.getElementById(event.target.closest("a")?.hash.slice(1) ?? "");
    if (!field) return;
    event.preventDefault();
    field.closest("details")?.setAttribute("open", "");
    const shown = field.classList.contains("select2-hidden-accessible")
      ? field.nextElementSibling?.querySelector(".select2-selection") ?? field
      : field.matches("input, select, textarea, [tabindex]") ? field : field.querySelector("input, select, textarea") ?? field;
    shown.scrollIntoView({ block: "center" });
    shown.focus({ preventScroll: true });
  });
});
// The skin shows the login only after the browser has looked for what wants the focus.
window.addEventListener("load", () => document.querySelector("#login-form [autofocus]")?.focus());
