// The conditions' editor: rows and groups added and removed, the inputs of a row following its field and operator.
const editorOf = (element) => element.closest("[data-conditions]");
const announce = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));
let rowsMade = 0;

const pieceOf = (editor, template, id) => {
  const piece = template.content.cloneNode(true);
  piece.querySelectorAll("*").forEach((element) => {
    [...element.attributes].forEach((attribute) => {
      if (attribute.value.includes("__row__")) attribute.value = attribute.value.replaceAll("__row__", id);
    });
  });
  return piece;
};

const addCondition = (button) => {
  const editor = editorOf(button);
  const group = button.closest("[data-group]");
  const id = `n${(rowsMade += 1)}`;
  const list = group ? group.querySelector("[data-rows]") : editor.querySelector("[data-rows]");
  list.append(pieceOf(editor, editor.querySelector(`template[data-new="${button.dataset.adds}"]`), id));
  const row = list.lastElementChild;
  if (group) row.querySelector("[data-in]").value = group.dataset.row;
  if (button.dataset.adds === "group") return addCondition(row.querySelector("[data-adds]"));
  sayWhetherAnybody(editor);
  row.querySelector("[data-chooses-field]").focus();
};

const removeCondition = (button) => {
  const editor = editorOf(button);
  const row = button.closest("[data-row]");
  const group = row.parentElement.closest("[data-group]");
  const next = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  if (group && !group.querySelector("[data-row]")) group.remove();
  sayWhetherAnybody(editor);
  (next?.querySelector("select") || editor.querySelector("[data-adds]")).focus();
  announce(editor.querySelector("select"));
};

const sayWhetherAnybody = (editor) => {
  editor.querySelector("[data-nobody-left-out]").hidden = Boolean(editor.querySelector("[data-rows] > [data-row]"));
};

const showInputsOf = (row) => {
  const operator = row.querySelector("[data-chooses-operator]")?.value;
  row.querySelectorAll("[data-operators]").forEach((fieldset) => {
    fieldset.hidden = fieldset.disabled = !fieldset.dataset.operators.split(" ").includes(operator);
  });
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-conditions] :is([data-adds], [data-removes])");
  if (!button) return;
  if ("removes" in button.dataset) removeCondition(button); else addCondition(button);
});
document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-conditions] [data-row]");
  if (!row) return;
  if (event.target.matches("[data-chooses-operator]")) showInputsOf(row);
  if (!event.target.matches("[data-chooses-field]")) return;
  const asks = row.querySelector("[data-asks]");
  const template = [...editorOf(row).querySelectorAll("template[data-field]")].find((one) => one.dataset.field === event.target.value);
  asks.replaceChildren(...(template ? [pieceOf(editorOf(row), template, row.dataset.row)] : []));
  row.querySelectorAll(".rollcall-error").forEach((error) => error.remove());
}, true);
