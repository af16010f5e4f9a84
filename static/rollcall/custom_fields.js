// A field's name is made of what staff call it, with underscores: what files call it has no hyphens.
document.addEventListener("input", () => {
  const name = document.querySelector("#customfield_form #id_name");
  if (name && name.value.includes("-")) name.value = name.value.replaceAll("-", "_");
});
document.addEventListener("submit", () => {
  const name = document.querySelector("#customfield_form #id_name");
  if (name) name.value = name.value.replaceAll("-", "_");
}, true);
