// The template form: a click on a placeholder writes it where the caret stood last.
document.addEventListener("DOMContentLoaded", () => {
  const fields = document.querySelectorAll("[data-takes-placeholders]");
  let target = document.getElementById("id_text_body");
  fields.forEach((field) => field.addEventListener("focus", () => { target = field; }));
  document.querySelectorAll("[data-inserts]").forEach((button) => {
    button.addEventListener("click", () => {
      if (!target) return;
      target.setRangeText(button.dataset.inserts, target.selectionStart, target.selectionEnd, "end");
      target.dispatchEvent(new Event("input", { bubbles: true }));
      target.focus();
    });
  });
});
