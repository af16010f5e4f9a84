// Shows the parameters of the chosen kind and leaves the others out of the form, in rows added later too.
document.addEventListener("change", (event) => {
  const select = event.target.closest("[data-chooses-params]");
  if (!select) return;
  document.querySelectorAll("[data-params-of]").forEach((params) => {
    if (params.dataset.paramsOf !== select.name) return;
    params.querySelectorAll("[data-kind]").forEach((fieldset) => {
      fieldset.hidden = fieldset.disabled = fieldset.dataset.kind !== select.value;
      if (!fieldset.hidden) suggestCooldown(fieldset.dataset.cooldown);
    });
  });
});
// A new workflow begins with what its kind usually needs, as long as nobody typed something else.
function suggestCooldown(days) {
  const input = document.querySelector("input[name='cooldown_days']");
  const isNew = /\/add\/$/.test(window.location.pathname);
  if (days === undefined || !input || !isNew || input.dataset.isTyped) return;
  input.value = days;
}
document.addEventListener("input", (event) => {
  if (event.isTrusted && event.target.name === "cooldown_days") event.target.dataset.isTyped = "yes";
});
// Django renames name, id and for in a row that it adds, but not data attributes.
document.addEventListener("formset:added", (event) => {
  const select = event.target.querySelector("[data-chooses-params]");
  const params = event.target.querySelector("[data-params-of]");
  if (!select || !params) return;
  params.dataset.paramsOf = select.name;
  select.dispatchEvent(new Event("change", { bubbles: true }));
});
